"""What generators and discriminators have in common: mapping, channels, filters, checks."""

from typing import Any

import numpy as np

from networks.config import MappingConfig
from networks.errors import DamagedFileError
from networks.files.arrays import shorten
from networks.files.recognise.modules import ModuleTree, Settings
from networks.files.records import TensorRecord

DEFAULT_FILTER = (1, 3, 3, 1)


def agree(what: str, *values: Any) -> Any:
    """The one value that several places of the file state; None = not stated there."""
    value = agree_if_stated(what, *values)
    if value is None:
        raise DamagedFileError(f"nothing in the file tells {what}")
    return value


def agree_if_stated(what: str, *values: Any) -> Any:
    """Like agree, but None if no place states it."""
    stated = [value for value in values if value is not None]
    if any(value != stated[0] for value in stated):
        shown = " and ".join(dict.fromkeys(shorten(value) for value in stated))
        raise DamagedFileError(f"it contradicts itself: {what} is {shown}")
    return stated[0] if stated else None


def given(value: Any, default: Any) -> Any:
    """The value, or the default where the file states none."""
    return default if value is None else value


def count_layers(tree: ModuleTree, pattern: str) -> int:
    """How many of the consecutively numbered tensors `pattern.format(i)` there are."""
    count = 0
    while pattern.format(count) in tree.tensors:
        count += 1
    return count


def mapping_config(tree: ModuleTree, *, keeps_mean: bool) -> tuple[MappingConfig, int, int, int]:
    """Read the mapping network's shape.

    Returns (config, z_dim, c_dim, w_dim).
    """
    settings = tree.at("mapping")
    arguments = settings.arguments
    embed = "mapping.embed.weight" in tree.tensors
    c_dim = tree.size("mapping.embed.weight", 1, 2) if embed else 0
    embed_features = tree.size("mapping.embed.weight", 0, 2) if embed else 0
    count = count_layers(tree, "mapping.fc{}.weight")
    if count == 0:
        raise DamagedFileError("its mapping network has no layers")
    in_features = tree.size("mapping.fc0.weight", 1, 2)
    w_dim = tree.size(f"mapping.fc{count - 1}.weight", 0, 2)
    layer_features = tree.size("mapping.fc0.weight", 0, 2) if count > 1 else w_dim
    first = tree.at("mapping.fc0")
    config = MappingConfig(
        num_layers=agree("the number of mapping layers", count, settings.integer("num_layers")),
        embed_features=embed_features if embed and embed_features != w_dim else None,
        layer_features=layer_features if layer_features != w_dim else None,
        activation=given(first.text("activation"), "lrelu"),
        lr_multiplier=float(given(first.real("bias_gain"), 0.01)),
        w_avg_beta=_w_avg_beta(settings, arguments) if keeps_mean else None,
    )
    z_dim = agree("z_dim", in_features - embed_features, settings.integer("z_dim"))
    c_dim = agree("c_dim", c_dim, settings.integer("c_dim"))
    return config, z_dim, c_dim, agree("w_dim", w_dim, settings.integer("w_dim"))


def _w_avg_beta(settings: Settings, arguments: Settings) -> float:
    for place in (settings, arguments):
        if place.has("w_avg_beta"):
            return given(place.real("w_avg_beta"), 0.998)
    return 0.998


def formula_channels(
    channels: tuple[int, ...], resolutions: tuple[int, ...], *places: Settings
) -> tuple[int, int, tuple[int, ...] | None]:
    """Express a list of widths as (channel_base, channel_max, None) where the file's formula fits.

    Otherwise the widths themselves are the third item.
    """
    for place in places:
        base, largest = place.integer("channel_base"), place.integer("channel_max")
        base, largest = given(base, 32768), given(largest, 512)
        if base <= 0 or largest <= 0:
            continue
        if all(min(base // r, largest) == c for r, c in zip(resolutions, channels, strict=True)):
            return base, largest, None
    return 32768, 512, channels


def read_floats(tensor: TensorRecord) -> np.ndarray:
    """A small float tensor's values in float64, for checks; others raise DamagedFileError."""
    if tensor.storage.dtype != "f4" or tensor.numel > 1 << 16:
        raise DamagedFileError(f"a filter is stored as {tensor.numel:,} {tensor.storage.dtype}")
    flat = np.frombuffer(tensor.storage.data, dtype="<f4")[tensor.offset :]
    strides = tuple(4 * step for step in tensor.stride)
    view = np.lib.stride_tricks.as_strided(flat, tensor.shape, strides, writeable=False)
    return view.astype(np.float64)


def resample_filter(
    tree: ModuleTree, name: str, notes: list[str], *places: Settings
) -> tuple[float, ...]:
    """The 1-D taps whose outer product, normalised, is the stored filter `name`.

    The file's tensor wins over what its settings say; a note tells when they differ.
    """
    if name not in tree.tensors:
        return DEFAULT_FILTER
    stored = read_floats(tree.tensors[name])
    if stored.ndim not in (1, 2) or len(set(stored.shape)) != 1 or not 1 <= len(stored) <= 32:
        raise DamagedFileError(f"{name} has shape {shorten(tree.shape(name))}")
    for taps in [*(place.sequence("resample_filter") for place in places), DEFAULT_FILTER]:
        if taps and len(taps) == len(stored) and all(type(tap) in (int, float) for tap in taps):
            with np.errstate(all="ignore"):
                column = np.asarray(taps, np.float64)
                column /= column.sum()
                expected = np.outer(column, column) if stored.ndim == 2 else column
                if np.allclose(expected, stored, atol=1e-6):
                    return tuple(taps)
    note = f"{name} differs from the filter its settings name; the stored one is used"
    if note not in notes:
        notes.append(note)
    with np.errstate(all="ignore"):
        taps = stored.sum(axis=1) if stored.ndim == 2 else stored
        taps = np.nan_to_num(taps, posinf=0, neginf=0).clip(-1e6, 1e6)
    return tuple(taps.tolist())
