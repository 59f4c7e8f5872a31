"""What the monitor knows at one moment: frozen values that the view draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from train.control import Requests
from train.runs import Curves, RunStatus

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Alarm:
    """Something about a run that somebody should look at.

    severity: ERROR (it does not train any more) or WARNING (it trains, but not well).
    kind:     "crashed", "failed", "stalled" or "training"; with `run` and `mark` its identity.
    run:      the run's key.
    mark:     tells one occasion from the next: dismissing an alarm dismisses this occasion only.
    text:     one sentence or two.
    """

    severity: str
    kind: str
    run: str
    mark: str
    text: str

    @property
    def identity(self) -> str:
        """The same for as long as it is the same occasion."""
        return f"{self.run}|{self.kind}|{self.mark}"


@dataclass(frozen=True)
class RunView:
    """One run as it was last read.

    key:           identifies it, a path.
    name:          of its folder; with the folder above where two are named alike.
    heartbeat_age: seconds since its last sign of life; None = there never was one.
    samples:       (kimg, sample sheet), oldest first.
    log:           the last lines.
    """

    key: str
    path: Path
    name: str
    status: RunStatus
    heartbeat_age: float | None = None
    requests: Requests = field(default_factory=Requests)
    curves: Curves = field(default_factory=Curves)
    samples: tuple[tuple[float, Path], ...] = ()
    log: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """All runs at one moment.

    folders:  what is watched.
    problems: a sentence for each folder that cannot be read just now; its runs are as last read.
    """

    folders: tuple[Path, ...] = ()
    runs: tuple[RunView, ...] = ()
    problems: tuple[str, ...] = ()

    def find(self, key: str | None) -> RunView | None:
        """Return a run by its key; None if it is not there."""
        return next((run for run in self.runs if run.key == key), None)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Those of all runs, errors first."""
        found = [alarm for run in self.runs for alarm in run.alarms]
        return tuple(sorted(found, key=lambda alarm: alarm.severity != ERROR))
