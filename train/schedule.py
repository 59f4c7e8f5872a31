"""What is due when: ticks by the counter, snapshots and checkpoints also by the clock; no torch."""

from __future__ import annotations

import time
from collections.abc import Callable

from train.config import TrainConfig


def crossed(before: int, after: int, every_kimg: float) -> bool:
    """Return whether a multiple of every_kimg lies in (before, after]; False if it is 0."""
    every = every_kimg * 1000
    return every > 0 and int(after / every) > int(before / every)


class Due:
    """One thing that happens every so many kimg and every so many minutes.

    Args:
        minutes:       between two; 0 = not by time.
        kimg:          between two; 0 = not by count.
        first_minutes: until the first; None = minutes.
    """

    def __init__(
        self,
        minutes: float,
        kimg: float,
        first_minutes: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._minutes, self._kimg, self._clock = minutes, kimg, clock
        first = minutes if first_minutes is None or minutes <= 0 else min(first_minutes, minutes)
        self._next = clock() + first * 60

    def is_due(self, before: int, after: int) -> bool:
        """Return whether it is time after a step from `before` to `after` pictures."""
        by_time = self._minutes > 0 and self._clock() >= self._next
        return by_time or crossed(before, after, self._kimg)

    def done(self) -> None:
        """Count the time until the next from now."""
        self._next = self._clock() + self._minutes * 60

    def left(self, cur_nimg: int) -> tuple[float | None, float | None]:
        """Return (seconds, kimg) until the next; None where it does not come by that."""
        secs = max(self._next - self._clock(), 0.0) if self._minutes > 0 else None
        every = self._kimg * 1000
        kimg = (every - cur_nimg % every) / 1000 if every > 0 else None
        return secs, kimg


def snapshots_due(config: TrainConfig) -> Due:
    """Return the schedule of snapshots; by time the first comes within minutes."""
    return Due(config.snapshot_minutes, config.snapshot_kimg, config.snapshot_first_minutes)


def checkpoints_due(config: TrainConfig) -> Due:
    """Return the schedule of checkpoints."""
    return Due(config.checkpoint_minutes, config.checkpoint_kimg)
