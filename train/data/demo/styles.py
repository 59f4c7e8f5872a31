"""How the drawn demonstration sets look: DiceBear's options as a pure function of the number.

Colours vary continuously, so that a network can learn to move through them; parts are chosen.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

import numpy as np

from train.random import Draws

CC0_STYLES = ("critters", "moods", "planets", "landscape")
# Left out: the darkest tone of the style, on which closed eyes and brows vanish.
_SKIN = ("#f6d3ba", "#f1c3a5", "#d9a685", "#c68e7a", "#b98e6a", "#a36b4f")
_HAIR = ("#2c1b18", "#4a2c22", "#724133", "#a55728", "#b58143", "#d6b370", "#ecd9a8")
_CC0_COLOURS = {
    "critters": ("background", "body", "accent"),
    "moods": ("background", "face"),
    "planets": ("background", "planet", "moon"),
    "landscape": ("background", "orb", "hill1", "hill2", "hill3", "hill4"),
}
_draws = Draws(0)


def style_of(demo: str, index: int) -> str:
    """Return the name of the DiceBear style of one picture."""
    return demo if demo != "cc0" else CC0_STYLES[index % len(CC0_STYLES)]


def options_of(style: str, index: int, palettes: dict[str, Sequence[str]]) -> dict[str, Any]:
    """Return DiceBear's options of one picture.

    palettes: the style's own colours by name.
    """
    rng = _draws.rng(f"demo:{style}", index)
    options: dict[str, Any] = {"seed": f"{style} {index}"}
    if style == "toon-head":
        return options | _portrait(rng)
    options["animationVariant"] = "none"
    for name in _CC0_COLOURS[style]:
        options[f"{name}Color"] = _near(rng, palettes[name])
    return options


def _portrait(rng: np.random.Generator) -> dict[str, Any]:
    """A face: beards are rare and hardly ever meet long hair."""
    bearded = rng.random() < 0.25
    long_hair = rng.random() < (0.08 if bearded else 0.6)
    dyed = rng.random() < 0.2
    natural = _between(_HAIR, rng.random())
    bright = _hsv(rng.random(), 0.35 + 0.4 * rng.random(), 0.45 + 0.45 * rng.random())
    return {
        "beardProbability": 100 if bearded else 0,
        "rearHairProbability": 100 if long_hair else 0,
        "skinColor": _between(_SKIN, rng.random()),
        "hairColor": bright if dyed else natural,
        "clothesColor": _hsv(rng.random(), 0.2 + 0.65 * rng.random(), 0.35 + 0.6 * rng.random()),
        "backgroundColor": _hsv(
            rng.random(), 0.12 + 0.38 * rng.random(), 0.7 + 0.27 * rng.random()
        ),
    }


def _between(colours: Sequence[str], position: float) -> str:
    """Return the colour at `position` in [0, 1] along a row of colours."""
    place = position * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    share = place - first
    low, high = _rgb(colours[first]), _rgb(colours[first + 1])
    return _hex([a + (b - a) * share for a, b in zip(low, high, strict=True)])


def _near(rng: np.random.Generator, colours: Sequence[str]) -> str:
    """Return one of the colours, its hue, saturation and brightness moved a little."""
    chosen = _rgb(colours[int(rng.random() * len(colours))])
    hue, saturation, value = colorsys.rgb_to_hsv(*chosen)
    hue += 0.08 * (rng.random() - 0.5)
    saturation *= 0.85 + 0.3 * rng.random()
    value *= 0.88 + 0.2 * rng.random()
    return _hsv(hue % 1.0, min(saturation, 1.0), min(value, 1.0))


def _hsv(hue: float, saturation: float, value: float) -> str:
    return _hex(colorsys.hsv_to_rgb(hue, saturation, value))


def _rgb(text: str) -> tuple[float, float, float]:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(colour: Sequence[float]) -> str:
    return "#" + "".join(f"{round(level * 255):02x}" for level in colour)
