"""Condense pip's output into one line per package, with its size, and show that it goes on."""

import os
import re
import sys
import time
from pathlib import Path
from typing import TextIO

_FILE = re.compile(r"(Downloading|Using cached|Processing)\s+(\S+)(?:\s+\(([^)]*)\))?")
_WHEEL_NAME = re.compile(r"([A-Za-z0-9_.]+)-([^-]+)-.*\.whl")


class Progress:
    """What the user sees while pip works: read lines go in, one line per package comes out."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._started = time.monotonic()
        self._stage = "asking the package index"
        self._size = ""
        self._shown = False

    def line(self, text: str) -> None:
        """Take one line of pip's output."""
        text = text.strip()
        entry = package_line(text)
        if entry is not None:
            self._clear()
            print("  " + entry, file=self._stream, flush=True)
            self._stage = entry.split()[0]
        elif text.startswith("Installing collected packages"):
            self._clear()
            print("  unpacking", file=self._stream, flush=True)
            self._stage = "unpacking"

    def tick(self, download_dir: Path) -> None:
        """Show how far it is; only on a terminal, where a line can be rewritten."""
        if not self._live:
            return
        arrived_mb = largest_file_bytes(download_dir) / 1e6
        arrived = f", {arrived_mb:.0f} MB here" if arrived_mb >= 1 else ""
        secs = time.monotonic() - self._started
        self._clear()
        self._stream.write(f"  {self._stage}{arrived} ({secs:.0f} s)")
        self._stream.flush()
        self._shown = True

    def done(self) -> float:
        """Wipe the running line; return the seconds since the start."""
        self._clear()
        return time.monotonic() - self._started

    def _clear(self) -> None:
        if self._shown:
            self._stream.write("\r" + " " * 60 + "\r")
            self._shown = False


def package_line(text: str) -> str | None:
    """Turn pip's line about a file into `name version  size`; None for any other line."""
    match = _FILE.match(text)
    if match is None:
        return None
    path = match[2].removeprefix("file://")
    name = _WHEEL_NAME.fullmatch(os.path.basename(path).replace("%2B", "+"))
    if name is None:
        return None  # metadata on its own, or a folder
    size = match[3] if match[3] and match[3].endswith("B") else ""  # not "from torch==2.13.0"
    if not size and os.path.isfile(path):
        size = f"{os.path.getsize(path) / 1e6:.1f} MB"
    origin = "" if match[1] == "Downloading" else " (already on this machine)"
    return f"{name[1]} {name[2]}  {size}{origin}".rstrip()


def largest_file_bytes(folder: Path) -> int:
    """Size of the largest file below a folder: the one that is being downloaded."""
    largest = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                largest = max(largest, os.path.getsize(os.path.join(parent, name)))
            except OSError:
                continue  # pip has just moved it
    return largest


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                total += os.path.getsize(path)
    return total
