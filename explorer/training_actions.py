"""What the training panel can ask for; handled by `explorer.app.training`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.training_state import NewRun, TrainingPage

RunRequest = Literal[
    "start", "queue", "unqueue", "pause", "resume", "stop", "stop_now", "delete"
]  # fmt: skip


@dataclass(frozen=True)
class TrainingAction:
    """The base of them all."""


@dataclass(frozen=True)
class ShowTrainingPage(TrainingAction):
    page: TrainingPage


@dataclass(frozen=True)
class SelectRun(TrainingAction):
    path: str


@dataclass(frozen=True)
class AskRun(TrainingAction):
    """Start or continue a run, or ask something of it."""

    path: str
    request: RunRequest


@dataclass(frozen=True)
class ContinueRun(TrainingAction):
    """Continue a run that has ended, to this length; `queue` waits for the runs before it."""

    path: str
    kimg: float
    queue: bool = False


@dataclass(frozen=True)
class ChooseSnapshot(TrainingAction):
    """Choose a snapshot of the selected run; "" = always the newest."""

    snapshot: str


@dataclass(frozen=True)
class ExploreRun(TrainingAction):
    """Show a snapshot of a run; "" = the newest and every newer one. No run = stop following."""

    path: str
    snapshot: str = ""


@dataclass(frozen=True)
class Compare(TrainingAction):
    """Put a snapshot of the explored run beside the one shown; "" ends it."""

    snapshot: str


@dataclass(frozen=True)
class ToggleCompare(TrainingAction):
    """Compare with the snapshot last compared with, or one from half way; or end it."""


@dataclass(frozen=True)
class MoveWipe(TrainingAction):
    at: float  # 0..1


@dataclass(frozen=True)
class SwapCompared(TrainingAction):
    """Exchange the sides."""


@dataclass(frozen=True)
class ShowSheet(TrainingAction):
    """Show the sample sheet of that number; None = always the newest."""

    index: int | None


@dataclass(frozen=True)
class FineTune(TrainingAction):
    """Prepare a new run that starts from a snapshot of this one; "" = from the newest."""

    path: str
    snapshot: str = ""


@dataclass(frozen=True)
class CopyText(TrainingAction):
    text: str


@dataclass(frozen=True)
class SetRunsFolder(TrainingAction):
    path: str


@dataclass(frozen=True)
class ChooseData(TrainingAction):
    """Look at a folder, a file or demo:NAME as the data of the new run."""

    source: str


@dataclass(frozen=True)
class EditNewRun(TrainingAction):
    draft: NewRun


@dataclass(frozen=True)
class DoWork(TrainingAction):
    """Examine or import the data, or measure how fast the new run would be."""

    kind: Literal["examine", "import", "estimate"]


@dataclass(frozen=True)
class CancelWork(TrainingAction):
    pass


@dataclass(frozen=True)
class StartNewRun(TrainingAction):
    """Make the folder of the new run and start it; `queue` waits for the runs before it."""

    queue: bool = False
