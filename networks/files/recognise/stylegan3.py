"""StyleGAN3 generators, told by their tensors (`synthesis.input.freqs`).

The layers' schedule is computed from the configuration and compared with the numbers that the
file stores for each layer; where they differ the file wins and a note says so.
"""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from networks.config import StyleGAN3Config, StyleGAN3Layer
from networks.errors import DamagedFileError
from networks.files.arrays import shorten
from networks.files.recognise.modules import ModuleTree, Settings
from networks.files.recognise.parts import agree, given, mapping_config, read_floats
from networks.stylegan3_filters import layer_filters
from networks.stylegan3_schedule import compute_layers

_MAX_TAPS = 256  # published: 12
_FILTER_TOLERANCE = 1e-5  # absolute; float32 values below 1
_TOLERANCE = 1e-6  # relative; the file's numbers went through float64 arithmetic of another order


def generator_config(tree: ModuleTree, notes: list[str]) -> StyleGAN3Config:
    """Infer the configuration; DamagedFileError if shapes and settings contradict each other."""
    network, synthesis = tree.at(""), tree.at("synthesis")
    names = _layer_names(tree, synthesis)
    stored = tuple(_stored_layer(tree, name) for name in names)
    first, last = stored[0], stored[-1]
    mapping, z_dim, c_dim, w_dim = mapping_config(tree, keeps_mean="mapping.w_avg" in tree.tensors)
    arguments = Settings("arguments", {**network.arguments.state, **synthesis.arguments.state})
    values = {
        "resolution": agree(
            "the resolution",
            last.out_size,
            network.integer("img_resolution"),
            synthesis.integer("img_resolution"),
        ),
        "z_dim": agree("z_dim", z_dim, network.integer("z_dim")),
        "c_dim": agree("c_dim", c_dim, network.integer("c_dim")),
        "w_dim": agree("w_dim", w_dim, network.integer("w_dim"), synthesis.integer("w_dim")),
        "img_channels": agree(
            "the number of image channels", last.out_channels, network.integer("img_channels")
        ),
        "mapping": mapping,
        "num_layers": agree(
            "the number of layers", len(stored) - 1, synthesis.integer("num_layers")
        ),
        "conv_kernel": first.conv_kernel,
        "use_radial_filters": any(layer.use_radial_filters for layer in stored),
        "conv_clamp": first.conv_clamp,
    }
    for name in ("num_critical", "margin_size", "num_fp16_res"):
        values[name] = given(synthesis.integer(name), arguments.integer(name))
    for name in ("channel_base", "channel_max", "filter_size", "lrelu_upsampling"):
        values[name] = arguments.integer(name)
    for name in ("first_cutoff", "first_stopband", "last_stopband_rel"):
        values[name] = arguments.real(name)
    values["output_scale"] = given(synthesis.real("output_scale"), arguments.real("output_scale"))
    values["magnitude_ema_beta"] = tree.at(f"synthesis.{names[0]}").real("magnitude_ema_beta")
    optional = {name: value for name, value in values.items() if value is not None}
    optional["conv_clamp"] = first.conv_clamp
    config = StyleGAN3Config(**optional)
    config = _compare_schedule(config, stored, notes)
    _compare_filters(tree, stored, notes)
    return config


def _layer_names(tree: ModuleTree, synthesis: Settings) -> tuple[str, ...]:
    """The layers in order: as listed by the file, else as numbered in their names."""
    listed = synthesis.sequence("layer_names")
    if listed is None:
        paths = [p.split(".")[1] for p in tree.settings if p.startswith("synthesis.L")]
        names = [name for name in dict.fromkeys(paths) if _number(name) is not None]
        listed = tuple(sorted(names, key=lambda name: _number(name) or 0))
    if not listed or not all(f"synthesis.{name}" in tree.settings for name in listed):
        raise DamagedFileError("it does not hold the synthesis layers that it lists")
    return listed


def _number(name: str) -> int | None:
    """The index in a layer's name, such as 3 of "L3_36_16"."""
    digits = name[1:].split("_")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None


