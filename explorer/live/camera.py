"""The virtual camera: a thread that sends the newest picture at a steady rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from explorer.live.backlog import Fetch
from explorer.live.clock import FrameClock
from explorer.live.devices import HOW_TO_GET_ONE
from explorer.live.fitting import LiveError, fitted
from explorer.live_state import CameraPhase
from explorer.video.encode import Frame


class Device(Protocol):
    """What is used of pyvirtualcam.Camera; frames are [H, W, 3] uint8."""

    @property
    def device(self) -> str: ...
    def send(self, frame: Any) -> None: ...
    def close(self) -> None: ...


OpenDevice = Callable[[int, int, int], Device]  # width, height, frames per second


@dataclass(frozen=True)
class CameraProgress:
    phase: CameraPhase
    device: str = ""
    frames: int = 0
    error: Exception | None = None


class CameraFeed:
    """Sends what `show` is given last, fitted to the camera's size; methods are for one thread.

    Args:
        size:  width and height in pixels.
        fps:   how often it sends, also while nothing changes.
        sharp: whether pixels stay squares.
        wake:  called when it was opened and when it has ended.
    """

    def __init__(
        self,
        size: tuple[int, int],
        fps: int,
        *,
        sharp: bool,
        wake: Callable[[], None],
        open_device: OpenDevice | None = None,
    ) -> None:
        self._size, self._fps, self._sharp, self._wake = size, fps, sharp, wake
        self._open = open_device or open_camera
        self._newest: Fetch | None = None
        self._stopping = threading.Event()
        self._progress = CameraProgress("starting")
        self._thread = threading.Thread(target=self._main, name="camera", daemon=True)
        self._thread.start()

    def show(self, fetch: Fetch) -> None:
        """Take the picture that is on screen from now on; it is fetched in the thread."""
        self._newest = fetch

    def progress(self) -> CameraProgress:
        return self._progress

    def close(self, timeout_secs: float) -> bool:
        """Stop sending; True once the device is free."""
        self._stopping.set()
        self._thread.join(timeout_secs)
        return not self._thread.is_alive()

    # In the thread.

    def _main(self) -> None:
        error: Exception | None = None
        try:
            device = self._open(*self._size, self._fps)
            try:
                self._send_all(device)
            finally:
                device.close()
        except LiveError as caught:
            error = caught
        except Exception as caught:  # The one place where what a device does becomes a value.
            said = (str(caught).splitlines() or [type(caught).__name__])[0]
            error = LiveError(f"The virtual camera stopped ({said}); start it again")
        self._progress = CameraProgress("off", frames=self._progress.frames, error=error)
        self._wake()

    def _send_all(self, device: Device) -> None:
        width, height = self._size
        frame: Frame = np.zeros((height, width, 3), np.uint8)
        shown: Fetch | None = None
        clock, number = FrameClock(Fraction(self._fps), time.monotonic()), 0
        self._progress = CameraProgress("on", device.device)
        self._wake()
        while not self._stopping.wait(max(0.0, clock.secs_of(number) - time.monotonic())):
            newest = self._newest
            if newest is not None and newest is not shown:
                frame, shown = fitted(newest(), width, height, sharp=self._sharp), newest
            device.send(frame)
            sent = self._progress.frames + 1
            self._progress = CameraProgress("on", device.device, sent)
            # What is late is left out: a webcam shows now, not everything.
            number = max(number + 1, clock.frames_before(time.monotonic()))


def open_camera(width: int, height: int, fps: int) -> Device:
    """Open the first virtual camera there is; LiveError says why there is none."""
    import pyvirtualcam  # pyright: ignore[reportMissingImports]  # an extra

    try:
        return pyvirtualcam.Camera(width, height, fps, fmt=pyvirtualcam.PixelFormat.RGB)
    except RuntimeError as error:
        said = "; ".join(str(error).splitlines())
        raise LiveError(f"{HOW_TO_GET_ONE} (pyvirtualcam says: {said})") from error
