"""Controls that a knob moves also while their panel is not shown: those of the timeline's table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from explorer.model_info import ModelInfo
from explorer.settings import Settings, seed_latent
from explorer.timeline.model import Key
from explorer.timeline.properties import ALL_ROWS, property_of

PATHS = {
    "seed": "latent",
    "latent_x": "latent",
    "latent_y": "latent",
    "psi": "truncation.psi",
    "cutoff": "truncation.cutoff",
    "noise_seed": "noise.seed",
    "noise_strength": "noise.strength",
    "translate_x": "transform.translate_x",
    "translate_y": "transform.translate_y",
    "rotate": "transform.rotate_turns",
    "base_channel": "layer.base_channel",
    "gain_db": "layer.gain_db",
    "spectrum_range": "layer.spectrum_range_db",
}
_MIX = re.compile(r"(\d{1,2})/(?:(mix_seed)|(mix_weight)|row(\d{1,2}))$")


@dataclass(frozen=True)
class HiddenControl:
    """A number of the settings, in the numbers of its bindings.

    path:   the timeline's name of it.
    limits: what it can hold.
    """

    path: str
    read: Callable[[Settings], float]
    write: Callable[[Settings, float], Settings]
    limits: tuple[float, float]
    whole: bool = False


def hidden_control(
    control: str, settings: Settings, info: ModelInfo | None
) -> HiddenControl | None:
    """Return a control of these settings, or None for one that acts only while it is shown.

    None, too, where the panel would not offer it: for the open network it means nothing.
    """
    path = path_of(control)
    if info is None or path is None or not _offered(control, settings, info):
        return None
    if path == "latent":
        return _LATENT[control]
    if control == "cutoff":
        return _cutoff(info.num_ws)
    known = property_of(path)
    if known is None:
        return None
    write, read = known.write, known.read
    return HiddenControl(
        path,
        lambda s: read(s).number,
        lambda s, value: write(s, Key(number=value)),
        (known.minimum, known.maximum),
        known.kind == "whole",
    )


def path_of(control: str) -> str | None:
    """Return the timeline's path of a control, or None if it has none."""
    match = _MIX.match(control)
    if match is None:
        return PATHS.get(control)
    index, seed, weight, row = match.groups()
    return f"mix.{index}." + ("seed" if seed else "weights" if weight else f"weight.{row}")


def _offered(control: str, settings: Settings, info: ModelInfo) -> bool:
    kind = (path_of(control) or "").partition(".")[0]
    match = _MIX.match(control)
    if match is not None:
        sources = settings.mixing.sources
        if int(match[1]) >= len(sources):
            return False
        source = sources[int(match[1])]
        if match[3]:  # the timeline's way of setting all rows would make others equal
            return len({weight for _, weight in source.weights}) == 1
        return source.saved is None if match[2] else int(match[4]) < info.num_ws
    if kind == "transform":
        return info.has_input_transform
    if control == "noise_seed":
        return info.has_noise and settings.noise.mode == "random"
    if control == "noise_strength":
        return info.has_noise and settings.noise.mode != "none"
    return kind != "truncation" or info.architecture != "progan"


def _cutoff(num_ws: int) -> HiddenControl:
    known = property_of("truncation.cutoff")
    assert known is not None
    read, write = known.read, known.write

    def shown(settings: Settings) -> float:
        number = read(settings).number
        return float(num_ws) if number == ALL_ROWS else min(number, float(num_ws))

    def written(settings: Settings, value: float) -> Settings:
        return write(settings, Key(number=ALL_ROWS if value >= num_ws else value))

    return HiddenControl(known.path, shown, written, (0.0, float(num_ws)), whole=True)


def _with_x(settings: Settings, x: float) -> Settings:
    return replace(settings, latent=replace(settings.latent, x=x))


def _with_y(settings: Settings, y: float) -> Settings:
    return replace(settings, latent=replace(settings.latent, y=y))


def _with_seed(settings: Settings, seed: float) -> Settings:
    same = int(seed) == settings.latent.seed
    return settings if same else replace(settings, latent=seed_latent(int(seed)))


PLANE = float(2**32)  # how far a knob goes on the plane of seeds
_LATENT = {
    "seed": HiddenControl(
        "latent", lambda s: float(s.latent.seed), _with_seed, (0.0, PLANE - 1), whole=True
    ),
    "latent_x": HiddenControl("latent", lambda s: s.latent.x, _with_x, (-PLANE, PLANE)),
    "latent_y": HiddenControl("latent", lambda s: s.latent.y, _with_y, (-PLANE, PLANE)),
}
