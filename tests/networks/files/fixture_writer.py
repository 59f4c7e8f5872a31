"""Pickles of our own models in the container layout of the PyTorch releases.

The layout was written down from what such files hold: modules become calls of
`torch_utils.persistence._reconstruct_persistent_obj` with a dict of class name, source text and
attributes. Python's own pickler in pure Python writes them, with the names of functions replaced.
"""

import io
import pickle
from collections import OrderedDict
from dataclasses import fields
from types import BuiltinFunctionType, FunctionType
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from networks.config import DiscriminatorConfig, StyleGAN2Config, StyleGAN3Config
from networks.model import Model
from networks.stylegan3_schedule import layers_of

SOURCE = "raise RuntimeError('code in a model file must never run')"


def _reconstruct_persistent_obj(meta: dict) -> None:
    raise AssertionError("only its name is written")


class EasyDict(dict):
    """Written as dnnlib.util.EasyDict."""


class Saved:
    """A module as the reference code saves it."""

    def __init__(self, class_name: str, state: dict[str, Any]):
        self.class_name = class_name
        self.state = state

    def __reduce__(self) -> tuple:
        meta = {
            "type": "class",
            "version": 6,
            "module_src": SOURCE,
            "class_name": self.class_name,
            "state": self.state,
        }
        return (_reconstruct_persistent_obj, (meta,))


_SPELLINGS = {
    _reconstruct_persistent_obj: ("torch_utils.persistence", "_reconstruct_persistent_obj"),
    EasyDict: ("dnnlib.util", "EasyDict"),
}


_PythonPickler: Any = pickle._Pickler  # type: ignore[attr-defined]


class Writer(_PythonPickler):
    """Writes names without importing them; `old_numpy` spells them as numpy 1 did."""

    def __init__(self, file: io.BytesIO, protocol: int, *, old_numpy: bool = False):
        super().__init__(file, protocol)
        self.old_numpy = old_numpy

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if isinstance(obj, type) and obj is type(None):
            raise AssertionError("types of constants are not written")
        module = getattr(obj, "__module__", None) or "builtins"
        module, name = _SPELLINGS.get(obj, (module, name or obj.__qualname__))
        if self.old_numpy:
            module = module.replace("numpy._core", "numpy.core")
        if self.proto >= 4:
            self.save(module)
            self.save(name)
            self.write(pickle.STACK_GLOBAL)
        else:
            module = {"builtins": "__builtin__"}.get(module, module) if self.proto < 3 else module
            self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    dispatch: ClassVar = {
        **_PythonPickler.dispatch,
        FunctionType: save_global,
        BuiltinFunctionType: save_global,
        type: save_global,
    }


def dumps(value: Any, protocol: int = 4, *, old_numpy: bool = False) -> bytes:
    """Pickle a value with replaced names."""
    stream = io.BytesIO()
    Writer(stream, protocol, old_numpy=old_numpy).dump(value)
    return stream.getvalue()


def snapshot(
    model: Model, *, channels_last: bool = False, freeze: int = 0, **entries: Any
) -> dict[str, Any]:
    """What a training snapshot of this model holds, ready for `dumps`.

    Args:
        model:         from create_model.
        channels_last: store 3x3 weights with the strides of that layout.
        freeze:        store this many layers of the discriminator as buffers.
        entries:       replace entries of the snapshot.
    """
    saver = _Saver(channels_last)
    generator = saver.generator(model)
    saved = {"G": saver.generator(model), "D": None, "G_ema": generator, "augment_pipe": None}
    if model.discriminator is not None:
        saved["D"] = saver.discriminator(model.discriminator, freeze)
    saved["training_set_kwargs"] = EasyDict(  # type: ignore[assignment]
        class_name="training.dataset.ImageFolderDataset", path="/home/someone/data.zip"
    )
    return saved | entries


