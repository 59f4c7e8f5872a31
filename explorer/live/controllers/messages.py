"""What arrives from devices, and how it waits for the next frame."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

MAX_ADDRESSES = 1024  # that wait for one frame; a flood of others is dropped
MAX_VALUES = 256  # of one address
LARGEST = 1e12


@dataclass(frozen=True)
class ControlChange:
    """One movement of one knob.

    address: "midi:DEVICE/ch1/cc21", "osc:/psi", "osc:/xy#2" for the second number of a message.
    value:   of MIDI 0..1; of OSC the number as it was sent, finite.
    """

    address: str
    value: float


class Inbox:
    """Movements since the last frame, put by the devices' threads.

    Args:
        wake: called when the first one arrives, to draw a frame.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = Lock()
        self._waiting: dict[str, deque[float]] = {}

    def put(self, change: ControlChange) -> None:
        """Take a movement; what is no number is dropped, what is endless becomes very large."""
        if math.isnan(change.value):
            return
        value = min(max(change.value, -LARGEST), LARGEST)
        with self._lock:
            first = not self._waiting
            values = self._waiting.get(change.address)
            if values is None:
                if len(self._waiting) >= MAX_ADDRESSES:
                    return
                values = self._waiting[change.address] = deque(maxlen=MAX_VALUES)
            values.append(value)
        if first:
            self._wake()

    def take(self) -> dict[str, tuple[float, ...]]:
        """Return what arrived: by address in order of arrival, values oldest first."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        return {address: tuple(values) for address, values in taken.items()}
