"""A process that works on a job: renders what is missing, encodes, and says how it ended."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from explorer.arrays import ArrayStore
from explorer.errors import UserError
from explorer.render.recorded import as_recorded
from explorer.settings import Settings
from explorer.video.cells import cells_of
from explorer.video.launcher import read_job
from explorer.video.models import models_of
from explorer.video.plan import (
    VideoError,
    VideoJob,
    check_job,
    video_rate,
    video_times,
    with_sound,
)
from explorer.video.status import FRAMES, STOP, JobStatus, StatusLog, read_status, stop_wanted
from networks.errors import ModelFileError

STOP_EVERY_SECS = 0.2
Shown = Callable[[JobStatus], None]


class Stopped(Exception):
    """Somebody asked for the end."""


class StopWatch:
    """Whether to go on; looks into the job's folder now and then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next = 0.0
        self._stopped = False

    def going(self) -> bool:
        if not self._stopped and time.monotonic() >= self._next:
            self._next = time.monotonic() + STOP_EVERY_SECS
            self._stopped = stop_wanted(self._folder)
        return not self._stopped

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """End soon; also a handler of signals."""
        self._stopped = True


def work(folder: Path, shown: Shown | None = None) -> int:
    """Make a job's video in this process; return the exit code: 0 = finished or stopped.

    Args:
        shown: called with the status after each frame.
    """
    log = None
    try:
        before = read_status(folder)
        if before.is_active and before.pid != os.getpid():
            raise VideoError(f"{folder.name} is already running")
        job = read_job(folder)
        (folder / STOP).unlink(missing_ok=True)
        log = StatusLog(folder, before.total, shown)
        watch = StopWatch(folder)
        with _on_signals(watch):
            _make(folder, job, log, watch)
        shutil.rmtree(folder / FRAMES, ignore_errors=True)
        log.end("finished")
    except BaseException as error:  # the one place where the end of a job becomes a status
        return _ended(error, log)
    return 0


def reason_of(error: BaseException) -> str:
    """Say in one sentence what ended a job and what to do."""
    if isinstance(error, (UserError, ModelFileError)):
        return str(error)
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return "There is not enough memory for this video; close other programs and continue it."
    if not isinstance(error, OSError):
        return f"{type(error).__name__}: {error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full; finished frames are kept: free some space and continue the job."
    where = error.filename or "A file"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{where} cannot be used: {error.strerror}; allow it, then continue the job."
    return f"{where}: {error.strerror or error}"


def _ended(error: BaseException, log: StatusLog | None) -> int:
    from explorer.render.engine import Superseded

    if isinstance(error, (Stopped, Superseded, KeyboardInterrupt)) and log is not None:
        log.end("stopped")
        return 0
    reason = reason_of(error)
    if not isinstance(error, (UserError, ModelFileError, OSError)):
        with contextlib.suppress(OSError):
            traceback.print_exc()
    if log is None:  # the status stays what it was
        print(reason, file=sys.stderr)
    else:
        log.end("failed", reason)
    return 1


def _make(folder: Path, job: VideoJob, log: StatusLog, watch: StopWatch) -> None:
    arrays = ArrayStore()
    session = check_job(job, arrays)
    settings = as_recorded(session.settings, session.recorded)
    options = with_sound(job.options, settings.timeline, job.places)
    times = video_times(settings.timeline, options)
    _check_place(Path(job.output).parent)
    log.update(total=len(times))
    _render(folder, job, settings, arrays, times, log, watch)
    from explorer.video.finish import Finish, write_output

    log.update(state="encoding", done=0, total=len(times), eta_secs=None)
    started = time.monotonic()

    def told(done: int) -> None:
        if not watch.going():
            raise Stopped
        left = (time.monotonic() - started) / done * (len(times) - done)
        log.update(done=done, eta_secs=left)

    rate = video_rate(settings.timeline, options)
    cells = cells_of(settings, options)
    finish = Finish(folder / FRAMES, cells[0], arrays, times, rate, options)
    write_output(finish, Path(job.output), told)


def _render(
    folder: Path,
    job: VideoJob,
    settings: Settings,
    arrays: ArrayStore,
    times: tuple[float, ...],
    log: StatusLog,
    watch: StopWatch,
) -> None:
    from explorer.video.finish import check_size
    from explorer.video.frames import FramePlan, frame_path, missing_frames, render_frames
    from explorer.video.png_frames import size_of

    wanted = missing_frames(folder / FRAMES, len(times))
    there = len(times) - len(wanted)
    if not wanted:
        return
    # Torch is slow to import: only where there is something to render.
    from explorer.render.torch_engine import TorchEngine

    engine = TorchEngine(arrays, lambda: job.places)
    cells = cells_of(settings, job.options)
    plan = FramePlan(cells, times, job.options.columns, job.options.bits)
    for model in models_of(settings, job.options):  # by what they hold, before hours of rendering
        engine.library.files.find(model)
    log.update(state="rendering", done=there)
    started = time.monotonic()
    made = render_frames(engine, plan, folder / FRAMES, wanted, watch.going)
    for done, index in enumerate(made, 1):
        if done == 1:
            check_size(*size_of(frame_path(folder / FRAMES, index)), job.options)
        left = (time.monotonic() - started) / done * (len(wanted) - done)
        log.update(done=there + done, rendered=done, eta_secs=left)
        if not watch.going():
            raise Stopped


def _check_place(folder: Path) -> None:
    """Find out now, not after hours of rendering, whether the output can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".probe-{os.getpid()}.part"
    probe.touch()
    probe.unlink()


@contextlib.contextmanager
def _on_signals(watch: StopWatch) -> Iterator[None]:
    """End in order on a polite kill; Ctrl-C is an exception, also between two frames."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, watch.stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
