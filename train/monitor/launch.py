"""Start the monitor as a process of its own, which outlives whoever started it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def start_monitor(folders: Sequence[Path], options: Sequence[str] = ()) -> subprocess.Popen[Any]:
    """Open the monitor on some folders of runs, detached.

    Whoever wants to know whether it opened may look at `poll()`; nobody has to wait for it, and
    it is collected when it ends, if we still live then.
    """
    words = [str(path.resolve()) for path in folders]
    command = [sys.executable, str(ROOT / "main.py"), "monitor", *options, *words]
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        detached = {"creationflags": flags}
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, **detached)
    threading.Thread(target=process.wait, name="monitor", daemon=True).start()
    return process
