"""Watches one model file and lists one folder, off the window's thread."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.panel_state import FolderEntry

Stamp = tuple[float, int]  # modification time in seconds, size in bytes

MODEL_SUFFIXES = (".pkl", ".safetensors", ".pt", ".pth")
MAX_ENTRIES = 2000


@dataclass(frozen=True)
class FileChanged:
    """The watched file has other content than `stamp` and has stopped growing."""

    path: str
    stamp: Stamp


@dataclass(frozen=True)
class FolderListed:
    folder: str
    entries: tuple[FolderEntry, ...]


class FolderWatch:
    """One daemon thread that looks every `interval_secs`; what it saw is fetched with `poll`.

    Args:
        wake: called from the thread when `poll` has something new.
    """

    def __init__(self, wake: Callable[[], None], *, interval_secs: float = 1.0) -> None:
        self._wake = wake
        self._interval_secs = interval_secs
        self._events: queue.SimpleQueue[FileChanged | FolderListed] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._watched: tuple[str, Stamp] | None = None
        self._folder = ""
        self._nudge = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="folder-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def watch(self, path: str, stamp: Stamp) -> None:
        """Report when the file at `path` stops being the one with `stamp`; replaces the last."""
        with self._lock:
            self._watched = (path, stamp)

    def forget(self) -> None:
        """Watch no file."""
        with self._lock:
            self._watched = None

    def list_folder(self, folder: str) -> None:
        """List `folder` now and whenever it changes; "" lists nothing."""
        with self._lock:
            self._folder = folder
        self._nudge.set()

    def poll(self) -> list[FileChanged | FolderListed]:
        events: list[FileChanged | FolderListed] = []
        while not self._events.empty():
            events.append(self._events.get_nowait())
        return events

    def close(self) -> None:
        self._closing = True
        self._nudge.set()

    def _run(self) -> None:
        seen: tuple[Stamp, float] | None = None
        listed: FolderListed | None = None
        while not self._closing:
            with self._lock:
                watched, folder = self._watched, self._folder
            seen = self._look_at_file(watched, seen)
            listed = self._look_at_folder(folder, listed)
            self._nudge.wait(self._interval_secs)
            self._nudge.clear()

    def _look_at_file(
        self, watched: tuple[str, Stamp] | None, seen: tuple[Stamp, float] | None
    ) -> tuple[Stamp, float] | None:
        """Return the new stamp and when it was first seen; the same for a round is finished."""
        if watched is None:
            return None
        path, known = watched
        now = file_stamp(path)
        if now is None or now == known:
            return None
        if seen is None or seen[0] != now:
            return now, time.monotonic()
        if time.monotonic() - seen[1] > 0.9 * self._interval_secs:
            with self._lock:
                if self._watched == watched:
                    self._watched = (path, now)
            self._events.put(FileChanged(path, now))
            self._wake()
            return None
        return seen

    def _look_at_folder(self, folder: str, listed: FolderListed | None) -> FolderListed | None:
        if not folder:
            return None
        now = FolderListed(folder, folder_entries(folder))
        if now != listed:
            self._events.put(now)
            self._wake()
        return now


def file_stamp(path: str) -> Stamp | None:
    """Return when a file was last written and its size; None if it cannot be looked at."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime, status.st_size


def folder_entries(folder: str) -> tuple[FolderEntry, ...]:
    """Return subfolders and model files of `folder`, folders first; hidden ones are left out."""
    found: list[FolderEntry] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(found) >= MAX_ENTRIES:
                    break
                item = _model_entry(entry)
                if item is not None:
                    found.append(item)
    except OSError:
        return ()
    return tuple(sorted(found, key=lambda item: (not item.is_folder, item.name.lower())))


def _model_entry(entry: os.DirEntry[str]) -> FolderEntry | None:
    if entry.name.startswith("."):
        return None
    try:
        if entry.is_dir():
            return FolderEntry(entry.path, entry.name, 0, True)
        if Path(entry.name).suffix.lower() not in MODEL_SUFFIXES:
            return None
        return FolderEntry(entry.path, entry.name, entry.stat().st_size, False)
    except OSError:
        return None
