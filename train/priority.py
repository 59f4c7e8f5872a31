"""Lower priority for this process, so that a window on the same machine stays fluent; no torch."""

from __future__ import annotations

import contextlib
import os
import sys

NICE = 10
VIDEO_NICE = 5  # somebody waits for a video; between a run and the window
_AUTOGROUP = "/proc/self/autogroup"


def lower_priority(nice: int = NICE) -> None:
    """Give way to others from now on; inherited by children. To be called before torch is there.

    A child that asks for the same stays where it is: a queue is as far down at its end as at its
    start.

    Threads that wait for one another otherwise do so at full speed, which takes the processor from
    the one they wait for: two runs on two processors were forty times as slow as one.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), 0x4000)  # BELOW_NORMAL
        return
    with contextlib.suppress(OSError):
        os.nice(max(0, nice - os.nice(0)))
    # A detached process is a session, and Linux shares processors between sessions first: within
    # one of its own, niceness alone would give way to nobody.
    with contextlib.suppress(OSError), open(_AUTOGROUP, "w", encoding="ascii") as file:
        file.write(str(nice))
