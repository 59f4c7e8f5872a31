"""Which frame of a constant rate shows what was on screen when; exact: hours do not drift."""

from __future__ import annotations

import math
from fractions import Fraction


class FrameClock:
    """Frame n shows the newest picture that was on screen at start + n / rate.

    Args:
        rate:       frames per second.
        start_secs: of frame 0, in seconds of any clock that never goes back.
    """

    def __init__(self, rate: Fraction, start_secs: float) -> None:
        self._rate = rate
        self._start = Fraction(start_secs)  # floats are fractions: nothing is rounded here

    def frames_before(self, secs: float) -> int:
        """Return how many frames show a time before `secs`, which is the first one that does not.

        A picture that appears at `secs` is on the frames from there on.
        """
        return max(0, math.ceil((Fraction(secs) - self._start) * self._rate))

    def secs_of(self, frame: int) -> float:
        """Return the time that a frame shows."""
        return float(self._start + frame / self._rate)
