"""What the user of the monitor picked, and what is shown when nothing was: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from train.monitor.snapshot import Alarm, RunView, Snapshot

MOST_AT_FIRST = 4
FIRST_STATISTIC = "Loss/G/loss"
AXES = ("kimg", "hours")


@dataclass(frozen=True)
class Choice:
    """All of it.

    shown:     keys of the runs whose curves and samples are shown; None = picked for the user.
    focused:   key of the run whose log and buttons are shown; None = picked for the user.
    statistic: whose curve is drawn.
    smoothing: 0 = as measured, towards 1 = smoother.
    log:       logarithmic values.
    axis:      one of AXES.
    kimg:      up to when samples are shown; None = the newest.
    dismissed: identities of alarms that are not to be shown any more.
    """

    shown: frozenset[str] | None = None
    focused: str | None = None
    statistic: str = FIRST_STATISTIC
    smoothing: float = 0.6
    log: bool = False
    axis: str = "kimg"
    kimg: float | None = None
    dismissed: frozenset[str] = frozenset()


def shown_runs(snapshot: Snapshot, choice: Choice) -> tuple[RunView, ...]:
    """Return the runs to compare: the picked ones, else those at work and the newest."""
    if choice.shown is not None:
        return tuple(run for run in snapshot.runs if run.key in choice.shown)
    first = sorted(snapshot.runs, key=lambda run: not run.status.is_active)[:MOST_AT_FIRST]
    return tuple(run for run in snapshot.runs if run in first)


def focused_run(snapshot: Snapshot, choice: Choice) -> RunView | None:
    """Return the run in focus: the picked one, else the newest at work, else the newest."""
    picked = snapshot.find(choice.focused)
    active = (run for run in snapshot.runs if run.status.is_active)
    return picked or next(active, snapshot.runs[0] if snapshot.runs else None)


def toggled(snapshot: Snapshot, choice: Choice, key: str, on: bool) -> frozenset[str]:
    """Return the runs to show after one of them is switched on or off."""
    keys = {run.key for run in shown_runs(snapshot, choice)}
    return frozenset(keys | {key} if on else keys - {key})


def statistics_of(snapshot: Snapshot) -> list[str]:
    """List the names of everything any run measured; losses first."""
    names = {name for run in snapshot.runs for name in run.curves.values}
    return sorted(names, key=lambda name: (not name.startswith("Loss/"), name))


def open_alarms(snapshot: Snapshot, choice: Choice) -> tuple[Alarm, ...]:
    """Return the alarms that nobody has dismissed."""
    return tuple(a for a in snapshot.alarms if a.identity not in choice.dismissed)
