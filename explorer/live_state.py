"""What is recorded and sent while the window is open, as widgets see it: frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

RecordingFormat = Literal["mp4", "webm", "gif"]
RecordingPhase = Literal["off", "recording", "finishing"]
CameraPhase = Literal["off", "starting", "on"]


@dataclass(frozen=True)
class LiveOptions:
    """How the canvas is recorded and sent; stays with a person.

    format: of the file.
    fps:    frames per second of the file, as explorer.video.plan.rate_of reads it.
    scale:  times the size of the first picture; 0 = as often as makes its longer side 512 px.
    sharp:  whether pixels stay squares when they are enlarged, in the file and for the camera.
    camera_size: width and height in pixels of what the camera shows.
    camera_fps:  frames per second that the camera gets.
    """

    format: RecordingFormat = "mp4"
    fps: float = 30.0
    scale: int = 0
    sharp: bool = False
    camera_size: tuple[int, int] = (1280, 720)
    camera_fps: int = 30


@dataclass(frozen=True)
class RecordingState:
    """The recording under way.

    secs:    since it began.
    frames:  of the file so far.
    dropped: pictures that came while the encoder was behind, and are not in the file.
    path:    where the file will be.
    size:    width and height of the file in pixels; None before the first frame.
    """

    phase: RecordingPhase = "off"
    secs: float = 0.0
    frames: int = 0
    dropped: int = 0
    path: str = ""
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class CameraState:
    """The virtual camera.

    missing: one sentence of why there is none, and what to do; "" = it can be tried.
    device:  its name while it is on.
    frames:  sent so far.
    """

    phase: CameraPhase = "off"
    missing: str = ""
    device: str = ""
    frames: int = 0


@dataclass(frozen=True)
class PerformanceState:
    """What was done during the last recording, as it could go on the timeline.

    secs:    how long it took.
    changes: of settings, as they were noted.
    """

    secs: float = 0.0
    changes: int = 0


@dataclass(frozen=True)
class LiveState:
    """performance: None while something is recorded, and where nothing was done."""

    recording: RecordingState = field(default_factory=RecordingState)
    camera: CameraState = field(default_factory=CameraState)
    performance: PerformanceState | None = None


def clock_text(secs: float) -> str:
    """Return how long something has been going on: "0:07", "12:34", "1:02:03"."""
    whole = int(secs)
    minutes = f"{whole // 60 % 60:02d}" if whole >= 3600 else str(whole // 60)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    return f"{hours}{minutes}:{whole % 60:02d}"