class _Saver:
    """Turns modules into Saved objects, with the attributes that files have."""

    def __init__(self, channels_last: bool):
        self.channels_last = channels_last

    def module(self, module: nn.Module, class_name: str, **attributes: Any) -> Saved:
        state: dict[str, Any] = {"training": False, "_parameters": OrderedDict()}
        state["_buffers"] = OrderedDict()
        state["_non_persistent_buffers_set"] = set()
        state["_modules"] = OrderedDict()
        for name, parameter in module.named_parameters(recurse=False):
            value = self.tensor(parameter.detach())
            state["_parameters"][name] = nn.Parameter(value, requires_grad=False)
        for name, buffer in module.named_buffers(recurse=False):
            state["_buffers"][name] = self.tensor(buffer)
        for name, child in module.named_children():
            state["_modules"][name] = self.module(child, type(child).__name__)
        for name in ("activation", "conv_clamp", "use_noise", "use_fp16", "num_layers"):
            if hasattr(module, name):
                state[name] = getattr(module, name)
        if hasattr(module, "lr_multiplier"):
            state["weight_gain"] = np.float64(1.5)
            state["bias_gain"] = module.lr_multiplier
        state.update(attributes, _init_args=(), _init_kwargs=EasyDict())
        return Saved(class_name, state)

    def tensor(self, tensor: torch.Tensor) -> torch.Tensor:
        tensor = tensor.detach().clone()
        if self.channels_last and tensor.ndim == 4:
            tensor = tensor.to(memory_format=torch.channels_last)
        return tensor

    def generator(self, model: Model) -> Saved:
        config = model.generator.config
        saved = self.module(model.generator, "Generator")
        assert isinstance(config, (StyleGAN2Config, StyleGAN3Config))
        saved.state["img_resolution"] = config.resolution
        for name in ("z_dim", "c_dim", "w_dim", "img_channels"):
            saved.state[name] = getattr(config, name)
        arguments = {
            field.name: getattr(config, field.name)
            for field in fields(config)
            if field.name not in ("mapping", "layers", "channels")
        }
        saved.state["_init_kwargs"] = EasyDict(arguments)
        synthesis = saved.state["_modules"]["synthesis"]
        mapping = saved.state["_modules"]["mapping"].state
        mapping.update(w_avg_beta=config.mapping.w_avg_beta)
        if isinstance(config, StyleGAN2Config):
            for block in synthesis.state["_modules"].values():
                block.state["architecture"] = config.architecture
        else:
            self.layers(synthesis, config)
        return saved

    def layers(self, synthesis: Saved, config: StyleGAN3Config) -> None:
        layers = layers_of(config)
        for name in ("num_layers", "num_critical", "margin_size", "output_scale", "num_fp16_res"):
            synthesis.state[name] = getattr(config, name)
        synthesis.state["layer_names"] = [layer.name for layer in layers]
        for layer in layers:
            state = synthesis.state["_modules"][layer.name].state
            for field in fields(layer):
                value = getattr(layer, field.name)
                if field.name in ("in_size", "out_size"):
                    value = np.array([value, value])
                elif isinstance(value, float):
                    value = np.float64(value)
                elif field.name == "padding":
                    value = list(value)
                state[field.name] = value
            state["conv_clamp"] = layer.conv_clamp
            state["down_radial"] = state.pop("use_radial_filters")
            state["use_fp16"] = np.bool_(layer.use_fp16)
            state["magnitude_ema_beta"] = config.magnitude_ema_beta

    def discriminator(self, network: nn.Module, freeze: int) -> Saved:
        config = network.config
        assert isinstance(config, DiscriminatorConfig)
        saved = self.module(network, "Discriminator")
        saved.state.update(
            c_dim=config.c_dim, img_resolution=config.resolution, img_channels=config.img_channels
        )
        saved.state["_init_kwargs"] = EasyDict(
            channel_base=config.channel_base,
            channel_max=config.channel_max,
            num_fp16_res=config.num_fp16_res,
        )
        modules = saved.state["_modules"]
        for name, block in modules.items():
            if name.startswith("b"):
                block.state["architecture"] = config.architecture
        deviation = {"group_size": config.mbstd_group_size, "num_channels": 1}
        modules["b4"].state["_modules"]["mbstd"] = Saved("MinibatchStdLayer", deviation)
        layers = [
            layer
            for name, block in modules.items()
            if name.startswith("b") and name != "b4"
            for layer in block.state["_modules"].values()
        ]
        for layer in layers[:freeze]:
            layer.state["_buffers"].update(
                (name, parameter.data) for name, parameter in layer.state["_parameters"].items()
            )
            layer.state["_parameters"].clear()
        return saved
