"""Everything a panel may look at in one frame, read-only; built by the application each frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from explorer.actions import Action, Magnify
from explorer.control_state import ControlState
from explorer.export_state import ExportState
from explorer.live_state import LiveState
from explorer.messages import Equivariance, JobUpdate
from explorer.model_info import ModelInfo
from explorer.request import RenderError, RenderResult
from explorer.settings import MixSource, Settings
from explorer.shipped import ShippedModel
from explorer.timeline_state import TimelineState
from explorer.training_state import TrainingState
from explorer.view_state import CanvasView, Preferences

Emit = Callable[[Action], None]
ModelStatusKind = Literal["empty", "loading", "ready", "failed", "missing"]


@dataclass(frozen=True)
class ModelStatus:
    kind: ModelStatusKind = "empty"
    text: str = ""  # a progress line, or the sentence of a failure
    path: str = ""
    fraction: float | None = None


@dataclass(frozen=True)
class TextureView:
    """A GL texture to show with `imgui.image`."""

    texture: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Wipe:
    """A second picture on the canvas, beyond a line that can be dragged.

    at:      where the line is, 0..1 of the visible part of the picture.
    texts:   what is left of it and right of it.
    on_left: whether the second picture is left of it.
    picture: None until the first is there.
    current: whether the picture answers the settings as they are.
    """

    at: float
    texts: tuple[str, str]
    on_left: bool = False
    picture: TextureView | None = None
    magnified: tuple[Magnify, TextureView] | None = None
    result: RenderResult | None = None
    current: bool = False

    @property
    def explored_text(self) -> str:
        """What the first picture is, which captures take."""
        return self.texts[1 if self.on_left else 0]


@dataclass(frozen=True)
class FolderEntry:
    path: str
    name: str
    size_bytes: int
    is_folder: bool


@dataclass(frozen=True)
class Rates:
    fps: float = 0.0
    frame_ms: tuple[float, ...] = ()  # newest last
    render_ms: tuple[float, ...] = ()
    upload_ms: float = 0.0
    resident_bytes: int = 0


@dataclass(frozen=True)
class Operator:
    """What one operator of the networks runs as on one kind of device, and why.

    device:         "cpu" or "cuda".
    implementation: "reference" (plain PyTorch) or "native".
    reason:         one sentence.
    """

    name: str
    device: str
    implementation: str
    reason: str


@dataclass(frozen=True)
class Operators:
    """All operators, and what the processor's kernels hold in memory; empty until it is known.

    prepared_bytes: weights as the kernels read them, beside the model's own.
    kept_bytes:     memory of earlier results that waits to be used again.
    """

    ops: tuple[Operator, ...] = ()
    prepared_bytes: int = 0
    kept_bytes: int = 0


@dataclass(frozen=True, eq=False)
class PanelState:
    settings: Settings
    view: CanvasView
    preferences: Preferences
    info: ModelInfo | None = None
    status: ModelStatus = field(default_factory=ModelStatus)
    result: RenderResult | None = None  # newest picture that is not an error
    current: bool = False  # whether `result` answers the settings as they are
    preview: RenderResult | None = None  # a rough picture on the canvas in place of `result`
    progress: float | None = None  # 0..1 of the exact picture under way
    rendering: bool = False
    render_error: RenderError | None = None  # why the newest request gave no picture
    picture: TextureView | None = None
    magnified: tuple[Magnify, TextureView] | None = None  # a part of the picture, sharp pixels
    grid_cells: Mapping[tuple[int, int], TextureView] = field(default_factory=dict)
    thumbnails: Mapping[MixSource, TextureView] = field(default_factory=dict)
    jobs: tuple[JobUpdate, ...] = ()  # waiting and running, oldest first
    equivariance: tuple[Equivariance, ...] = ()  # history, newest last
    history_labels: tuple[str, ...] = ()
    history_index: int = 0
    folder: tuple[FolderEntry, ...] = ()
    devices: tuple[str, ...] = ("auto", "cpu")
    rates: Rates = field(default_factory=Rates)
    operators: Operators = field(default_factory=Operators)
    gpu_notes: tuple[str, ...] = ()  # sentences: what of the GPU's way is used, or why it is not
    session_name: str = ""
    capture_folder: str = ""  # where captures go, chosen or not
    training: TrainingState = field(default_factory=TrainingState)
    wipe: Wipe | None = None
    timeline: TimelineState = field(default_factory=TimelineState)
    export: ExportState = field(default_factory=ExportState)
    live: LiveState = field(default_factory=LiveState)
    controls: ControlState = field(default_factory=ControlState)
    shipped: tuple[ShippedModel, ...] = ()  # models that come with the program

    @property
    def shown(self) -> RenderResult | None:
        """What is on the canvas, exact or not."""
        return self.preview or self.result
