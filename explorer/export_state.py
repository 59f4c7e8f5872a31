"""Videos as the window sees them: what is chosen, what will come out, what is under way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["mp4", "webm", "gif", "png"]
Size = Literal["auto", "1", "2", "4", "8", "exact"]
Cells = Literal["one", "seeds", "models"]
Caption = Literal["time", "seed", "psi", "model"]

WATCHABLE_PX = 512  # that small pictures are enlarged to by "auto"


@dataclass(frozen=True)
class ExportChoice:
    """How a video is to be written.

    size:     times the size the model makes; "auto" = a whole number that makes the shorter side
              WATCHABLE_PX or more; "exact" = width x height.
    width, height: pixels of the whole frame; 0 = as the other one's shape asks.
    nearest:  whether pixels stay squares when they are enlarged; else they are smoothed (Lanczos).
    fps:      frames per second; 0 = the timeline's.
    bits:     of a channel, of PNGs.
    columns, rows: of a grid of seeds.
    seed_step: how many seeds each cell of it lies beyond the one before.
    models:   files, one per cell of a grid of models, `columns` in a row.
    sound:    a file; "" = the timeline's own; silent = none at all.
    part:     of the timeline: all, or the range that is played.
    sessions: files whose timelines are exported in place of the one on screen.
    """

    kind: Kind = "mp4"
    size: Size = "auto"
    width: int = 0
    height: int = 0
    nearest: bool = False
    quality: int = 75
    fps: float = 0.0
    bits: Literal[8, 16] = 8
    cells: Cells = "one"
    columns: int = 2
    rows: int = 2
    seed_step: float = 1.0
    models: tuple[str, ...] = ()
    caption: tuple[Caption, ...] = ()
    sound: str = ""
    silent: bool = False
    part: Literal["all", "range"] = "all"
    sessions: tuple[str, ...] = ()

    @property
    def lasting(self) -> ExportChoice:
        """The part that is of use next time, with another timeline."""
        return replace(
            self, cells="one", models=(), sound="", silent=False, part="all", sessions=()
        )


@dataclass(frozen=True)
class ExportPlan:
    """What the choice makes of the timeline.

    text:    "300 frames, 10.0 s, 512 x 512 px"; "" = not known yet.
    problem: why it cannot be made, one sentence.
    secs:    about how long it takes; None = not known.
    """

    text: str = ""
    problem: str = ""
    secs: float | None = None


@dataclass(frozen=True)
class ExportRow:
    """A video under way or done; `folder` names its job.

    output:   the file, or the folder of PNGs.
    state:    a key of explorer.video.status.STATES.
    progress: 0 to 1 of what is done now.
    """

    folder: str
    output: str
    name: str
    state: str
    reason: str = ""
    done: int = 0
    total: int = 0
    progress: float = 0.0
    eta_secs: float | None = None

    @property
    def active(self) -> bool:
        """Whether it is being made, or will be."""
        return self.working or self.state == "queued"

    @property
    def working(self) -> bool:
        """Whether a process works on it."""
        return self.state in ("starting", "rendering", "encoding")


@dataclass(frozen=True)
class LapseRun:
    """A training run with snapshots, for a time-lapse."""

    path: str
    name: str
    snapshots: int
    kimg: float = 0.0  # of the last one


@dataclass(frozen=True)
class LapseState:
    """What the time-lapse's dialog may look at.

    runs:    newest first; None = not known yet.
    reading: how far the chosen snapshots are read, 0 to 1; None = none are.
    filled:  how many time-lapses have filled the timeline so far.
    """

    folder: str = ""
    runs: tuple[LapseRun, ...] | None = None
    reading: float | None = None
    filled: int = 0


@dataclass(frozen=True)
class ExportState:
    """What the dialogs may look at. rows: videos, newest first."""

    choice: ExportChoice = field(default_factory=ExportChoice)
    plan: ExportPlan = field(default_factory=ExportPlan)
    rows: tuple[ExportRow, ...] = ()
    lapse: LapseState = field(default_factory=LapseState)

    @property
    def working(self) -> ExportRow | None:
        """The video that is being made, or the first that waits."""
        active = [row for row in self.rows if row.active]
        return next((row for row in active if row.working), active[-1] if active else None)
