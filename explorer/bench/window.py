"""Frame times of the real window while pictures are rendered, and the time of an upload."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

SECS = 6.0
SIZE = (1280, 720)
SETTLE_FRAMES = 30


@dataclass(frozen=True)
class WindowTimes:
    """While a latent walks, at full speed without waiting for a screen.

    frame_p50_ms, frame_p99_ms: time between two frames.
    pictures_per_sec:           exact pictures that reached the canvas.
    upload_ms:                  median time to hand a picture to the GPU.
    """

    frame_p50_ms: float
    frame_p99_ms: float
    pictures_per_sec: float
    upload_ms: float
    frames: int


def measure(model: str, *, threads: int, said: Callable[[str], None]) -> WindowTimes:
    """Open the window on `model` without a screen and let its latent walk for some seconds.

    The headless display has to be chosen before; see explorer.cli.bench.
    """
    from explorer.display import prepare_platform

    said("window: frames while a latent walks")
    prepare_platform()
    from explorer.app.controller import Controller
    from explorer.app.window import Window

    app = Controller(model, native_dialogs=False)
    app.preferences = replace(app.preferences, fps_limit=0)
    window = Window(app, size=SIZE, scale=1.0, remember=False)
    window.params.fps_idling.enable_idling = False
    walk = _Walk(app, threads)
    calls = window.params.callbacks
    before = calls.before_imgui_render

    def before_render() -> None:
        walk.frame()
        before()

    calls.before_imgui_render = before_render
    try:
        window.run()
    finally:
        app.close()
    return walk.times()


class _Walk:
    """Changes the latent in each frame and notes what happens; ends the window."""

    def __init__(self, app: Any, threads: int) -> None:
        self._app, self._threads = app, threads
        self._frames: list[float] = []
        self._uploads: list[float] = []
        self._pictures = 0
        self._shown: Any = None
        self._settled = 0
        self._begun = 0.0

    def frame(self) -> None:
        app, now = self._app, time.perf_counter()
        if app.result is None or (not self._frames and not app.current):
            return
        if self._settled < SETTLE_FRAMES:
            self._settled += 1
            if self._settled == SETTLE_FRAMES:
                self._begun = now
            self._move()
            return
        self._frames.append(now)
        if app.result is not self._shown:
            self._shown = app.result
            self._pictures += 1
            self._uploads.append(app.rates.upload_ms)
        self._move()
        if now - self._begun > SECS:
            app.shall_exit = True

    def _move(self) -> None:
        from explorer.actions import Apply

        settings = self._app.history.current
        latent = replace(settings.latent, x=settings.latent.x + 0.01)
        compute = replace(settings.compute, threads=self._threads)
        self._app.emit(Apply(replace(settings, latent=latent, compute=compute), "Benchmark"))

    def times(self) -> WindowTimes:
        import numpy as np

        between = 1000 * np.diff(self._frames)
        secs = self._frames[-1] - self._frames[0]
        return WindowTimes(
            frame_p50_ms=float(np.percentile(between, 50)),
            frame_p99_ms=float(np.percentile(between, 99)),
            pictures_per_sec=self._pictures / secs,
            upload_ms=float(np.median(self._uploads)),
            frames=len(self._frames),
        )
