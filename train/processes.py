"""Whether a process is still the one that wrote its number down; no torch."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

HEARTBEAT_SECS = 60.0  # without one for so long, what another machine works on counts as crashed


def host_name() -> str:
    """Return this machine's name."""
    return socket.gethostname()


def start_mark(pid: int) -> str:
    """Return what tells a process from a later one with the same number; "" if unknown."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]  # field 22: start, in ticks since boot


def is_alive(pid: int, mark: str) -> bool:
    """Return whether process `pid` of this machine runs and is the one that `mark` is from."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if _is_zombie(pid):
        return False
    now = start_mark(pid)
    return not mark or not now or now == mark


def is_working(pid: int, mark: str, host: str, heartbeat: float, now: float) -> bool:
    """Return whether who wrote this status still works: a process here, or one that was heard of.

    Args:
        host:      its machine's host_name(); of another machine only the heartbeat is known.
        heartbeat: its last sign of life and `now`, in seconds since 1970.
    """
    if host == host_name():
        return is_alive(pid, mark)
    return now - heartbeat < HEARTBEAT_SECS


def _is_zombie(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] == "Z"


def _is_alive_on_windows(pid: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE
