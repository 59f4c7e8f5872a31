"""Showing a file or folder in the system's file manager, or opening it with its program."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from explorer.display import headless


def reveal(path: str) -> bool:
    """Open the file manager on `path`; False if there is none to open."""
    target = Path(path)
    folder = target if target.is_dir() else target.parent
    if headless() or not folder.exists():
        return False
    if sys.platform == "win32":
        command = (
            ["explorer", f"/select,{target}"] if target.is_file() else ["explorer", str(folder)]
        )
    elif sys.platform == "darwin":
        command = ["open", "-R", str(target)] if target.is_file() else ["open", str(folder)]
    elif shutil.which("xdg-open"):
        command = ["xdg-open", str(folder)]
    else:
        return False
    return _started(command)


def open_file(path: str) -> bool:
    """Open a file with the system's program for it; False if there is none to start."""
    if headless() or not Path(path).exists():
        return False
    if sys.platform == "win32":
        return _started(["explorer", path])
    if sys.platform == "darwin":
        return _started(["open", path])
    return shutil.which("xdg-open") is not None and _started(["xdg-open", path])


def _started(command: list[str]) -> bool:
    try:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
        )
    except OSError:
        return False
    return True
