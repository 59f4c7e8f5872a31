"""Recording what is on the canvas, and sending it to a virtual camera.

Ids: `###record`, `##live_format`, `##live_fps`, `##live_scale`, `##live_sharp`,
`###to_timeline`; `###camera`, `##camera_size`, `##camera_fps`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import (
    KeepPerformance,
    SetPreferences,
    StartRecording,
    StopRecording,
    UseCamera,
)
from explorer.live_state import (
    CameraState,
    LiveOptions,
    PerformanceState,
    RecordingFormat,
    RecordingState,
    clock_text,
)
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from widgets.choices import combo, toggle
from widgets.controls import Button, button_row
from widgets.fields import fact, row
from widgets.notices import text_dim

FORMATS = (("mp4", "MP4 (H.264)"), ("webm", "WebM (VP9)"), ("gif", "GIF"))
RATES = tuple((rate, f"{rate} per second") for rate in ("24", "25", "29.97", "30", "50", "60"))
SCALES = (("0", "512 px or more"), ("1", "1 ×"), ("2", "2 ×"), ("4", "4 ×"), ("8", "8 ×"))
CAMERA_SIZES = ((640, 480), (1280, 720), (1920, 1080))
CAMERA_RATES = tuple((rate, f"{rate} per second") for rate in ("15", "24", "30", "60"))


def recording_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    """Draw the button and how the file is to be written, or how far the recording is."""
    recording, options = state.live.recording, state.preferences.live
    if button_row((_record_button(recording, has_picture=state.shown is not None),)):
        emit(StopRecording() if recording.phase == "recording" else StartRecording())
    if recording.phase != "off":
        _progress_ui(recording)
        return settings
    imgui.set_next_item_width(row("Format", f"Saved in {state.capture_folder}"))
    picked = combo("live_format", options.format, FORMATS)
    kind = next(each for each in get_args(RecordingFormat) if each == picked)
    imgui.set_next_item_width(row("Frames", "The rate of the file, however fast pictures come"))
    fps = float(combo("live_fps", f"{options.fps:g}", RATES))
    tip = "Times the picture on the canvas when the recording starts"
    imgui.set_next_item_width(row("Size", tip))
    scale = int(combo("live_scale", str(options.scale), SCALES))
    sharp = toggle("Sharp pixels", "live_sharp", options.sharp, tooltip="Enlarge pixels as squares")
    _performance_ui(state.live.performance, emit)
    _keep(replace(options, format=kind, fps=fps, scale=scale, sharp=sharp), state, emit)
    return settings


def camera_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    """Draw the button, why there is no camera, and what it gets."""
    camera, options = state.live.camera, state.preferences.live
    if button_row((_camera_button(camera),)):
        emit(UseCamera(camera.phase == "off"))
    if camera.phase != "off":
        fact("Device", camera.device or "is being opened…")
        fact("Sent", f"{camera.frames:,} frames")
        return settings
    if camera.missing:
        text_dim(camera.missing)
    sizes = tuple((f"{w}x{h}", f"{w} × {h}") for w, h in CAMERA_SIZES)
    imgui.set_next_item_width(row("Size", "Pictures are fitted in, with bars"))
    chosen = combo("camera_size", "{}x{}".format(*options.camera_size), sizes)
    width, height = (int(part) for part in chosen.split("x"))
    imgui.set_next_item_width(row("Frames", "How often the camera gets the newest picture"))
    rate = int(combo("camera_fps", str(options.camera_fps), CAMERA_RATES))
    _keep(replace(options, camera_size=(width, height), camera_fps=rate), state, emit)
    return settings


def _performance_ui(performance: PerformanceState | None, emit: Emit) -> None:
    if performance is None:
        return
    changes = "1 change" if performance.changes == 1 else f"{performance.changes:,} changes"
    tip = (
        f"What you did in the last recording: {changes} in {clock_text(performance.secs)}, as keys;"
        "\nexported from there it is exact at any size and rate. It replaces the tracks there are"
    )
    if button_row((Button("to_timeline", "Put it on the timeline", icons.ICON_FA_FILM, tip),)):
        emit(KeepPerformance())


def _record_button(recording: RecordingState, *, has_picture: bool) -> Button:
    if recording.phase == "recording":
        text = f"Stop  ·  {clock_text(recording.secs)}"
        return Button("record", text, icons.ICON_FA_STOP, "Stop and save (F9)", selected=True)
    reason = None if has_picture else "There is no picture yet"
    if recording.phase == "finishing":
        reason = "The last recording is still being written"
    tip = "Record the picture on the canvas until you stop (F9)"
    return Button("record", "Record the canvas", icons.ICON_FA_CIRCLE, tip, reason)


def _progress_ui(recording: RecordingState) -> None:
    size = "" if recording.size is None else "  ·  {} × {}".format(*recording.size)
    finishing = recording.phase == "finishing"
    fact("Finishing" if finishing else "Written", f"{recording.frames:,} frames{size}")
    fact("File", recording.path.replace("\\", "/").rsplit("/", 1)[-1], recording.path)
    if recording.dropped:
        count = recording.dropped
        pictures = "1 picture" if count == 1 else f"{count:,} pictures"
        text_dim(f"The encoder was behind for {pictures}: the one before stays on; times are true")


def _camera_button(camera: CameraState) -> Button:
    if camera.phase == "off":
        tip = "Other programs see the canvas as a webcam"
        reason = camera.missing or None
        return Button("camera", "Send to a virtual camera", icons.ICON_FA_VIDEO, tip, reason)
    return Button("camera", "Stop the camera", icons.ICON_FA_VIDEO_SLASH, selected=True)


def _keep(options: LiveOptions, state: PanelState, emit: Emit) -> None:
    if options != state.preferences.live:
        emit(SetPreferences(replace(state.preferences, live=options)))
