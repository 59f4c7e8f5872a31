"""Recording the canvas and sending it to a virtual camera: their one owner in the window."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.actions import Action, KeepPerformance, StartRecording, StopRecording, UseCamera
from explorer.app.captures import picture_name
from explorer.app.export import NothingToSaveError, capture_folder
from explorer.app.performance import Performance
from explorer.live.backlog import Fetch
from explorer.live.camera import CameraFeed, CameraProgress
from explorer.live.devices import camera_problem
from explorer.live.finish import finish_all
from explorer.live.fitting import LiveError
from explorer.live.part_file import free_output
from explorer.live.recorder import Progress, Recorder
from explorer.live_state import CameraState, LiveState, RecordingState, clock_text
from explorer.request import RenderResult

if TYPE_CHECKING:
    from explorer.app.controller import Controller

CLOSE_SECS = 10.0  # for what ffmpeg has not written yet; the next start does the rest
CAMERA_CLOSE_SECS = 2.0
_LOOK_SECS = 2.0  # between two looks at whether there is a camera


class LiveDesk:
    """What goes out while the window is open; for the window's thread.

    Args:
        wake: asks for a frame from any thread.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._recorder: Recorder | None = None
        self._camera: CameraFeed | None = None
        self._missing, self._looked_secs = "", float("-inf")
        self._performance = Performance()
        self.found: list[Path] = []  # recordings that a killed program left, finished by now

    @property
    def recording(self) -> bool:
        return self._recorder is not None and self._recorder.progress().phase == "recording"

    @property
    def wants_pictures(self) -> bool:
        """Whether anybody takes what `show` is given."""
        return self._recorder is not None or self._camera is not None

    def show(self, result: RenderResult) -> None:
        """Take the picture that is on the canvas from now on; nothing is copied here."""
        if self.wants_pictures:
            fetch = _fetcher(result)
            if self._recorder is not None:
                self._recorder.show(fetch)
            if self._camera is not None:
                self._camera.show(fetch)

    def do(self, app: Controller, action: Action) -> None:
        """Carry out what was asked for. Raises LiveError or NothingToSaveError."""
        match action:
            case StartRecording():
                self._start_recording(app)
            case StopRecording():
                if self._recorder is not None:
                    self._recorder.stop()
            case KeepPerformance():
                self._performance.to_timeline(app)
            case UseCamera(on):
                if on:
                    self._start_camera(app)
                elif self._camera is not None:
                    self._camera.close(CAMERA_CLOSE_SECS)
                    self._camera = None

    def begin_frame(self, app: Controller) -> None:
        """Say what has ended since the last frame."""
        if self._recorder is not None:
            progress = self._recorder.progress()
            if progress.phase == "recording":
                self._performance.note(app.settings)
            else:
                self._performance.end()
            if progress.phase == "off":
                out, self._recorder = self._recorder.out, None
                self._say_recorded(app, out, progress)
        if self._camera is not None:
            camera = self._camera.progress()
            if camera.phase == "off":
                self._camera = None
                if camera.error is not None:
                    app.say_error(camera.error)
        while self.found:
            path = self.found.pop()
            sentence = f"A recording that was cut off last time is in {path.name}"
            app.notices.say(sentence, "good", reveal=str(path))

    def state(self) -> LiveState:
        performance = self._performance.state()
        return LiveState(self._recording_state(), self._camera_state(), performance)

    def finish_old(self, folder: Path) -> None:
        """Finish what a killed program left in a folder, in a thread of its own."""

        def work() -> None:
            for path in finish_all(folder):
                self.found.append(path)
                self._wake()

        threading.Thread(target=work, name="recordings", daemon=True).start()

    def close(self) -> None:
        """Save what is being recorded and free the camera; what takes too long is left behind."""
        if self._camera is not None:
            self._camera.close(CAMERA_CLOSE_SECS)
        if self._recorder is not None:
            self._recorder.close(CLOSE_SECS)

    def _start_recording(self, app: Controller) -> None:
        if self._recorder is not None:
            return
        result = app.shown
        if result is None or not result.has_picture:
            raise NothingToSaveError("There is no picture to record yet")
        options = app.preferences.live
        stem = re.sub(r"\.png$", "-live", picture_name(result.request))
        out = free_output(capture_folder(app), stem, options.format)
        self._recorder = Recorder(out, options, _fetcher(result), self._wake)
        self._performance = Performance(options.fps, running=True)
        self._performance.note(app.settings)

    def _start_camera(self, app: Controller) -> None:
        if self._camera is not None:
            return
        problem = camera_problem()
        if problem:
            raise LiveError(problem)
        options = app.preferences.live
        self._camera = CameraFeed(
            options.camera_size, options.camera_fps, sharp=options.sharp, wake=self._wake
        )
        if app.shown is not None and app.shown.has_picture:
            self._camera.show(_fetcher(app.shown))

    def _say_recorded(self, app: Controller, out: Path, progress: Progress) -> None:
        if progress.error is not None:
            app.say_error(progress.error)
        if progress.saved is None:
            return
        dropped = ""
        if progress.dropped:
            pictures = "1 picture" if progress.dropped == 1 else f"{progress.dropped:,} pictures"
            dropped = f"; {pictures} came faster than they could be encoded and are not in it"
        until = " until then" if progress.error is not None else ""
        sentence = f"Recorded {clock_text(progress.secs)}{until} to {progress.saved.name}{dropped}"
        level = "warning" if progress.error is not None else "good"
        app.notices.say(sentence, level, reveal=str(progress.saved))

    def _recording_state(self) -> RecordingState:
        if self._recorder is None:
            return RecordingState()
        now, path = self._recorder.progress(), str(self._recorder.out)
        return RecordingState(now.phase, now.secs, now.frames, now.dropped, path, now.size)

    def _camera_state(self) -> CameraState:
        if self._camera is None:
            return CameraState(missing=self._problem())
        now: CameraProgress = self._camera.progress()
        return CameraState(now.phase, device=now.device, frames=now.frames)

    def _problem(self) -> str:
        if time.monotonic() - self._looked_secs > _LOOK_SECS:
            self._missing, self._looked_secs = camera_problem(), time.monotonic()
        return self._missing


def _fetcher(result: RenderResult) -> Fetch:
    def fetch():
        rgba = result.rgba
        assert rgba is not None  # has_picture was asked before
        return rgba

    return fetch
