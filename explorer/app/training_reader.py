"""Reads run folders in a thread, about once a second, while somebody looks."""

from __future__ import annotations

import queue
import shlex
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.training_state import Moment, RunCurves, RunDetail, RunRow
from train import control, runs
from train.layout import STATS

MAX_POINTS = 1500
LOG_LINES = 200


@dataclass(frozen=True)
class Wanted:
    """What to read: all runs of a folder, one in detail, and the snapshots of another."""

    folder: str = ""
    selected: str = ""
    followed: str = ""
    shown: bool = False  # whether the list is on screen


@dataclass(frozen=True)
class Reading:
    folder: str
    rows: tuple[RunRow, ...] = ()
    detail: RunDetail | None = None
    followed: str = ""
    snapshots: tuple[Moment, ...] = ()  # of the followed run, oldest first
    shown: bool = field(default=True)


class RunsReader:
    """One daemon thread; what it read is fetched with `poll`.

    Args:
        wake: called from the thread when something has changed.
    """

    def __init__(self, wake: Callable[[], None], *, interval_secs: float = 1.0) -> None:
        self._wake = wake
        self._interval_secs = interval_secs
        self._wanted = Wanted()
        self._readings: queue.SimpleQueue[Reading] = queue.SimpleQueue()
        self._nudge = threading.Event()
        self._closing = False
        self._last: Reading | None = None
        self._thread = threading.Thread(target=self._run, name="runs", daemon=True)
        self._started = False

    def want(self, wanted: Wanted) -> None:
        """Read this from now on; starts the thread when something is wanted for the first time."""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if not self._started:
            self._started = True
            self._thread.start()
        self._nudge.set()

    def look_now(self) -> None:
        """Read at once: something was asked of a run."""
        self._nudge.set()

    def poll(self) -> Reading | None:
        """Return the newest reading since the last call."""
        newest = None
        while not self._readings.empty():
            newest = self._readings.get_nowait()
        return newest

    def close(self) -> None:
        self._closing = True
        self._nudge.set()

    def _run(self) -> None:
        while not self._closing:
            wanted = self._wanted
            if wanted.shown or wanted.followed:
                self._look(wanted)
            self._nudge.wait(self._interval_secs)
            self._nudge.clear()

    def _look(self, wanted: Wanted) -> None:
        try:
            reading = read(wanted, self._last)
        except OSError:  # a folder that goes while it is read; the next look sees what is left
            return
        if reading != self._last:
            self._last = reading
            self._readings.put(reading)
            self._wake()


def read(wanted: Wanted, last: Reading | None = None) -> Reading:
    """Read what is wanted; what has not changed since `last` is taken from there."""
    rows: tuple[RunRow, ...] = ()
    detail = None
    snapshots: tuple[Moment, ...] = ()
    if wanted.shown:
        now = time.time()
        folders = runs.list_runs(Path(wanted.folder)) if wanted.folder else []
        rows = tuple(_row(folder, now) for folder in folders)
        if any(row.path == wanted.selected for row in rows):
            known = last.detail if last is not None else None
            detail = _detail(Path(wanted.selected), known)
    if wanted.followed:
        snapshots = _moments(runs.list_snapshots(Path(wanted.followed)))
    return Reading(wanted.folder, rows, detail, wanted.followed, snapshots, wanted.shown)


def _moments(found: list[tuple[float, Path]]) -> tuple[Moment, ...]:
    return tuple((kimg, str(path)) for kimg, path in found)


def _row(folder: Path, now: float) -> RunRow:
    status = runs.read_status(folder, now)
    return RunRow(
        path=str(folder),
        name=folder.name,
        state=status.state,
        state_text=runs.STATES.get(status.state, status.state),
        reason=status.reason,
        cur_kimg=status.cur_kimg,
        total_kimg=status.total_kimg,
        secs_per_kimg=status.secs_per_kimg,
        eta_secs=status.eta_secs,
        next_snapshot_secs=status.next_snapshot_secs,
        next_snapshot_kimg=status.next_snapshot_kimg,
        augment_p=status.augment_p,
        heartbeat_secs=max(int(now - status.heartbeat), 0) if status.is_active else 0,
        warnings=status.warnings,
        notes=status.notes,
    )


def _detail(run: Path, known: RunDetail | None) -> RunDetail:
    requests = control.read_requests(run)
    named = {
        control.PAUSE: requests.pause,
        control.STOP_AFTER_TICK: requests.stop_after_tick,
        control.STOP_NOW: requests.stop_now,
    }
    stamp = _stamp(run / STATS)
    same = known is not None and known.path == str(run) and known.stamp == stamp
    curves = known.curves if known is not None and same else _curves(run)
    config = runs.read_config(run)
    return RunDetail(
        path=str(run),
        asked=tuple(name for name, asked in named.items() if asked),
        can_continue=runs.can_continue(run),
        sheets=_moments(runs.list_samples(run)),
        snapshots=_moments(runs.list_snapshots(run)),
        log=tuple(runs.last_log_lines(run, LOG_LINES)),
        command=command_of(run),
        data=config.data if config is not None else "",
        stamp=stamp,
        curves=curves,
    )


def command_of(run: Path) -> str:
    """Return the command line that makes and starts the same run."""
    options = runs.read_options(run)
    wished = options.get("wished")
    config = runs.read_config(run)
    if not isinstance(wished, dict) or config is None:
        return f"python main.py train --resume {shlex.quote(str(run))}"
    return command_line({**wished, "config": config.config, "data": config.data}, str(run.parent))


def command_line(wishes: dict[str, object], outdir: str) -> str:
    """Return `python main.py train` with these fields, for a POSIX shell."""
    return " ".join(
        shlex.quote(part) for part in ("python", "main.py", *train_arguments(wishes, outdir))
    )


def train_arguments(wishes: dict[str, object], outdir: str = "") -> list[str]:
    """Return the arguments of `main.py` that train with these fields."""
    parts = ["train"]
    for name, value in wishes.items():
        option = name.replace("_", "-")
        if value is None:
            continue
        if isinstance(value, bool):
            parts.append(f"--{option}" if value else f"--no-{option}")
        else:
            parts += [f"--{option}", str(value)]
    return [*parts, "--outdir", outdir] if outdir else parts


def _curves(run: Path) -> RunCurves:
    found = runs.read_curves(run)
    step = max(-(-len(found.kimg) // MAX_POINTS), 1)
    pick = slice((len(found.kimg) - 1) % step, None, step) if found.kimg else slice(None)
    values = {name: np.asarray(row, np.float64)[pick] for name, row in found.values.items()}
    return RunCurves(np.asarray(found.kimg, np.float64)[pick], values)


def _stamp(path: Path) -> tuple[float, int]:
    try:
        status = path.stat()
    except OSError:
        return (0.0, 0)
    return status.st_mtime, status.st_size
