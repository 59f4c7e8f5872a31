"""Which sample sheets stand side by side at which moment of the training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from train.monitor.snapshot import RunView


def moments(runs: Sequence[RunView]) -> list[float]:
    """List the kimg at which any of the runs made a sheet."""
    return sorted({kimg for run in runs for kimg, _ in run.samples})


def sheet_at(run: RunView, kimg: float | None) -> tuple[float, Path] | None:
    """Return a run's newest (kimg, sheet) up to then; None = it had none yet."""
    found = [sample for sample in run.samples if kimg is None or sample[0] <= kimg]
    return found[-1] if found else None


def position(all_moments: Sequence[float], kimg: float | None) -> int:
    """Return where on the slider that is."""
    if kimg is None:
        return max(len(all_moments) - 1, 0)
    return max(sum(moment <= kimg for moment in all_moments) - 1, 0)


def at_position(all_moments: Sequence[float], index: int) -> float | None:
    """Return the kimg of a place on the slider; its end is None, which follows what comes."""
    return None if index >= len(all_moments) - 1 else all_moments[max(index, 0)]


def best_columns(count: int, room: tuple[float, float], aspect: float, title: float) -> int:
    """Return in how many columns `count` pictures become largest.

    Args:
        room:   width and height for all of them.
        aspect: width by height of a picture.
        title:  height that goes to a line above each.
    """

    def height(columns: int) -> float:
        rows = -(-count // columns)
        return min(room[0] / columns / aspect, room[1] / rows - title)

    return max(range(1, max(count, 1) + 1), key=height)
