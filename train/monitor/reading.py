"""Folders into run views, again and again: only what changed is read, and what is half there waits.

Files are looked at by size and time first: over a shared disk, reading all curves of all runs each
second would be felt by the training.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

from train.control import read_requests
from train.layout import LOG, PROCESS_LOG, STATS
from train.monitor.alarms import alarms_of
from train.monitor.snapshot import RunView, Snapshot
from train.monitor.watch import HeartWatch, ProgressWatch
from train.processes import HEARTBEAT_SECS
from train.runs import (
    Curves,
    RunStatus,
    last_log_lines,
    list_runs,
    list_samples,
    read_curves,
    read_status,
)

LOG_LINES = 200
T = TypeVar("T")


class Reader:
    """Reads the runs in some folders; what it read before is kept.

    Args:
        folders: of runs, or single runs.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._known: dict[Path, list[Path]] = {}
        self._readers: dict[Path, _RunReader] = {}

    def read(self, now: float) -> Snapshot:
        """Return all runs as they are at `now`, seconds since 1970 by this machine's clock."""
        problems, paths = [], []
        for folder in self._folders:
            if folder.is_dir():
                self._known[folder] = list_runs(folder)
            else:
                problems.append(f"{folder} cannot be read just now.")
            paths += self._known.get(folder, [])
        paths = list(dict.fromkeys(paths))
        self._readers = {path: self._readers.get(path) or _RunReader(path) for path in paths}
        names = _names(paths)
        runs = tuple(self._readers[path].read(names[path], now) for path in paths)
        return Snapshot(self._folders, runs, tuple(problems))


class _RunReader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: RunView | None = None
        self._status = RunStatus()
        self._heart, self._progress = HeartWatch(), ProgressWatch()
        self._curves = _Kept((path / STATS,), lambda: read_curves(path), Curves())
        logs = (path / LOG, path / PROCESS_LOG)
        self._log = _Kept(logs, lambda: tuple(last_log_lines(path, LOG_LINES)), ())

    def read(self, name: str, now: float) -> RunView:
        """Return the run as it is; as it was, where its folder is out of reach."""
        if self._last is None or self._path.is_dir():
            self._last = self._read_now(name, now)
            return self._last
        age = self._heart.age(self._last.status.heartbeat, now)
        return replace(self._last, heartbeat_age=age)

    def _read_now(self, name: str, now: float) -> RunView:
        path = self._path
        status, age = self._read_status(now)
        stalled = self._progress.stalled_secs(status.state, status.cur_kimg, now)
        key = str(path)
        return RunView(
            key=key,
            path=path,
            name=name,
            status=status,
            heartbeat_age=age,
            requests=read_requests(path),
            curves=self._curves.get(),
            samples=tuple(list_samples(path)),
            log=self._log.get(status.state),
            alarms=alarms_of(key, status, heartbeat_age=age, stalled_secs=stalled),
        )

    def _read_status(self, now: float) -> tuple[RunStatus, float | None]:
        found = read_status(self._path, now=0)  # 0: heartbeats are judged below, not by its clock
        if found == RunStatus():
            found = self._status  # replaced at this moment; a run never becomes new again
        self._status = found
        age = self._heart.age(found.heartbeat, now)
        if found.is_active and age is not None and age >= HEARTBEAT_SECS:
            judged = read_status(self._path, now=found.heartbeat + age)
            found = found if judged == RunStatus() else judged
        return (found, age) if found.is_active else (replace(found, eta_secs=None), age)


class _Kept(Generic[T]):
    """Something that is read from files, and kept until one of them changes."""

    def __init__(self, files: Sequence[Path], read: Callable[[], T], empty: T) -> None:
        self._files, self._read, self._value = files, read, empty
        self._seen: object = None

    def get(self, also: object = None) -> T:
        """Return it, read anew if a file or `also` is another."""
        seen = (also, *map(_fingerprint, self._files))
        if seen != self._seen:
            self._value, self._seen = self._read(), seen
        return self._value


def _fingerprint(path: Path) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _names(paths: Sequence[Path]) -> dict[Path, str]:
    alone = [path.name for path in paths]
    return {
        path: path.name if alone.count(path.name) == 1 else f"{path.parent.name}/{path.name}"
        for path in paths
    }
