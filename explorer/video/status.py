"""What a job's folder says about it, and who writes that; no torch.

job.json     what is to be made (explorer.video.plan)
status.json  state, frames done, heartbeat; replaced whole
frames/      finished frames as PNG, until the video is complete
stop         an empty file while the job is asked to stop
process.txt  what the process printed, tracebacks included
reserve      space that is given back when the disk is full, so that status can be written
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from explorer.codec import from_plain
from networks.atomic import write_atomic
from train.processes import host_name, is_working, start_mark

JOB, STATUS, FRAMES, STOP, PROCESS_LOG = "job.json", "status.json", "frames", "stop", "process.txt"
ACTIVE = ("starting", "rendering", "encoding")
RESERVE, RESERVE_BYTES = "reserve", 1 << 16
HEARTBEAT_EVERY_SECS = 1.0

STATES = {
    "new": "made, not started",
    "queued": "waits for its turn",
    "starting": "reading the model",
    "rendering": "rendering frames",
    "encoding": "writing the video",
    "finished": "the video is complete",
    "stopped": "ended on request; can be continued",
    "failed": "ended by a problem; the reason says which",
    "crashed": "the process is gone without a word; can be continued",
}


@dataclass(frozen=True)
class JobStatus:
    """What a job says about itself, at one moment.

    state:     a key of STATES; "crashed" is concluded here, never written by a job.
    reason:    why it failed, one sentence; "" = nothing to say.
    done, total: frames, of rendering or, while encoding, of encoding.
    rendered:  frames that this process has rendered; the others were there.
    eta_secs:  until the video is complete; None = not known.
    heartbeat, queued_at: seconds since 1970.
    """

    state: str = "new"
    reason: str = ""
    done: int = 0
    total: int = 0
    rendered: int = 0
    eta_secs: float | None = None
    pid: int = 0
    start_mark: str = ""
    host: str = ""
    heartbeat: float = 0.0
    queued_at: float = 0.0

    @property
    def is_active(self) -> bool:
        """True while a process works on the job."""
        return self.state in ACTIVE

    @property
    def progress(self) -> float:
        """Part done of the present state, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total > 0 else 0.0


def read_status(folder: Path) -> JobStatus:
    """Return a job's status; one whose process has gone without saying so is "crashed"."""
    try:
        data = json.loads((folder / STATUS).read_text("utf-8"))
        status = from_plain(JobStatus, data)
    except (OSError, ValueError):
        return JobStatus()
    if not status.is_active or is_working(
        status.pid, status.start_mark, status.host, status.heartbeat, time.time()
    ):
        return status
    reason = "The process is gone without a word: it was killed, or the machine went down."
    return replace(status, state="crashed", reason=reason, eta_secs=None)


def write_status(folder: Path, status: JobStatus) -> None:
    """Replace status.json."""
    write_atomic(folder / STATUS, json.dumps(asdict(status), allow_nan=False).encode())


def stop_wanted(folder: Path) -> bool:
    """Return whether a job is asked to stop."""
    return (folder / STOP).exists()


class StatusLog:
    """The writer of one job's status, with a thread that keeps the heart beating.

    Args:
        shown: called with every new status, for a command line that follows it.
    """

    def __init__(
        self, folder: Path, total: int, shown: Callable[[JobStatus], None] | None = None
    ) -> None:
        self._folder = folder
        self._shown = shown
        self._lock = threading.Lock()
        self._ended = threading.Event()
        pid = os.getpid()
        self._status = JobStatus(
            "starting", total=total, pid=pid, start_mark=start_mark(pid), host=host_name()
        )
        self._write()
        write_atomic(folder / RESERVE, os.urandom(RESERVE_BYTES))
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()

    @property
    def status(self) -> JobStatus:
        return self._status

    def update(self, **changes: Any) -> None:
        """Change fields; a new state is written at once, the rest with the next heartbeat."""
        with self._lock:
            new_state = changes.get("state", self._status.state) != self._status.state
            self._status = replace(self._status, **changes)
            if new_state:
                self._write()
        if self._shown is not None:
            self._shown(self._status)

    def end(self, state: str, reason: str = "") -> None:
        """Write the last status, whatever the disk says."""
        self._ended.set()
        self._heart.join()
        with contextlib.suppress(OSError):
            (self._folder / RESERVE).unlink()
        with contextlib.suppress(OSError):
            self.update(state=state, reason=reason, eta_secs=None)

    def _write(self) -> None:
        self._status = replace(self._status, heartbeat=time.time())
        write_status(self._folder, self._status)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_EVERY_SECS):
            with self._lock, contextlib.suppress(OSError):
                self._write()
