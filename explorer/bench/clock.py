"""Times of several things, taken in turn: a machine that slows down slows all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """What one thing took, in milliseconds of wall time.

    runs: how often it was measured, the warm-up not counted.
    """

    median_ms: float
    best_ms: float
    worst_ms: float
    runs: int


def interleaved(
    cases: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    budget_secs: float,
    warm_up: bool = True,
    said: Callable[[str], None] = lambda _: None,
) -> dict[str, Times]:
    """Run every case once per round, in turn.

    Args:
        cases:       name -> what to do; must wait until it is done.
        rounds:      of all cases, at most.
        budget_secs: no further round begins after this; the first always does.
        warm_up:     run each case once uncounted before.
        said:        told the name of what runs next.
    """
    if warm_up:
        for name, work in cases.items():
            said(f"{name}, warm-up")
            work()
    taken: dict[str, list[float]] = {name: [] for name in cases}
    end = time.perf_counter() + budget_secs
    for number in range(rounds):
        if number > 0 and time.perf_counter() > end:
            break
        for name, work in cases.items():
            said(f"{name}, run {number + 1} of {rounds}")
            started = time.perf_counter()
            work()
            taken[name].append(1000 * (time.perf_counter() - started))
    return {name: summary(values) for name, values in taken.items()}


def summary(values_ms: list[float]) -> Times:
    """Return the median and the extremes of at least one value."""
    return Times(statistics.median(values_ms), min(values_ms), max(values_ms), len(values_ms))
