"""The Live panel's recording and camera in every state: nothing sticks out, buttons ask for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.actions import StartRecording, StopRecording, UseCamera
from explorer.live_state import (
    CameraState,
    LiveState,
    PerformanceState,
    RecordingState,
    clock_text,
)
from tests.widgets.fake_state import empty_state, full_state
from tests.widgets.headless import desk
from widgets.live_panel import live_ui
from widgets.live_recording import camera_ui, recording_ui

LONG = "/home/somebody/Pictures/" + "a-very-long-name-of-a-model" * 4 + "-live.mp4"
STATES = {
    "off": LiveState(camera=CameraState(missing="Needs something: " + "install it " * 20)),
    "recording": LiveState(
        RecordingState("recording", 3725.0, 111_750, 1234, LONG, (8192, 8192)),
        CameraState("on", device="/dev/video" + "0" * 60, frames=12_345_678),
    ),
    "finishing": LiveState(RecordingState("finishing", 1.0, 30, 1, LONG), CameraState("starting")),
    "done": LiveState(performance=PerformanceState(62.0, 1234)),
}


@pytest.mark.parametrize("font_px", [15.0, 22.5])
@pytest.mark.parametrize("width", [260, 360, 700])
@pytest.mark.parametrize("name", STATES)
def test_every_state_fits_into_the_panel(name, width, font_px):
    state = replace(full_state(), live=STATES[name])
    with desk(width, 900, font_px) as shown:
        for _ in range(3):
            assert shown.frame(lambda: live_ui(state.settings, state, [].append)) is state.settings
        assert shown.used[0] <= shown.inner[0] + 1


def asked_by_a_click(draw, state):
    """Return what a click on the first line of a section asks for."""
    asked = []
    with desk(360, 500, 15) as shown:
        shown.click(lambda: draw(state.settings, state, asked.append), (180, 20))
    return asked


def test_the_button_records_stops_and_waits():
    picture = full_state()
    assert asked_by_a_click(recording_ui, picture) == [StartRecording()]
    recording = replace(picture, live=STATES["recording"])
    assert asked_by_a_click(recording_ui, recording) == [StopRecording()]
    assert asked_by_a_click(recording_ui, replace(picture, live=STATES["finishing"])) == []
    assert asked_by_a_click(recording_ui, empty_state()) == []


def test_the_camera_is_switched_on_and_off_where_there_is_one():
    picture = full_state()
    assert asked_by_a_click(camera_ui, picture) == [UseCamera(True)]
    running = replace(picture, live=STATES["recording"])
    assert asked_by_a_click(camera_ui, running) == [UseCamera(False)]
    assert asked_by_a_click(camera_ui, replace(picture, live=STATES["off"])) == []


@pytest.mark.parametrize(
    "secs, text", [(0.9, "0:00"), (59.99, "0:59"), (754, "12:34"), (3723, "1:02:03")]
)
def test_times_are_said_as_on_a_clock(secs, text):
    assert clock_text(secs) == text
