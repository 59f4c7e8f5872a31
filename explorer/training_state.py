"""What the training panel may look at, frozen: runs, one run in detail, the run being prepared.

No torch, no imgui and nothing of `train`: the application translates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

TrainingPage = Literal["runs", "new"]
FieldValue = bool | int | float | str
ACTIVE_STATES = ("starting", "running", "paused", "stopping")
SICK_STATES = ("failed", "crashed")
Moment = tuple[float, str]  # kimg, and the file that was written then


@dataclass(frozen=True)
class RunRow:
    """One run in the list.

    state:     a key of train.runs.STATES; state_text says it in words.
    heartbeat_secs: seconds since the last sign of life; 0 for a run that is not active.
    """

    path: str
    name: str
    state: str
    state_text: str = ""
    reason: str = ""
    cur_kimg: float = 0.0
    total_kimg: float = 0.0
    secs_per_kimg: float | None = None
    eta_secs: float | None = None
    next_snapshot_secs: float | None = None
    next_snapshot_kimg: float | None = None
    augment_p: float = 0.0
    heartbeat_secs: int = 0
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def progress(self) -> float:
        return min(self.cur_kimg / self.total_kimg, 1.0) if self.total_kimg > 0 else 0.0


@dataclass(frozen=True, eq=False)
class RunCurves:
    """Statistics by kimg: values[name] is as long as `kimg`; nan = missing."""

    kimg: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunDetail:
    """What is known of the selected run besides its row.

    asked:     requests it has not answered yet: pause, stop-after-tick, stop-now.
    sheets:    (kimg, path) of the sample sheets, oldest first.
    snapshots: (kimg, path) of the models it wrote, oldest first.
    command:   the command line that does the same.
    data:      its data set.
    """

    path: str
    asked: tuple[str, ...] = ()
    can_continue: bool = False
    sheets: tuple[Moment, ...] = ()
    snapshots: tuple[Moment, ...] = ()
    log: tuple[str, ...] = ()
    command: str = ""
    data: str = ""
    stamp: tuple[float, int] = (0.0, 0)
    curves: RunCurves = field(default_factory=RunCurves, compare=False)


@dataclass(frozen=True)
class FieldSpec:
    """One field of a configuration.

    kind:    bool, int, float or str.
    default: as text; "" = by the preset, see TrainingState.resolved.
    options: what it may be; () = anything.
    """

    name: str
    group: str
    help: str
    kind: str
    default: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings:
    """The doctor's report in words."""

    source: str
    total: int
    usable: int
    resolution: int
    suggested: int
    channels: str
    groups: tuple[tuple[str, int, tuple[str, ...]], ...] = ()  # (headline, count, some sentences)
    classes: tuple[tuple[str, int], ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    bytes_needed: int = 0
    video: bool = False  # whether the pictures are frames


@dataclass(frozen=True)
class DataFacts:
    """A data set that can be trained on."""

    path: str
    name: str
    resolution: int
    channels: int
    c_dim: int
    count: int


@dataclass(frozen=True)
class NewRun:
    """A run being prepared.

    source:     a folder, a file or demo:NAME; "" = not chosen.
    resolution: of the import; 0 = as the doctor suggests.
    background: RRGGBB behind transparency and in the bars of "fit".
    aspect:     width / height of "wide".
    fps:        frames taken per second of a video; 0 = all.
    max_images: 0 = all.
    dataset:    the zip to train on; "" = the source has to be imported first.
    wishes:     (field, value) for what differs from the preset.
    """

    source: str = ""
    crop: str = "centre"
    filter: str = "lanczos"
    channels: str = "auto"
    labels: str = "auto"
    resolution: int = 0
    background: str = "ffffff"
    aspect: float = 16 / 9
    fps: float = 0.0
    max_images: int = 0
    keep_near: bool = True
    keep_copies: bool = False
    dataset: str = ""
    wishes: tuple[tuple[str, FieldValue], ...] = (("config", "stylegan2-ada"),)

    def wish(self, name: str) -> FieldValue | None:
        """Return what was chosen for a field; None = nothing."""
        return dict(self.wishes).get(name)

    def wishing(self, name: str, value: FieldValue | None) -> tuple[tuple[str, FieldValue], ...]:
        """Return the wishes with one changed; None takes it out."""
        kept = {key: old for key, old in self.wishes if key != name}
        return tuple({**kept, **({} if value is None else {name: value})}.items())


@dataclass(frozen=True)
class Work:
    """What is being done about the new run: examine, import, estimate or start."""

    kind: Literal["examine", "import", "estimate", "start"]
    text: str
    done: int = 0
    total: int = 0
    eta_secs: float | None = None


@dataclass(frozen=True)
class Compared:
    """The snapshot beside the explored one.

    at:      where the line between them is, 0..1 of the visible part of the picture.
    swapped: whether it is left of the line.
    problem: why it cannot be shown; "" = it can.
    """

    path: str
    kimg: float
    at: float = 0.5
    swapped: bool = False
    problem: str = ""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything the training panel shows.

    known:      whether the runs folder has been read.
    snapshot:   the file that was chosen of the selected run; "" = always the newest.
    exploring:  the run whose snapshot is on the canvas; "" = none.
    explored:   its snapshots, oldest first.
    explored_kimg: of the one shown; None = none yet.
    compared:   the one beside it; None = none.
    sheet:      texture of the sample sheet asked for, its size in pixels; None while it is read.
    sheet_at:   which sheet is shown; None = the newest.
    resolved:   what every field of the new run comes to, as text.
    problem:    why the new run cannot start; "" = it can.
    said:       a sentence about the last work that failed.
    """

    page: TrainingPage = "runs"
    folder: str = ""
    known: bool = False
    runs: tuple[RunRow, ...] = ()
    selected: str = ""
    detail: RunDetail | None = None
    sheet: tuple[int, int, int] | None = None  # texture, width, height
    sheet_at: int | None = None
    snapshot: str = ""
    exploring: str = ""
    explored: tuple[Moment, ...] = ()
    explored_kimg: float | None = None
    compared: Compared | None = None
    draft: NewRun = field(default_factory=NewRun)
    fields: tuple[FieldSpec, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    demos: tuple[tuple[str, str], ...] = ()
    findings: Findings | None = None
    facts: DataFacts | None = None
    previews: tuple[tuple[int, int, int], ...] = ()
    resolved: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    said: str = ""
    estimate: tuple[str, ...] = ()
    work: Work | None = None

    @property
    def run(self) -> RunRow | None:
        """The selected run."""
        return next((row for row in self.runs if row.path == self.selected), None)

    @property
    def others(self) -> tuple[Moment, ...]:
        """The explored run's snapshots but for the one shown, oldest first."""
        shown = self.explored_kimg
        return tuple(item for item in self.explored if shown is not None and item[0] != shown)


def kimg_text(kimg: float) -> str:
    """Return "76.5 kimg": a decimal, or as many as a short run needs."""
    text = f"{kimg:,.1f}" if kimg >= 10 else f"{kimg:.3f}".rstrip("0")
    return f"{text.removesuffix('.0').removesuffix('.')} kimg"
