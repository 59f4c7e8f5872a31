"""Video jobs in the background: start, list, stop, continue, delete; no torch.

A job is a folder and a detached process of low priority (`python -m explorer.video FOLDER`) that
outlives whoever started it. The folder is the only channel. Jobs run one after the other: the queue
is those whose state is "queued", and a process that ends starts the next one.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from explorer.model_files import ModelFiles
from explorer.userdirs import data_dir
from explorer.video.models import check_models
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
from train.detached import (
    NUMBERED,
    delete_folder,
    numbered_folder,
    queue_lock,
    start_detached,
)
from train.processes import host_name, start_mark


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

    Raises VideoError for what cannot become a video, MissingModelError, and OSError if no folder
    can be made.

    Args:
        folder: of all jobs; None = jobs_folder().
    """
    made = make_job(job, folder)
    resume(made)
    return made


def checked(wanted: Iterable[VideoJob]) -> tuple[VideoJob, ...]:
    """Return jobs of which each can become a video; raises what start_job does."""
    kept = tuple(wanted)
    for job in kept:
        session = check_job(job)
        check_models(session.settings, job.options, ModelFiles(lambda places=job.places: places))
    return kept


def make_job(job: VideoJob, folder: Path | None = None) -> Path:
    """Make a job's folder without queueing it; raises what start_job does."""
    checked((job,))
    parent = jobs_folder() if folder is None else folder
    parent.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(job.output).stem).strip("-.")[:60] or "video"
    made = numbered_folder(parent, name)
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
                if NUMBERED.fullmatch(path.name):
                    rows.append(JobRow(path, _output(path), read_status(path)))
    return tuple(rows)


def _output(folder: Path) -> Path:
    """Return where a job's video goes; jobs never change, and hold whole sessions."""
    try:
        return _output_of(folder, (folder / JOB).stat().st_mtime_ns)
    except OSError:
        raise VideoError(f"{folder} is not the folder of a video job") from None


@lru_cache(maxsize=1000)
def _output_of(folder: Path, _changed_ns: int) -> Path:
    return Path(read_job(folder).output)


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
    with queue_lock(folder) as mine:
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
    delete_folder(folder)


def _start(folder: Path) -> int:
    (folder / STOP).unlink(missing_ok=True)
    arguments = ["-m", "explorer.video", str(folder.resolve())]
    return start_detached(arguments, folder / PROCESS_LOG)
