"""What can be animated: each property's name, bounds, and how it is read from settings and set.

A property is named by a path that sessions keep. Those of mix sources are made from their number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from explorer.settings import MixSource, Settings
from explorer.slices import LayerMode, NoiseMode, round_half_up
from explorer.timeline.model import Key

Kind = Literal["number", "whole", "switch", "choice", "latent", "classes", "model", "text"]

ALL_ROWS = -1.0  # the cutoff that means all rows
CAPTION = "caption"  # of no setting: what is written below the pictures of a video


@dataclass(frozen=True)
class Property:
    """One thing that a track moves.

    minimum, maximum: of numbers, as its slider has them; keys may lie outside.
    choices:          of a choice; () = any text.
    read, write:      from settings to a key's value and back. The key's other fields are not read.
    """

    path: str
    label: str
    kind: Kind
    read: Callable[[Settings], Key]
    write: Callable[[Settings, Key], Settings]
    minimum: float = 0.0
    maximum: float = 1.0
    choices: tuple[str, ...] = ()

    @property
    def continuous(self) -> bool:
        """Whether there is anything between two values; the others change at their keys."""
        return self.kind in ("number", "whole", "latent", "classes")


def _of_slice(
    path: str, label: str, kind: Kind, minimum: float = 0.0, maximum: float = 1.0,
    choices: tuple[str, ...] = (),
) -> Property:  # fmt: skip
    """Return the property for one field of one slice, named as both are."""
    name, field = path.split(".")

    def read(settings: Settings) -> Key:
        value: Any = getattr(getattr(settings, name), field)
        return Key(text=value or "") if kind == "choice" else Key(number=float(value))

    def write(settings: Settings, key: Key) -> Settings:
        value: Any = key.number
        if kind == "choice":
            value = key.text if key.text or path != "layer.layer" else None
        elif kind == "whole":
            value = round_half_up(min(max(key.number, minimum), maximum))
        elif kind == "switch":
            value = key.number >= 0.5
        changed = replace(getattr(settings, name), **{field: value})
        return replace(settings, **{name: changed})

    return Property(path, label, kind, read, write, minimum, maximum, choices)


def _read_cutoff(settings: Settings) -> Key:
    cutoff = settings.truncation.cutoff
    return Key(number=ALL_ROWS if cutoff is None else float(cutoff))


def _write_cutoff(settings: Settings, key: Key) -> Settings:
    cutoff = None if key.number < 0 else round_half_up(key.number)
    return replace(settings, truncation=replace(settings.truncation, cutoff=cutoff))


def _write_latent(settings: Settings, key: Key) -> Settings:
    return settings if key.latent is None else replace(settings, latent=key.latent)


def _write_classes(settings: Settings, key: Key) -> Settings:
    return settings if key.classes is None else replace(settings, classes=key.classes)


def _read_model(settings: Settings) -> Key:
    return Key(text="" if settings.model is None else settings.model.sha256)


def _write_model(settings: Settings, key: Key) -> Settings:
    known = (*settings.timeline.models, *((settings.model,) if settings.model else ()))
    model = next((model for model in known if model.sha256 == key.text), None)
    return settings if model is None else replace(settings, model=model)


FIXED: tuple[Property, ...] = (
    Property("latent", "Latent", "latent", lambda s: Key(latent=s.latent), _write_latent),
    Property("classes", "Classes", "classes", lambda s: Key(classes=s.classes), _write_classes),
    _of_slice("truncation.psi", "Truncation psi", "number", -1, 2),
    Property(
        "truncation.cutoff", "Truncation cutoff", "whole", _read_cutoff, _write_cutoff, -1, 18
    ),
    _of_slice("noise.mode", "Noise", "choice", choices=get_args(NoiseMode)),
    _of_slice("noise.seed", "Noise seed", "whole", 0, 2**32 - 1),
    _of_slice("noise.strength", "Noise strength", "number", 0, 4),
    _of_slice("transform.translate_x", "Translation x", "number", -1, 1),
    _of_slice("transform.translate_y", "Translation y", "number", -1, 1),
    _of_slice("transform.rotate_turns", "Rotation", "number", -1, 1),
    _of_slice("transform.round_to_pixels", "Round to pixels", "switch"),
    _of_slice("transform.untransform", "Untransform", "switch"),
    _of_slice("layer.layer", "Layer", "choice"),
    _of_slice("layer.mode", "Layer display", "choice", choices=get_args(LayerMode)),
    _of_slice("layer.base_channel", "Channel", "whole", 0, 4096),
    _of_slice("layer.normalise", "Normalise layer", "switch"),
    _of_slice("layer.gain_db", "Layer gain", "number", -40, 40),
    _of_slice("layer.spectrum", "Spectrum", "switch"),
    _of_slice("layer.spectrum_all_channels", "Spectrum of all channels", "switch"),
    _of_slice("layer.spectrum_range_db", "Spectrum range", "number", 0.1, 100),
    _of_slice("layer.kaiser_beta", "Spectrum window beta", "number", 0, 50),
    Property("model", "Model", "model", _read_model, _write_model),
)
_CAPTION = Property(CAPTION, "Caption", "text", lambda _: Key(), lambda settings, _: settings)
_FIXED = {each.path: each for each in (*FIXED, _CAPTION)}
_MIX = re.compile(r"mix\.(\d{1,2})\.(weight\.(\d{1,2})|weights|seed|enabled)$")


def property_of(path: str) -> Property | None:
    """Return the property of a path, or None for one that this version does not know."""
    if path in _FIXED:
        return _FIXED[path]
    match = _MIX.match(path)
    if match is None:
        return None
    index = int(match[1])
    if match[2] == "seed":
        return _mix_seed(path, index)
    if match[2] == "enabled":
        return _mix_enabled(path, index)
    return _mix_weight(path, index, None if match[3] is None else int(match[3]))


def properties_of(settings: Settings) -> tuple[Property, ...]:
    """Return what can be animated in `settings`, in the order of the panels; not the caption.

    Rows of a source that have one weight count as one property; each row has one of its own, too.
    """
    mixes: list[Property] = []
    for index, source in enumerate(settings.mixing.sources):
        paths = [f"mix.{index}.seed"] if source.saved is None else []
        # One track for all rows would make them equal.
        if len({weight for _, weight in source.weights}) == 1:
            paths.append(f"mix.{index}.weights")
        else:
            paths += [f"mix.{index}.weight.{row}" for row, _ in source.weights]
        paths.append(f"mix.{index}.enabled")
        mixes += [found for path in paths if (found := property_of(path)) is not None]
    return (*FIXED[:4], *mixes, *FIXED[4:])


def _source(settings: Settings, index: int) -> MixSource:
    sources = settings.mixing.sources
    return sources[index] if index < len(sources) else MixSource()


def _with_source(settings: Settings, index: int, source: MixSource) -> Settings:
    sources = settings.mixing.sources
    if index >= len(sources):
        return settings
    changed = (*sources[:index], source, *sources[index + 1 :])
    return replace(settings, mixing=replace(settings.mixing, sources=changed))


def _mix_seed(path: str, index: int) -> Property:
    def write(settings: Settings, key: Key) -> Settings:
        seed = round_half_up(max(key.number, 0.0))
        source = replace(_source(settings, index), seed=seed, saved=None, name="")
        return _with_source(settings, index, source)

    def read(settings: Settings) -> Key:
        return Key(number=float(_source(settings, index).seed))

    return Property(path, f"Mix {index + 1} seed", "whole", read, write, 0, 2**32 - 1)


def _mix_enabled(path: str, index: int) -> Property:
    def write(settings: Settings, key: Key) -> Settings:
        source = replace(_source(settings, index), enabled=key.number >= 0.5)
        return _with_source(settings, index, source)

    def read(settings: Settings) -> Key:
        return Key(number=float(_source(settings, index).enabled))

    return Property(path, f"Mix {index + 1} on", "switch", read, write)


def _mix_weight(path: str, index: int, row: int | None) -> Property:
    """Return the weight of one row of a source, or (None) of all rows that it has a weight for."""

    def read(settings: Settings) -> Key:
        source = _source(settings, index)
        if row is not None:
            return Key(number=source.weight(row))
        return Key(number=max((weight for _, weight in source.weights), default=0.0))

    def write(settings: Settings, key: Key) -> Settings:
        source = _source(settings, index)
        weight = min(max(key.number, 0.0), 1.0)
        if row is None:
            weights = tuple((each, weight) for each, _ in source.weights)
        else:
            others = {**dict(source.weights), row: weight}
            weights = tuple(sorted(others.items()))
        return _with_source(settings, index, replace(source, weights=weights))

    rows = "all rows" if row is None else f"row {row}"
    return Property(path, f"Mix {index + 1} {rows}", "number", read, write)
