"""A sound's curves between their samples: smoothed, and summed up over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.arrays import ArrayStore
from explorer.slices import ArrayRef
from explorer.timeline.model import CURVES, CURVES_HZ, Curve

_REACH = 4  # standard deviations of the Gaussian, beyond which it is 0


@dataclass(frozen=True, eq=False)
class SmoothedCurve:
    """Values at CURVES_HZ from the sound's start; 0 before it and behind its end.

    values: float64 [n]. sums: float64 [n + 1], seconds of full level before each value.
    """

    values: NDArray[np.float64]
    sums: NDArray[np.float64]

    def at(self, secs: float) -> float:
        """Return the curve at a time of the sound, linear between samples."""
        place = secs * CURVES_HZ
        index = math.floor(place)
        rest = place - index
        return (1 - rest) * self._value(index) + rest * self._value(index + 1)

    def until(self, secs: float) -> float:
        """Return the integral from the sound's start, in seconds of full level; 0 before it."""
        place = min(max(secs * CURVES_HZ, 0.0), float(len(self.values)))
        index = min(int(place), len(self.values) - 1)
        return float(self.sums[index] + (place - index) * self.values[index] / CURVES_HZ)

    def _value(self, index: int) -> float:
        return float(self.values[index]) if 0 <= index < len(self.values) else 0.0


def smoothed(arrays: ArrayStore, ref: ArrayRef, curve: Curve, secs: float) -> SmoothedCurve:
    """Return one of a sound's curves, smoothed by a Gaussian of `secs` standard deviation.

    Raises KeyError if `arrays` does not hold it.
    """
    return _smoothed(_Curves(ref.digest, arrays.get(ref)), CURVES.index(curve), max(secs, 0.0))


@dataclass(frozen=True)
class _Curves:
    """Curves that are equal when their digests are; their numbers are not looked at."""

    digest: str
    values: NDArray[np.float32]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Curves) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@lru_cache(maxsize=64)
def _smoothed(curves: _Curves, row: int, secs: float) -> SmoothedCurve:
    values = curves.values[row].astype(np.float64)
    sigma = secs * CURVES_HZ
    if sigma > 0:
        reach = math.ceil(_REACH * sigma)
        weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        weights /= weights.sum()
        values = np.convolve(values, weights)[reach : reach + len(values)]
    sums = np.concatenate([[0.0], np.cumsum(values)]) / CURVES_HZ
    return SmoothedCurve(values, sums)
