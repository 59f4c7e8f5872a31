"""Video jobs in the background: start, list, stop, continue, delete; no torch.

A job is a folder and a detached process of low priority (`python -m explorer.video FOLDER`) that
outlives whoever started it. The folder is the only channel. Jobs run one after the other: the queue
is those whose state is "queued", and a process that ends starts the next one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.userdirs import data_dir
from explorer.video.plan import VideoError, VideoJob, check_job, job_from_json, job_to_json
from explorer.video.status import (
    JOB,
    PROCESS_LOG,
    STOP,
    JobStatus,
    read_status,
    write_status,
)
from networks.atomic import write_atomic
from train.processes import host_name, start_mark

ROOT = Path(__file__).resolve().parents[2]
LOCK = ".queue-lock"
LOCK_SECS = 30.0  # an older lock was left by a process that died
_NUMBERED = re.compile(r"(\d{5,})-.+")


@dataclass(frozen=True)
class JobRow:
    """One job of a list.

    folder: names the job in every call of this module.
    output: where the video goes.
    status: see explorer.video.status.JobStatus: state, done, total, eta_secs, reason.
    """

    folder: Path
    output: Path
    status: JobStatus


def jobs_folder() -> Path:
    """Return where jobs are kept unless one says otherwise; it may not exist yet."""
    return data_dir() / "videos"


def start_job(job: VideoJob, folder: Path | None = None) -> Path:
    """Queue a job and, unless another one is running, start it; return its folder.

    Raises VideoError for what cannot become a video, and OSError if no folder can be made.

    Args:
        folder: of all jobs; None = jobs_folder().
    """
    made = make_job(job, folder)
    resume(made)
    return made


def make_job(job: VideoJob, folder: Path | None = None) -> Path:
    """Make a job's folder without queueing it; raises what start_job does."""
    check_job(job)
    parent = jobs_folder() if folder is None else folder
    parent.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(job.output).stem).strip("-.")[:60] or "video"
    while True:
        taken = [int(m[1]) for path in parent.iterdir() if (m := _NUMBERED.fullmatch(path.name))]
        made = parent / f"{max(taken, default=-1) + 1:05d}-{name}"
        try:
            made.mkdir()
        except FileExistsError:  # another process was faster
            continue
        write_atomic(made / JOB, job_to_json(job).encode("utf-8"))
        return made


def read_job(folder: Path) -> VideoJob:
    """Return what a job is to make; raises VideoError if the folder is no job's."""
    try:
        return job_from_json((folder / JOB).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise VideoError(f"{folder} is not the folder of a video job") from None


def jobs(folder: Path | None = None) -> tuple[JobRow, ...]:
    """List the jobs of a folder (None = jobs_folder()), newest first; damaged ones left out."""
    rows: list[JobRow] = []
    with contextlib.suppress(OSError):
        for path in sorted((jobs_folder() if folder is None else folder).iterdir(), reverse=True):
            with contextlib.suppress(VideoError):
                if _NUMBERED.fullmatch(path.name):
                    rows.append(JobRow(path, Path(read_job(path).output), read_status(path)))
    return tuple(rows)


def request_stop(folder: Path) -> None:
    """Ask a job to end after the frame it is at, or take it out of the queue; frames are kept."""
    status = read_status(folder)
    if status.state == "queued":
        write_status(folder, replace(status, state="stopped"))
    elif status.is_active:
        (folder / STOP).touch()


def resume(folder: Path) -> None:
    """Queue a job that is not running, and start it if it is its turn; finished frames stay.

    Raises VideoError if it is running or is no job.
    """
    read_job(folder)
    status = read_status(folder)
    if status.is_active:
        raise VideoError(f"{folder.name} is already running")
    write_status(folder, replace(status, state="queued", reason="", queued_at=time.time()))
    start_next(folder.parent)


def start_next(folder: Path) -> Path | None:
    """Start the first job of the queue unless one is active; return it, or None.

    Safe to call from several processes at once.
    """
    with _lock(folder) as mine:
        rows = jobs(folder)
        if not mine or any(row.status.is_active for row in rows):
            return None
        waiting = [row for row in rows if row.status.state == "queued"]
        if not waiting:
            return None
        first = min(waiting, key=lambda row: (row.status.queued_at, row.folder)).folder
        pid = _start(first)
        # Active from now on, so that nobody starts another before the process says so itself.
        mark, now = start_mark(pid), time.time()
        write_status(
            first, JobStatus("starting", pid=pid, start_mark=mark, host=host_name(), heartbeat=now)
        )
        return first


def delete(folder: Path) -> None:
    """Delete a job and its frames; the video stays. Raises VideoError if it is running."""
    read_job(folder)
    if read_status(folder).is_active:
        raise VideoError(f"{folder.name} is running; stop it first")
    doomed = folder.with_name(f".deleted-{folder.name}-{os.getpid()}")
    folder.rename(doomed)  # gone at once for whoever looks, however long the rest takes
    shutil.rmtree(doomed, ignore_errors=True)


def _start(folder: Path) -> int:
    (folder / STOP).unlink(missing_ok=True)
    command = [sys.executable, "-m", "explorer.video", str(folder.resolve())]
    with open(folder / PROCESS_LOG, "ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **_detached(),
        )
    _reap(process)
    return process.pid


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}


def _reap(process: subprocess.Popen[Any]) -> None:
    """Collect the process when it ends, if we still live then: no zombies, no warning."""
    import threading

    threading.Thread(target=process.wait, name="video", daemon=True).start()


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[bool]:
    """Yield whether this process may touch the queue."""
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
