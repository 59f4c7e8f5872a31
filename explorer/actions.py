"""What a widget can ask for besides a new value: frozen, handled in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.export_actions import ExportAction
from explorer.settings import SavedLatent, Settings
from explorer.timeline_state import TimelineView
from explorer.training_actions import TrainingAction
from explorer.view_state import CanvasView, Preferences

DialogKind = Literal[
    "model", "session", "save_session", "import_latents", "export_latents", "model_folder",
    "capture_folder", "export_activation", "convert_model", "locate_model",
    "runs_folder", "data_folder", "data_file", "transfer_model", "fade_to", "sound",
    "video_mp4", "video_webm", "video_gif", "video_png", "video_folder", "video_sound",
    "video_sessions", "grid_model", "lapse_folder", "key_model",
]  # fmt: skip


@dataclass(frozen=True)
class ShowDialog:
    """Open a file dialog; its answer comes back as the matching action."""

    kind: DialogKind


@dataclass(frozen=True)
class OpenPath:
    """Open whatever the file is: a model, a session, a PNG made here, latents (.npz, .npy)."""

    path: str


@dataclass(frozen=True)
class RetryLoad:
    pass


@dataclass(frozen=True)
class CloseModel:
    pass


@dataclass(frozen=True)
class Undo:
    pass


@dataclass(frozen=True)
class Redo:
    pass


@dataclass(frozen=True)
class GoToHistory:
    index: int


@dataclass(frozen=True)
class Apply:
    """Replace the settings, as one edit with this label (recipes, resets, a clicked grid cell)."""

    settings: Settings
    label: str


@dataclass(frozen=True)
class Capture:
    what: Literal["picture", "window"]


@dataclass(frozen=True)
class CopyPicture:
    pass


@dataclass(frozen=True)
class SaveSeedList:
    text: str  # "0-7, 12, 100-110"


@dataclass(frozen=True)
class CancelJob:
    job_id: int


@dataclass(frozen=True)
class KeepLatent:
    """Add what is shown to the library."""

    name: str = ""


@dataclass(frozen=True)
class UseLatent:
    """Show a saved latent exactly as it was kept (psi 1, no mixing)."""

    saved: SavedLatent


@dataclass(frozen=True)
class MixLatent:
    """Add a saved latent as a mix source."""

    saved: SavedLatent


@dataclass(frozen=True)
class ExportLatents:
    path: str = ""  # "" asks with a dialog


@dataclass(frozen=True)
class ExportActivationTo:
    path: str = ""


@dataclass(frozen=True)
class SaveSessionTo:
    path: str = ""  # "" = where it came from, else asks


@dataclass(frozen=True)
class NewSession:
    pass


@dataclass(frozen=True)
class ConvertModelTo:
    path: str = ""


@dataclass(frozen=True)
class SetModelFolder:
    path: str


@dataclass(frozen=True)
class RevealFolder:
    path: str


@dataclass(frozen=True)
class Toggle:
    what: Literal["full_screen", "shortcuts", "about", "palette", "metrics", "log", "export"]


@dataclass(frozen=True)
class ResetLayout:
    pass


@dataclass(frozen=True)
class DismissNotice:
    pass


@dataclass(frozen=True)
class AnswerRestore:
    """The answer to 'the last start did not finish restoring': restore or start fresh."""

    restore: bool


@dataclass(frozen=True)
class UseModelAnyway:
    """Go on with a file whose content is not the one the settings name."""

    path: str


@dataclass(frozen=True)
class LocateModel:
    """Look for the missing model in this file."""

    path: str


@dataclass(frozen=True)
class Magnify:
    """Give the canvas a part of the picture with each pixel as `factor` x `factor` equal ones.

    Columns [left, right) and rows [top, bottom) of the picture.
    """

    left: int
    top: int
    right: int
    bottom: int
    factor: int

    def covers(self, other: Magnify) -> bool:
        """Whether this part shows all of `other`, as sharply."""
        return (
            self.factor == other.factor
            and self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


@dataclass(frozen=True)
class SetView:
    view: CanvasView


@dataclass(frozen=True)
class SetTimelineView:
    view: TimelineView


@dataclass(frozen=True)
class PlayTimeline:
    """Play the timeline, or stop it."""


@dataclass(frozen=True)
class StartRecording:
    """Record what is on the canvas from now on."""


@dataclass(frozen=True)
class StopRecording:
    """End the recording and save it."""


@dataclass(frozen=True)
class UseCamera:
    """Send what is on the canvas to a virtual camera, or stop that."""

    on: bool


@dataclass(frozen=True)
class OpenSound:
    """Make a sound file the timeline's sound."""

    path: str


@dataclass(frozen=True)
class KeepPerformance:
    """Fill the timeline with what was done during the last recording."""


@dataclass(frozen=True)
class FadeTo:
    """Fill the timeline with a fade to the look of a session or of a picture saved here."""

    path: str


@dataclass(frozen=True)
class LearnKnobs:
    """Choose controls for the knobs of MIDI and OSC devices, or end that."""

    on: bool


@dataclass(frozen=True)
class SetPreferences:
    preferences: Preferences


@dataclass(frozen=True)
class ShowPanel:
    """Show a docked panel by its title, or hide it."""

    title: str
    visible: bool = True


@dataclass(frozen=True)
class Quit:
    pass


Action = (
    ShowDialog | OpenPath | RetryLoad | CloseModel | Undo | Redo | GoToHistory | Apply | Capture
    | CopyPicture | SaveSeedList | CancelJob | KeepLatent | UseLatent | MixLatent | ExportLatents
    | ExportActivationTo | SaveSessionTo | NewSession | ConvertModelTo | SetModelFolder
    | RevealFolder | Toggle | ResetLayout | DismissNotice | AnswerRestore | UseModelAnyway
    | LocateModel | Magnify | SetView | SetTimelineView | PlayTimeline | FadeTo | OpenSound
    | ExportAction
    | StartRecording | StopRecording | UseCamera | KeepPerformance
    | LearnKnobs | SetPreferences | ShowPanel | Quit | TrainingAction
)  # fmt: skip
