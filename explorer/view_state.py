"""How the canvas looks at a picture: belongs to the window and the session, never to undo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from explorer.control_state import ControlOptions
from explorer.export_state import ExportChoice
from explorer.live_state import LiveOptions

FitMode = Literal["fit", "free"]
Sampling = Literal["nearest", "linear"]


@dataclass(frozen=True)
class CanvasView:
    fit: FitMode = "fit"
    zoom: float = 1.0  # screen pixels per picture pixel when `fit` is "free"
    pan_x: float = (
        0.0  # picture pixels; the point shown at the canvas centre, from the picture centre
    )
    pan_y: float = 0.0
    sampling: Sampling = "linear"
    badge: bool = True
    full_screen: bool = False


@dataclass(frozen=True)
class Preferences:
    """What stays with a person, not with a session."""

    capture_folder: str = ""
    embed_session: bool = True  # write the session into captured PNGs
    recent_models: tuple[str, ...] = ()
    recent_sessions: tuple[str, ...] = ()
    model_folder: str = ""  # the folder the model panel lists
    runs_folder: str = ""  # training runs; "" = with the program's own files
    fps_limit: int = 60  # 5..240; 0 = the display's own rate
    font_scale: float = 0.0  # 0 = follow the display
    drag_slow: bool = False
    preview_ms: int = 50  # pictures that take longer are previewed; 0 = never
    keep_mb: int = 768  # memory for activations that the next picture may need
    tooltips: bool = True
    export: ExportChoice = field(default_factory=ExportChoice)  # how videos were written last
    export_folder: str = ""  # where the last video went
    live: LiveOptions = field(default_factory=LiveOptions)
    controls: ControlOptions = field(default_factory=ControlOptions)
