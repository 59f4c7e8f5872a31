"""Curves as they are drawn: smoothed, thinned, against pictures or hours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from train.monitor.choice import Choice, shown_runs
from train.monitor.snapshot import Snapshot
from train.runs import Curves

MOST_POINTS = 2000
LINEAR, LOG, SYMLOG = "linear", "log", "symlog"


@dataclass(frozen=True)
class Series:
    """One curve: `smooth` is drawn over the faint `y`; all three are as long."""

    key: str
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    smooth: tuple[float, ...]


def all_series(snapshot: Snapshot, choice: Choice) -> tuple[Series, ...]:
    """Return the curve of the chosen statistic for each shown run that has it."""
    found = []
    for run in shown_runs(snapshot, choice):
        x, y = points(run.curves, choice.statistic, choice.axis)
        if x:
            smooth = smoothed(y, choice.smoothing)
            found.append(Series(run.key, run.name, *map(thinned, (x, y, smooth))))
    return tuple(found)


def points(curves: Curves, statistic: str, axis: str) -> tuple[list[float], list[float]]:
    """Return the measured points of a statistic; what is no finite number is left out.

    With axis "hours" pauses and the time between a stop and its continuation count, too.
    """
    values = curves.values.get(statistic, ())
    hours = [(t - curves.time[0]) / 3600 for t in curves.time] if curves.time else []
    rows = zip(curves.kimg if axis == "kimg" else hours, values, strict=False)
    kept = [(x, y) for x, y in rows if math.isfinite(x) and math.isfinite(y)]
    return [x for x, _ in kept], [y for _, y in kept]


def smoothed(y: Sequence[float], weight: float) -> list[float]:
    """Return the exponential mean of y, without the pull of its start towards zero."""
    mean, total, result = 0.0, 0.0, []
    for value in y:
        mean = weight * mean + (1 - weight) * value
        total = weight * total + (1 - weight)
        result.append(mean / total)
    return result


def thinned(values: Sequence[float], most: int = MOST_POINTS) -> tuple[float, ...]:
    """Return at most about `most` of the values, evenly, the last one always."""
    step = -(-len(values) // most)
    if step <= 1:
        return tuple(values)
    return tuple(values[(len(values) - 1) % step :: step])


def scale_of(series: Sequence[Series], log: bool) -> str:
    """Return LINEAR, LOG, or SYMLOG where values of no sign or of both forbid a plain one."""
    if not log:
        return LINEAR
    return LOG if all(min(s.y) > 0 for s in series) else SYMLOG
