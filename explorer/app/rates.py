"""How long frames and renders take, and how much memory the program holds."""

from __future__ import annotations

import os
import sys
import time
from collections import deque

from explorer.panel_state import Rates

KEPT = 120
_MEMORY_SECS = 1.0


class RateMeter:
    """Fed once a frame; `rates` is what the performance panel shows."""

    def __init__(self) -> None:
        self._frame_ms: deque[float] = deque(maxlen=KEPT)
        self._render_ms: deque[float] = deque(maxlen=KEPT)
        self._started = 0.0
        self._last = 0.0
        self._resident_bytes = 0
        self._looked = -_MEMORY_SECS
        self.upload_ms = 0.0

    def begin_frame(self) -> float:
        """Return the seconds since the last frame began; 0 for the first."""
        now = time.perf_counter()
        elapsed = now - self._last if self._last else 0.0
        self._started = self._last = now
        if now - self._looked > _MEMORY_SECS:
            self._looked, self._resident_bytes = now, resident_bytes()
        return elapsed

    def end_frame(self) -> None:
        """Note what this program spent on the frame, without waiting for the display."""
        if self._started:
            self._frame_ms.append(1000 * (time.perf_counter() - self._started))

    def rendered(self, total_ms: float) -> None:
        self._render_ms.append(total_ms)

    @property
    def render_ms(self) -> tuple[float, ...]:
        """Milliseconds that the last pictures took, newest last."""
        return tuple(self._render_ms)

    def rates(self, fps: float) -> Rates:
        return Rates(
            fps=fps,
            frame_ms=tuple(self._frame_ms),
            render_ms=tuple(self._render_ms),
            upload_ms=self.upload_ms,
            resident_bytes=self._resident_bytes,
        )


def resident_bytes() -> int:
    """Return the program's resident memory; its peak where only that is known, 0 if nothing is."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