def _stored_layer(tree: ModuleTree, name: str) -> StyleGAN3Layer:
    """One layer as the file describes it; shapes of its tensors must agree with it."""
    path = f"synthesis.{name}"
    settings = tree.at(path)
    values: dict[str, object] = {"name": name}
    for field in ("in_channels", "out_channels", "in_size", "out_size", "conv_kernel"):
        values[field] = _stated(settings, field, settings.integer(field))
    for field in ("up_factor", "down_factor", "up_taps", "down_taps"):
        values[field] = _stated(settings, field, settings.integer(field))
    for side in ("in", "out"):
        for quantity in ("sampling_rate", "cutoff", "half_width"):
            field = f"{side}_{quantity}"
            values[field] = float(_stated(settings, field, settings.real(field)))
    field = "tmp_sampling_rate"
    values[field] = float(_stated(settings, field, settings.real(field)))
    for field in ("is_torgb", "is_critically_sampled", "use_fp16"):
        values[field] = _stated(settings, field, settings.boolean(field))
    padding = _stated(settings, "padding", settings.sequence("padding"))
    values["padding"] = tuple(padding)
    values["use_radial_filters"] = given(settings.boolean("down_radial"), False)
    clamp = settings.real("conv_clamp")
    values["conv_clamp"] = None if clamp is None else float(clamp)
    layer = StyleGAN3Layer(**values)  # type: ignore[arg-type]
    kernel = (layer.out_channels, layer.in_channels, layer.conv_kernel, layer.conv_kernel)
    if tree.shape(f"{path}.weight") != kernel:
        raise DamagedFileError(
            f"{path}.weight has shape {shorten(tree.shape(f'{path}.weight'))}, but the layer's "
            f"settings ask for {shorten(kernel)}"
        )
    return layer


def _stated(settings: Settings, field: str, value: Any) -> Any:
    if value is None:
        raise DamagedFileError(f"{settings.path} does not state its {field}")
    return value


def _compare_schedule(
    config: StyleGAN3Config, stored: tuple[StyleGAN3Layer, ...], notes: list[str]
) -> StyleGAN3Config:
    """Leave the layers to the formulas if these give the file's numbers; else keep the file's."""
    try:
        with np.errstate(all="ignore"):
            computed = compute_layers(config)
    except (ValueError, ArithmeticError):  # the settings do not make a schedule
        computed = ()
    if len(computed) != len(stored):
        notes.append("its layers do not follow the published schedule; the file's are used")
        return replace(config, layers=stored)
    different = []
    for ours, theirs in zip(computed, stored, strict=True):
        names = [
            field.name
            for field in fields(theirs)
            if not _close(getattr(ours, field.name), getattr(theirs, field.name))
        ]
        if names:
            different.append(f"{theirs.name} ({', '.join(names)})")
    if not different:
        return config
    shown = "; ".join(different[:4]) + (" and more" if len(different) > 4 else "")
    notes.append(f"layers differ from the computed schedule, the file's are used: {shown}")
    return replace(config, layers=stored)


def _close(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= _TOLERANCE * max(abs(ours), abs(theirs), 1.0)
    return ours == theirs


def _compare_filters(
    tree: ModuleTree, stored: tuple[StyleGAN3Layer, ...], notes: list[str]
) -> None:
    """Note where a stored filter differs from the one its layer's numbers give."""
    different = []
    for layer in stored:
        if max(layer.up_taps, layer.down_taps) > _MAX_TAPS:
            raise DamagedFileError(f"layer {layer.name} has filters of more than {_MAX_TAPS} taps")
        with np.errstate(all="ignore"):
            filters = layer_filters(layer)
        for name, computed in zip(("up_filter", "down_filter"), filters, strict=True):
            full = f"synthesis.{layer.name}.{name}"
            record = tree.tensors.get(full)
            shape = None if record is None else record.shape
            if shape != (None if computed is None else computed.shape):
                raise DamagedFileError(
                    f"{full} has {'no values' if shape is None else 'shape ' + shorten(shape)}, "
                    f"which does not fit its layer's {layer.up_taps} and {layer.down_taps} taps"
                )
            if record is None or computed is None:
                continue
            if not np.allclose(read_floats(record), computed, rtol=0, atol=_FILTER_TOLERANCE):
                different.append(f"{layer.name}.{name}")
    if different:
        shown = ", ".join(different[:4]) + (" and more" if len(different) > 4 else "")
        notes.append(f"filters differ from the computed ones, the file's are used: {shown}")
