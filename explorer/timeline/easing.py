"""How the way from one key to the next is shared out over the time between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, get_args

Easing = Literal[
    "none",
    "sine in",
    "sine out",
    "sine in out",
    "cubic in",
    "cubic out",
    "cubic in out",
    "exponential in out",
    "back out",
    "bounce out",
    "elastic out",
]
EASINGS: tuple[Easing, ...] = get_args(Easing)


def ease(easing: Easing, u: float) -> float:
    """Return the share of the way after the share `u` (0 to 1) of the time.

    0 at 0 and 1 at 1; "back" and "elastic" overshoot between them.
    """
    if u <= 0:
        return 0.0
    return 1.0 if u >= 1 else _FUNCTIONS[easing](u)


def _both(half: Callable[[float], float]) -> Callable[[float], float]:
    """Speed up as `half` does, then slow down in the same way."""
    return lambda u: half(2 * u) / 2 if u < 0.5 else 1 - half(2 - 2 * u) / 2


def _sine(u: float) -> float:
    return 1 - math.cos(u * math.pi / 2)


def _cubic(u: float) -> float:
    return u**3


def _exponential(u: float) -> float:
    return (2 ** (10 * u) - 1) / 1023


def _back(u: float) -> float:
    overshoot = 1.70158  # a tenth of the way
    return 1 + (overshoot + 1) * (u - 1) ** 3 + overshoot * (u - 1) ** 2


def _bounce(u: float) -> float:
    for start, rise in ((1 / 2.75, 0.0), (2 / 2.75, 0.75), (2.5 / 2.75, 0.9375)):
        if u < start:
            middle = {0.0: 0.0, 0.75: 1.5, 0.9375: 2.25}[rise] / 2.75
            return 7.5625 * (u - middle) ** 2 + rise
    return 7.5625 * (u - 2.625 / 2.75) ** 2 + 0.984375


def _elastic(u: float) -> float:
    return 1 + 2 ** (-10 * u) * math.sin((10 * u - 0.75) * 2 * math.pi / 3)


_FUNCTIONS: Mapping[Easing, Callable[[float], float]] = MappingProxyType(
    {
        "none": lambda u: u,
        "sine in": _sine,
        "sine out": lambda u: 1 - _sine(1 - u),
        "sine in out": _both(_sine),
        "cubic in": _cubic,
        "cubic out": lambda u: 1 - _cubic(1 - u),
        "cubic in out": _both(_cubic),
        "exponential in out": _both(_exponential),
        "back out": _back,
        "bounce out": _bounce,
        "elastic out": _elastic,
    }
)
