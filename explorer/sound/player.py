"""A sound that follows a clock: it is where the clock is, and silent while there is none.

The device asks for samples in a thread of its own (`fill`); the clock is told once a frame
(`follow`). What is off by more than MOST_OFF_SECS is put right at once; smaller drift is not heard,
and putting it right would be.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.errors import UserError


class PlayingError(UserError):
    """Nothing can be heard; the text says why."""


MOST_OFF_SECS = 0.05
NEEDS_LIBRARY = (
    "Playing is silent: close this window and start with `python main.py --sound`; videos have "
    "their sound anyway"
)

Fill = Callable[[NDArray[np.int16]], None]  # writes all of [n, 2]


class Stream(Protocol):
    """An open sound device.

    rate:         samples per second that it asks for.
    latency_secs: from when they are asked for until they are heard.
    """

    @property
    def rate(self) -> int: ...

    @property
    def latency_secs(self) -> float: ...

    def close(self) -> None: ...


OpenStream = Callable[[Fill], Stream]


class Player:
    """Plays one sound at a time.

    Args:
        open_stream: opens a device for `fill`; raises PlayingError with the reason.
        clock:       seconds that go on evenly.
    """

    def __init__(
        self, open_stream: OpenStream | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._open_stream, self._clock = open_stream or open_device, clock
        self._lock = threading.Lock()
        self._samples = np.zeros((0, 2), np.int16)
        self._stream: Stream | None = None
        self._next = 0  # the sample the device gets next
        self._mark = (0.0, 0.0)  # a second of the sound, and when by the clock it is heard
        self._moved = False  # whether the mark is where to go on from, not where it came to
        self._sounds = False

    def open(self) -> int:
        """Open the device unless it is open; return its samples per second.

        Raises PlayingError if there is none.
        """
        if self._stream is None:
            self._stream = self._open_stream(self.fill)
        return self._stream.rate

    def load(self, samples: NDArray[np.int16]) -> None:
        """Take the sound to play, int16 [n, 2] at the device's rate."""
        with self._lock:
            self._samples, self._sounds = samples, False

    def follow(self, secs: float | None) -> None:
        """Say what is to be heard now, in seconds of the sound; None = nothing.

        Raises PlayingError if there is no device.
        """
        if secs is None:
            with self._lock:
                self._sounds = False
            return
        self.open()
        with self._lock:
            if not self._sounds or abs(self._secs_at(self._clock()) - secs) > MOST_OFF_SECS:
                self._mark, self._moved, self._sounds = (secs, self._clock()), True, True

    def fill(self, out: NDArray[np.int16]) -> None:
        """Give the device its next samples, [n, 2]; called in its thread."""
        with self._lock:
            out[:] = 0
            if not self._sounds or self._stream is None:
                return
            now = self._clock()
            heard, rate = now + self._stream.latency_secs, self._stream.rate
            if self._moved:
                self._next, self._moved = round(self._secs_at(heard) * rate), False
            self._mark = (self._next / rate, heard)
            first, end = self._next, self._next + len(out)
            part = self._samples[max(first, 0) : max(end, 0)]
            start = min(max(-first, 0), len(out))
            out[start : start + len(part)] = part
            self._next = end

    def close(self) -> None:
        """Let the device go; the next `follow` opens it again."""
        stream, self._stream = self._stream, None
        with self._lock:
            self._sounds = False
        if stream is not None:
            stream.close()

    def _secs_at(self, time_secs: float) -> float:
        """Return which second of the sound is heard at a time of the clock."""
        secs, since = self._mark
        return secs + time_secs - since


class _Device:
    """sounddevice's stream as one of ours."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    @property
    def rate(self) -> int:
        return round(self._stream.samplerate)

    @property
    def latency_secs(self) -> float:
        return float(self._stream.latency)

    def close(self) -> None:
        self._stream.close()


def open_device(fill: Fill) -> Stream:
    """Open the system's sound device by sounddevice; raises PlayingError with what to do."""
    try:
        import sounddevice  # type: ignore[import-not-found]
    except ImportError:
        raise PlayingError(NEEDS_LIBRARY) from None
    except OSError:
        raise PlayingError(
            "Playing is silent: the system has no PortAudio; install it (Debian, Ubuntu: `sudo apt "
            "install libportaudio2`)"
        ) from None

    def callback(out: NDArray[np.int16], _frames: int, _time: object, _status: object) -> None:
        fill(out)

    try:
        # At the device's own rate: some take no other.
        stream = sounddevice.OutputStream(channels=2, dtype="int16", callback=callback)
        stream.start()
    except Exception as error:  # PortAudio's own kinds, and whatever a driver makes of it
        raise PlayingError(f"Playing is silent: no sound device can be opened ({error})") from None
    return _Device(stream)
