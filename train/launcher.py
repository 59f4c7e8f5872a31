"""Runs in the background: start, queue, delete; no torch, and nothing stays open.

A run is a process of its own that outlives whoever started it. The queue is the folder itself:
runs whose state is "queued", in the order they were queued. When a run ends its process starts the
next one; `start_next` may also be called by anyone at any time.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from train import control
from train.detached import LOCK_SECS, delete_folder, queue_lock, start_detached
from train.errors import RunError
from train.layout import PROCESS_LOG
from train.processes import is_alive
from train.run_log import write_status
from train.runs import RunStatus, is_run, list_runs, read_status


def start(run: Path) -> int:
    """Start or continue a run in a detached process of low priority; return its number.

    Raises RunError if it is running already or is not a run.
    """
    if not is_run(run):
        raise RunError(f"{run} is not the folder of a run")
    status = read_status(run)
    if status.is_active:
        raise RunError(f"{run.name} is already running")
    control.clear_requests(run)
    arguments = ["-m", "train", str(run.resolve()), "--nice", "--queue"]
    return start_detached(arguments, run / PROCESS_LOG)


def is_running(run: Path, pid: int) -> bool:
    """Return whether the process that `start` returned still works on its run."""
    return read_status(run).is_active or is_alive(pid, "")


def queue(run: Path) -> None:
    """Let a run start when those before it have ended.

    Raises RunError if it is running or is not a run.
    """
    if not is_run(run):
        raise RunError(f"{run} is not the folder of a run")
    status = read_status(run)
    if status.is_active:
        raise RunError(f"{run.name} is already running")
    write_status(run, replace(status, state="queued", reason="", queued_at=time.time()))


def unqueue(run: Path) -> None:
    """Take a run out of the queue."""
    status = read_status(run)
    if status.state == "queued":
        state = "stopped" if status.cur_kimg > 0 else "new"
        write_status(run, replace(status, state=state, queued_at=0.0))


def queued(runs: Path) -> list[Path]:
    """List the runs that wait, the next one first."""
    waiting = [(read_status(run), run) for run in list_runs(runs)]
    waiting = [(status, run) for status, run in waiting if status.state == "queued"]
    return [run for _, run in sorted(waiting, key=lambda item: (item[0].queued_at, item[1]))]


def start_next(runs: Path) -> Path | None:
    """Start the first of the queue unless a run is active; return it, or None.

    Safe to call from several processes at once.
    """
    with queue_lock(runs) as mine:
        if not mine or any(read_status(run).is_active for run in list_runs(runs)):
            return None
        waiting = queued(runs)
        if not waiting:
            return None
        pid = start(waiting[0])
        # Active from now on, so that nobody starts another before the process says so itself.
        _wait_until_started(waiting[0], pid)
        return waiting[0]


def _wait_until_started(run: Path, pid: int) -> None:
    deadline = time.monotonic() + LOCK_SECS / 2
    while time.monotonic() < deadline:
        status = read_status(run)
        if status.pid == pid or status.state != "queued":
            return
        time.sleep(0.1)


def delete(run: Path) -> None:
    """Delete a run and everything in it. Raises RunError if it is running or is not a run."""
    status: RunStatus = read_status(run)
    if status.is_active:
        raise RunError(f"{run.name} is running; stop it first")
    if not is_run(run):
        raise RunError(f"{run} is not the folder of a run")
    delete_folder(run)
