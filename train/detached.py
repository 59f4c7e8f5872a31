"""Work of processes that outlive whoever started them: numbered folders, one queue; no torch.

Training runs and videos are both such work. A folder is the only channel between a process and
whoever watches it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NUMBERED = re.compile(r"(\d{5,})-.+")
LOCK = ".queue-lock"
LOCK_SECS = 30.0  # an older lock was left by a process that died


def numbered_folder(parent: Path, name: str) -> Path:
    """Make the next numbered folder in `parent`, which must be there: NNNNN-name."""
    while True:
        taken = [int(m[1]) for path in parent.iterdir() if (m := NUMBERED.fullmatch(path.name))]
        folder = parent / f"{max(taken, default=-1) + 1:05d}-{name}"
        try:
            folder.mkdir()
        except FileExistsError:  # another process was faster
            continue
        return folder


def start_detached(arguments: Sequence[str], log: Path) -> int:
    """Start `python ARGUMENTS` as a session of its own; return its number.

    Args:
        log: file that what it prints is added to.
    """
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **_detached(),
        )
    # Collect it when it ends, if we still live then: no zombies, no warning.
    threading.Thread(target=process.wait, name="detached", daemon=True).start()
    return process.pid


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}


@contextlib.contextmanager
def queue_lock(folder: Path) -> Iterator[bool]:
    """Yield whether this process may touch the queue of a folder."""
    path = folder / LOCK
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > LOCK_SECS:
            path.unlink()
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)


def delete_folder(folder: Path) -> None:
    """Delete a folder: gone at once for whoever looks, however long the rest takes."""
    doomed = folder.with_name(f".deleted-{folder.name}-{os.getpid()}")
    folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)
