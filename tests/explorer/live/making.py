"""Pictures that say which one they are, and a file that keeps what is written to it."""

from __future__ import annotations

import time

import numpy as np

from explorer.live.recorder import Recorder


def numbered(number: int, width: int = 16, height: int = 16) -> np.ndarray:
    """Return a picture [H, W, 4] whose colour is its number, below 2**16."""
    rgba = np.full((height, width, 4), 255, np.uint8)
    rgba[:, :, 0], rgba[:, :, 1] = divmod(number, 256)
    return rgba


def number_of(frame: np.ndarray) -> int:
    y, x = frame.shape[0] // 2, frame.shape[1] // 2
    return int(frame[y, x, 0]) * 256 + int(frame[y, x, 1])


def ended(recorder: Recorder, timeout: float = 30.0):
    """Wait until a recording is saved or has failed; return its progress."""
    until = time.monotonic() + timeout
    while recorder.progress().phase != "off":
        assert time.monotonic() < until, recorder.progress()
        time.sleep(0.005)
    return recorder.progress()
