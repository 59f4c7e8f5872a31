"""What a run's folder says: state, progress, curves, pictures, snapshots; no torch.

The training tab, the monitor and the command line read runs through this module only. Everything
may be missing, half written by an older process, or change while it is read.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from train.config import TrainConfig
from train.layout import (
    CHECKPOINTS,
    FAILURE,
    LOG,
    OPTIONS,
    PROCESS_LOG,
    REALS,
    SAMPLES,
    SNAPSHOTS,
    STATS,
    STATUS,
    numbered,
)
from train.processes import is_working

ACTIVE = ("starting", "running", "paused", "stopping")

STATES = {
    "new": "made, not started",
    "queued": "waits for its turn",
    "starting": "reading data, building networks",
    "running": "training",
    "paused": "waits; resume lets it go on",
    "stopping": "writing its last checkpoint",
    "finished": "reached its length",
    "stopped": "ended on request; can be continued",
    "failed": "ended by a problem; the reason says which",
    "crashed": "the process is gone without a word; can be continued",
}


@dataclass(frozen=True)
class RunStatus:
    """What a run says about itself, at one moment.

    state:         a key of STATES; "crashed" is concluded here, never written by a run.
    reason:        why it stopped or failed, one sentence; "" = nothing to say.
    cur_kimg:      thousands of pictures shown; total_kimg: the end.
    secs_per_kimg: of the last tick; None = not known yet.
    eta_secs:      until the end; None = not known yet.
    next_snapshot_secs, next_snapshot_kimg: until the next snapshot by time and by count,
                   whichever comes first; None = none by this measure.
    augment_p:     strength of augmentation now.
    heartbeat:     seconds since 1970 of the last sign of life, by the run's clock.
    warnings:      sentences about the training itself.
    notes:         sentences about how it runs ("not bit-exact: ...").
    """

    state: str = "new"
    reason: str = ""
    cur_kimg: float = 0.0
    total_kimg: float = 0.0
    secs_per_kimg: float | None = None
    eta_secs: float | None = None
    next_snapshot_secs: float | None = None
    next_snapshot_kimg: float | None = None
    augment_p: float = 0.0
    pid: int = 0
    start_mark: str = ""
    host: str = ""
    started: float = 0.0
    heartbeat: float = 0.0
    queued_at: float = 0.0
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_active(self) -> bool:
        """True while a process works on the run."""
        return self.state in ACTIVE

    @property
    def progress(self) -> float:
        """Part done, 0 to 1."""
        return min(self.cur_kimg / self.total_kimg, 1.0) if self.total_kimg > 0 else 0.0


@dataclass(frozen=True)
class Curves:
    """Statistics over time. kimg has one entry per tick; values[name] as many (nan = missing)."""

    kimg: tuple[float, ...] = ()
    time: tuple[float, ...] = ()
    values: dict[str, tuple[float, ...]] = field(default_factory=dict)


def is_run(folder: Path) -> bool:
    """Return whether a folder is a run's."""
    return (folder / OPTIONS).is_file()


def list_runs(runs: Path) -> list[Path]:
    """List the runs in a folder, newest first; the folder itself if it is a run."""
    if is_run(runs):
        return [runs]
    try:
        return sorted((path for path in runs.iterdir() if is_run(path)), reverse=True)
    except OSError:
        return []


def read_options(run: Path) -> dict[str, Any]:
    """Return what options.json holds; {} if it cannot be read."""
    return _read_json(run / OPTIONS)


def read_config(run: Path) -> TrainConfig | None:
    """Return a run's resolved configuration; None if it cannot be read."""
    try:
        return TrainConfig.from_json(read_options(run)["config"])
    except (KeyError, ValueError, TypeError):
        return None


def read_status(run: Path, now: float | None = None) -> RunStatus:
    """Return a run's state; one whose process has gone without saying so is "crashed".

    Args:
        now: seconds since 1970; None = by this machine's clock.
    """
    data = _read_json(run / STATUS)
    known = RunStatus.__dataclass_fields__
    values = {key: value for key, value in data.items() if key in known}
    for key in ("warnings", "notes"):
        values[key] = tuple(values.get(key, ()))
    try:
        status = RunStatus(**values)
    except TypeError:
        return RunStatus()
    now = time.time() if now is None else now
    if not status.is_active or is_working(
        status.pid, status.start_mark, status.host, status.heartbeat, now
    ):
        return status
    failure = _read_json(run / FAILURE).get("reason")
    if isinstance(failure, str):
        return RunStatus(**{**values, "state": "failed", "reason": failure, "eta_secs": None})
    reason = "The process is gone without a word: it was killed, or the machine went down."
    return RunStatus(**{**values, "state": "crashed", "reason": reason, "eta_secs": None})


def read_curves(run: Path) -> Curves:
    """Return all statistics so far, name -> mean per tick.

    A run that was continued from a checkpoint repeats rows; the later ones count.
    """
    rows: list[dict[str, Any]] = []
    for line in _read_text(run / STATS).splitlines():
        try:
            row = json.loads(line)
            nimg = row["nimg"]
        except (ValueError, KeyError, TypeError):
            continue  # the last line may be half written
        while rows and rows[-1]["nimg"] >= nimg:
            rows.pop()
        rows.append(row)
    names = sorted({name for row in rows for name in row.get("values", {})})
    nan = float("nan")
    return Curves(
        kimg=tuple(row["nimg"] / 1000 for row in rows),
        time=tuple(row.get("time", nan) for row in rows),
        values={
            name: tuple(row.get("values", {}).get(name, {}).get("mean", nan) for row in rows)
            for name in names
        },
    )


def list_samples(run: Path) -> list[tuple[float, Path]]:
    """List (kimg, sample sheet), oldest first."""
    return numbered(run / SAMPLES)


def reals_sheet(run: Path) -> Path | None:
    """Return the sheet of real pictures, if there is one."""
    path = run / SAMPLES / REALS
    return path if path.exists() else None


def list_snapshots(run: Path) -> list[tuple[float, Path]]:
    """List (kimg, model file), oldest first; every one of them is whole."""
    return numbered(run / SNAPSHOTS)


def newest_snapshot(run: Path) -> Path | None:
    """Return the newest snapshot, which the explorer can open; None if there is none yet."""
    found = list_snapshots(run)
    return found[-1][1] if found else None


def can_continue(run: Path) -> bool:
    """Return whether there is a checkpoint to go on from."""
    return bool(numbered(run / CHECKPOINTS))


def last_log_lines(run: Path, count: int = 20) -> list[str]:
    """Return the last lines of the log, and, for a run that is not well, of its process."""
    lines = _read_text(run / LOG, last_bytes=20000).splitlines()[-count:]
    if read_status(run).state in ("crashed", "failed"):
        lines += _read_text(run / PROCESS_LOG, last_bytes=20000).splitlines()[-count:]
    return lines


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _read_text(path: Path, last_bytes: int | None = None) -> str:
    try:
        with open(path, "rb") as file:
            if last_bytes is not None:
                file.seek(max(file.seek(0, 2) - last_bytes, 0))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
