"""Recording the canvas and sending it to a camera, in the real window; files are read back."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from imgui_bundle import imgui
from PIL import Image

from explorer.actions import OpenPath, SetPreferences, SetTimelineView, StartRecording
from explorer.live.part_file import part_of
from explorer.live_state import LiveOptions
from explorer.preferences import save_preferences
from explorer.settings import Truncation
from explorer.view_state import Preferences
from tests.explorer.live.test_camera import Camera
from tests.explorer.live.test_killed import settled
from tests.explorer.video.making import decoded, frame_secs
from tests.gui.harness import Driver, drive


def prefer(d: Driver, **options) -> None:
    live = LiveOptions(**options)
    d.app.emit(SetPreferences(replace(d.app.preferences, live=live)))
    d.frames(2)


def psnr(frame: np.ndarray, rgba: np.ndarray) -> float:
    error = frame.astype(float) - rgba[:, :, :3]
    return 10 * np.log10(255**2 / max(float((error**2).mean()), 1e-9))


def saved(d: Driver) -> Path:
    """Wait until the recording is saved; return its file."""
    d.wait(lambda: d.app.live.state().recording.phase == "off", "the recording")
    d.frames(2)
    return Path(d.app.notices.shown()[-1].reveal)


def test_what_is_on_the_canvas_while_a_hand_drags_is_in_the_file(stylegan2):
    seen: dict[str, np.ndarray] = {}
    went: list[float] = []

    def script(d: Driver) -> None:
        prefer(d, scale=8, sharp=True)
        seen["first"] = d.picture().repeat(8, 0).repeat(8, 1)
        started = time.monotonic()
        d.click("Live/###record")
        d.wait(lambda: d.app.live.recording, "recording")
        d.drag("Controls/##psi", 120)
        d.apply(replace(d.settings, truncation=Truncation(-0.4)))
        seen["last"] = d.picture().repeat(8, 0).repeat(8, 1)
        until = time.monotonic() + 0.4
        d.wait(lambda: time.monotonic() > until, "some frames of it")
        d.keys(imgui.Key.f9)
        d.wait(lambda: not d.app.live.recording, "the end")
        went.append(time.monotonic() - started)
        seen["path"] = np.array(str(saved(d)))

    drive(script, stylegan2)
    path = Path(str(seen["path"]))
    assert path.name == "stylegan2-seed0000-live.mp4"
    secs, frames = np.array(frame_secs(path)), decoded(path)
    assert 0.4 * 30 <= len(secs) <= went[0] * 30 + 1
    assert np.abs(secs - np.arange(len(secs)) / 30).max() < 1e-5
    assert frames.shape[1:] == (512, 512, 3)
    assert psnr(frames[0], seen["first"]) > 30  # 4:2:0 costs some at the edges of squares
    assert psnr(frames[-1], seen["last"]) > 30
    assert psnr(frames[-1], seen["first"]) < 22


def test_a_canvas_at_rest_is_as_long_as_the_clock_says(stylegan2):
    lengths: list[float] = []

    def script(d: Driver) -> None:
        prefer(d, scale=1, fps=25.0)
        d.keys(imgui.Key.f9)
        d.wait(lambda: d.app.live.recording, "recording")
        started = time.monotonic()
        d.wait(lambda: time.monotonic() > started + 1.5, "the time")
        d.keys(imgui.Key.f9)
        d.wait(lambda: not d.app.live.recording, "the end")
        lengths.append(time.monotonic() - started)
        assert abs(len(decoded(saved(d))) - lengths[0] * 25) <= 4

    drive(script, stylegan2)


def test_recording_is_offered_once_there_is_a_picture_and_says_what_it_does():
    def script(d: Driver) -> None:
        d.click("Live/###record")
        assert not d.app.live.wants_pictures
        d.app.emit(StartRecording())
        d.frames(2)
        assert "no picture to record" in d.app.notices.shown()[-1].text

    drive(script)


def test_a_recording_goes_on_without_a_model_and_under_another_one(stylegan2, stylegan3):
    def script(d: Driver) -> None:
        prefer(d, scale=1)
        d.click("Live/###record")
        d.menu("Model/###close_model")
        d.app.emit(OpenPath(stylegan3))
        d.wait(lambda: d.app.result is not None and d.app.current, "the other model")
        other = d.picture()
        until = time.monotonic() + 0.4
        d.wait(lambda: time.monotonic() > until, "some frames of it")
        d.click("Live/###record")
        assert psnr(decoded(saved(d))[-1], other) > 30

    drive(script, stylegan2)


def test_closing_the_window_saves_the_recording(stylegan2, home):
    outs: list[Path] = []

    def script(d: Driver) -> None:
        d.click("Live/###record")
        d.wait(lambda: d.app.live.state().recording.frames > 10, "frames")
        outs.append(Path(d.app.live.state().recording.path))

    drive(script, stylegan2)
    assert len(decoded(outs[0])) > 10
    assert not part_of(outs[0]).exists()


def record_and_be_killed(model: str) -> None:
    def script(d: Driver) -> None:
        d.click("Live/###record")
        d.wait(lambda: d.app.live.state().recording.frames > 30, "frames")
        os.kill(os.getpid(), signal.SIGKILL)

    drive(script, model)


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_the_next_window_saves_what_a_killed_one_recorded(stylegan2, tmp_path):
    folder = tmp_path / "captures"
    save_preferences(Preferences(capture_folder=str(folder)))
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=record_and_be_killed, args=(stylegan2,))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    (part,) = folder.iterdir()
    assert part.name == "stylegan2-seed0000-live.mp4.recording.mp4"
    settled(part)  # ffmpeg ends by itself

    def script(d: Driver) -> None:
        d.wait(lambda: any("cut off" in each.text for each in d.app.notices.shown()), "a notice")
        assert [path.name for path in folder.iterdir()] == ["stylegan2-seed0000-live.mp4"]

    drive(script)
    assert len(decoded(folder / "stylegan2-seed0000-live.mp4")) > 15


@pytest.fixture
def library(monkeypatch):
    module = ModuleType("pyvirtualcam")
    module.__spec__ = ModuleSpec("pyvirtualcam", None)
    fake = type("Camera", (Camera,), {"opened": []})
    module.Camera, module.PixelFormat = fake, SimpleNamespace(RGB="RGB")
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    monkeypatch.setattr("explorer.app.live.camera_problem", lambda: "")
    return fake


def test_a_camera_gets_the_canvas_until_it_is_switched_off(stylegan2, library):
    def script(d: Driver) -> None:
        prefer(d, camera_size=(640, 480))
        d.click("Live/###camera")
        d.wait(lambda: d.app.live.state().camera.frames > 5, "frames")
        d.apply(replace(d.settings, truncation=Truncation(-0.4)))
        shown = d.picture()
        d.frames(5)
        sent = d.app.live.state().camera.frames
        d.wait(lambda: d.app.live.state().camera.frames > sent + 3, "the picture")
        frame = library.opened[0].sent[-1][1]
        assert frame.shape == (480, 640, 3)
        assert (frame[:, :80] == 0).all()
        small = np.asarray(Image.fromarray(frame[:, 80:560]).resize((64, 64), Image.Resampling.BOX))
        assert psnr(small, shown) > 20
        d.click("Live/###camera")
        d.wait(lambda: library.opened[0].closed, "the end")
        assert d.app.live.state().camera.phase == "off"
        assert not d.app.live.wants_pictures

    drive(script, stylegan2)


def test_why_there_is_no_camera_is_said_and_the_button_does_nothing(stylegan2, monkeypatch):
    monkeypatch.setattr("explorer.app.live.camera_problem", lambda: "There is none; buy one")

    def script(d: Driver) -> None:
        d.wait(lambda: d.app.live.state().camera.missing == "There is none; buy one", "it", 5)
        d.click("Live/###camera")
        assert not d.app.live.wants_pictures

    drive(script, stylegan2)


def test_what_was_done_is_put_on_the_timeline_and_undone(stylegan2):
    def script(d: Driver) -> None:
        d.click("Live/###record")
        d.wait(lambda: d.app.live.recording, "recording")
        pictures = {}
        for psi in (0.2, -0.6):
            until = time.monotonic() + 0.5
            d.wait(lambda until=until: time.monotonic() > until, "time")
            d.apply(replace(d.settings, truncation=Truncation(psi)))
            pictures[psi] = d.picture_bytes()
        d.type("Controls/##seed", 7)
        d.click("Live/###record")
        saved(d)
        d.app.emit(SetTimelineView(replace(d.app.timeline.view, playhead_secs=1.0)))
        d.frames(2)
        before = d.settings
        performance = d.app.live.state().performance
        assert performance.changes >= 3
        d.click("Live/###to_timeline")
        d.wait(lambda: not d.settings.timeline.empty, "the timeline")
        d.frames(3)
        assert d.app.timeline.view.playhead_secs == 0.0
        timeline = d.settings.timeline
        assert {track.path for track in timeline.tracks} == {"latent", "truncation.psi"}
        assert timeline.duration_secs == pytest.approx(performance.secs)
        keys = timeline.track("truncation.psi").keys
        assert [key.number for key in keys] == [1.0, 0.2, -0.6]
        assert keys[1].time == pytest.approx(0.5, abs=0.3)
        for key in keys[1:]:
            d.app.emit(SetTimelineView(replace(d.app.timeline.view, playhead_secs=key.time + 0.05)))
            d.frames(2)
            assert d.picture_bytes() == pictures[key.number]
        d.keys(imgui.Key.mod_ctrl | imgui.Key.z)
        assert d.settings is before

    drive(script, stylegan2)


def test_pictures_are_not_touched_while_nobody_wants_them(stylegan2):
    def script(d: Driver) -> None:
        asked: list[object] = []
        d.app.pictures.watcher = lambda result: (asked.append(result), d.app.live.show(result))
        d.apply(replace(d.settings, truncation=Truncation(0.1)))
        d.wait_current()
        assert asked
        assert not d.app.live.wants_pictures

    drive(script, stylegan2)
