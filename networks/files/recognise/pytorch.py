"""From the value of a PyTorch release's pickle to networks: snapshots, and bare modules."""

from collections.abc import Callable
from typing import Any

from networks.config import DiscriminatorConfig, GeneratorConfig
from networks.errors import DamagedFileError, ModelFileError, UnsupportedModelError
from networks.files.arrays import shorten
from networks.files.found import FoundModel, FoundNetwork
from networks.files.recognise import stylegan2, stylegan3
from networks.files.recognise.metadata import (
    class_names,
    describe_object,
    plain_value,
    printable,
    training_set,
)
from networks.files.recognise.modules import ModuleTree, SavedModule, flatten
from networks.files.records import PersistentObject, PlainObject

_GENERATORS = ("G_ema", "G")  # the moving average is the one to look at
_FORMAT = "PyTorch pickle"
# A tensor that only a fork's networks have -> the fork. Their classes have the published names.
_FORKS = {"mapping.embed_proj.weight": "StyleGAN-XL"}

ConfigReader = Callable[[ModuleTree, list[str]], GeneratorConfig | DiscriminatorConfig]


def recognise(top: Any) -> FoundModel:
    """Tell which networks a pickle's value holds.

    Raises:
        UnsupportedModelError: they are of a kind that cannot be built.
        DamagedFileError:      the file contradicts itself.
    """
    if isinstance(top, (PersistentObject, PlainObject)):
        top = {"G_ema": top}
    if type(top) is not dict:
        raise UnsupportedModelError(f"it holds {shorten(top)} instead of networks")
    metadata = _metadata(top)
    try:
        return _recognise_snapshot(top, metadata)
    except ModelFileError as error:
        error.metadata = metadata | error.metadata
        raise


def _recognise_snapshot(top: dict, metadata: dict[str, Any]) -> FoundModel:
    entry = next((name for name in _GENERATORS if _is_module(top.get(name))), None)
    if entry is None:
        held = ", ".join(printable(str(name)) for name in list(top)[:8]) or "nothing"
        raise UnsupportedModelError(
            f"it holds no generator (G_ema or G), but {held}; choose a training snapshot"
        )
    notes: list[str] = []
    generator = _network(top[entry], "generator", notes)
    found = FoundModel(_FORMAT, generator, metadata=metadata, notes=notes)
    found.mapped[entry] = "generator"
    if entry == "G":
        notes.append("it holds no moving average (G_ema); the generator in training is used")
    _add_discriminator(top, found)
    found.class_names = class_names(top, generator.config.c_dim)
    for name, value in top.items():
        if name not in found.mapped and name not in found.ignored:
            found.ignored[printable(str(name))] = _reason(name, value)
    return found


def _is_module(value: Any) -> bool:
    return isinstance(value, (PersistentObject, PlainObject))


def _add_discriminator(top: dict, found: FoundModel) -> None:
    if not _is_module(top.get("D")):
        return
    try:
        discriminator = _network(top["D"], "discriminator", found.notes)
    except UnsupportedModelError as error:
        found.ignored["D"] = f"unknown kind of discriminator: {error.class_name}"
        found.notes.append(
            f"its discriminator is of an unknown kind ({error.class_name}) and is left out"
        )
        return
    generator = found.generator.config
    config = discriminator.config
    for field in ("resolution", "img_channels", "c_dim"):
        if getattr(config, field) != getattr(generator, field):
            raise DamagedFileError(
                f"{field} is {getattr(generator, field)} in the generator, but "
                f"{getattr(config, field)} in the discriminator"
            )
    found.discriminator = discriminator
    found.mapped["D"] = "discriminator"


def _reason(name: Any, value: Any) -> str:
    if value is None:
        return "empty"
    if name == "G":
        return "the generator in training; its moving average is used"
    if name == "augment_pipe":
        return "only training uses it"
    if name == "training_set_kwargs":
        return "shown as information"
    return f"not needed: {printable(getattr(value, 'class_name', type(value).__name__))}"


def _metadata(top: dict) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for name, value in list(top.items())[:16]:
        key = printable(str(name))
        if isinstance(value, (PersistentObject, PlainObject)):
            metadata[key] = describe_object(value)
        elif name == "training_set_kwargs":
            metadata[key] = training_set(value)
        elif type(value) in (str, int, float, bool):
            metadata[key] = plain_value(value)
    return metadata


def _network(module: SavedModule, role: str, notes: list[str]) -> FoundNetwork:
    tree = flatten(module)
    reader = _reader(tree, role)
    name = printable(tree.class_name)
    fork = next((fork for part, fork in _FORKS.items() if part in tree.tensors), None)
    if fork is not None:
        raise UnsupportedModelError(
            f"its {role} is a {name} of {fork}, which is not one of the supported architectures "
            "(StyleGAN2, StyleGAN3)",
            class_name=name,
            metadata={"tensors": len(tree.tensors)},
        )
    if reader is None:
        raise UnsupportedModelError(
            f"its {role} is a {name or 'network without a name'}, which is not one of the "
            "supported architectures (StyleGAN2, StyleGAN3)",
            class_name=name,
            metadata={"tensors": len(tree.tensors)},
        )
    try:
        config = reader(tree, notes)
    except (ValueError, OverflowError) as error:
        raise UnsupportedModelError(
            f"its {role} ({name}) has settings that cannot be built: {error}", class_name=name
        ) from None
    except ModelFileError as error:
        error.message = f"{role} {name}: {error.message}"
        error.class_name = name
        raise
    return FoundNetwork(role, name, config, tree.tensors, tree.source_sha256)


def _reader(tree: ModuleTree, role: str) -> ConfigReader | None:
    if role == "discriminator":
        known = {"b4.conv.weight", "b4.fc.weight", "b4.out.weight"} <= tree.tensors.keys()
        return stylegan2.discriminator_config if known else None
    if "synthesis.input.freqs" in tree.tensors:
        return stylegan3.generator_config
    if "synthesis.b4.const" in tree.tensors and "mapping.fc0.weight" in tree.tensors:
        return stylegan2.generator_config
    return None
