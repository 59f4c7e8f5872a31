"""What is asked about videos and the models of a timeline; handled by `explorer.app`."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.export_state import ExportChoice


@dataclass(frozen=True)
class ExportAction:
    """The base of them all."""


@dataclass(frozen=True)
class ChooseExport(ExportAction):
    """Choose how videos are written."""

    choice: ExportChoice


@dataclass(frozen=True)
class ExportVideo(ExportAction):
    """Write what is chosen in the background; "" asks for the file, of sessions for a folder."""

    path: str = ""


@dataclass(frozen=True)
class StopExport(ExportAction):
    """Stop a video under way; its frames are kept."""

    folder: str


@dataclass(frozen=True)
class ResumeExport(ExportAction):
    """Go on with a video that was stopped or whose process was killed."""

    folder: str


@dataclass(frozen=True)
class RemoveExport(ExportAction):
    """Take a video off the list, with its frames; the video itself stays."""

    folder: str


@dataclass(frozen=True)
class OpenOutput(ExportAction):
    """Open a finished video with the system's program for it."""

    path: str


@dataclass(frozen=True)
class ListRuns(ExportAction):
    """Look for training runs with snapshots; "" = where runs are made."""

    folder: str = ""


@dataclass(frozen=True)
class FillTimeLapse(ExportAction):
    """Fill the timeline with a run's snapshots: every n-th one, over so many seconds."""

    run: str
    every: int
    secs: float


@dataclass(frozen=True)
class CancelTimeLapse(ExportAction):
    """Stop reading snapshots."""


@dataclass(frozen=True)
class KeyModel(ExportAction):
    """Add a key at the playhead: from here on it is the model of this file."""

    path: str
