"""The worker's jobs: one after the other, unit by unit, while the window may cancel any of them."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from explorer.messages import Job, JobUpdate, Report
from explorer.render.engine import Engine, Progress, Superseded, Units
from explorer.render.job_labels import error_value, eta_secs, job_label

JOB_SECS = 1.0  # after which a job goes on although requests wait,
JOB_SLICE_SECS = (0.1, 0.5)  # for about as long as a picture takes, within these bounds


@dataclass(eq=False)
class Entry:
    """A job on its way. The lock guards `started` and `cancelled`; the thread has the rest."""

    update: JobUpdate
    units: Units | None = None
    spent_secs: float = 0.0
    started: bool = False  # from then on only the thread removes it from the queue
    cancelled: bool = False
    ended: bool = False


class JobQueue:
    """Jobs in the order they were asked for; safe to use from any thread, except `run_units`.

    Args:
        condition: the worker's; told when there is something new.
        report:    takes what is to be said, from any thread.
        closing:   whether the worker ends; asked between the steps of a unit.
    """

    def __init__(
        self,
        condition: threading.Condition,
        report: Callable[[Report], None],
        closing: Callable[[], bool],
    ) -> None:
        self._condition, self._report, self._closing = condition, report, closing
        self._entries: deque[Entry] = deque()
        self._ids = itertools.count(1)
        self._since = 0.0  # when the first one last went on, or began to wait

    def __bool__(self) -> bool:
        with self._condition:
            return bool(self._entries)

    @property
    def starved(self) -> bool:
        """Whether a job has given way for long enough."""
        with self._condition:
            return bool(self._entries) and time.monotonic() - self._since > JOB_SECS

    def put(self, job: Job, *, replace_kind: bool) -> int:
        """Queue a job and return its number; `replace_kind` cancels older ones of its type."""
        with self._condition:
            if replace_kind:
                for entry in tuple(self._entries):
                    if type(entry.update.job) is type(job):
                        self.cancel(entry.update.job_id)
            job_id = next(self._ids)
            entry = Entry(JobUpdate(job_id, job, "waiting", job_label(job)))
            if not self._entries:
                self._since = time.monotonic()
            self._entries.append(entry)
            self._condition.notify_all()
        self._report(entry.update)
        return job_id

    def cancel(self, job_id: int) -> None:
        """Stop a job: at once if it waits, otherwise before its next unit or network step."""
        with self._condition:
            for entry in tuple(self._entries):
                if entry.update.job_id != job_id or entry.cancelled:
                    continue
                entry.cancelled = True
                if not entry.started:
                    self._entries.remove(entry)
                    self._report(replace(entry.update, state="cancelled"))

    def start_first(self) -> Entry | None:
        """Return the job that is due and mark it as the thread's; None if there is none."""
        with self._condition:
            if not self._entries:
                return None
            self._entries[0].started = True
            return self._entries[0]

    def run_units(self, engine: Engine, entry: Entry, secs: float = 0.0) -> None:
        """Run one unit of a job and report it, and more until `secs` are over."""
        end = time.monotonic() + secs
        try:
            self._run_unit(engine, entry)
            while not (entry.ended or self._closing()) and time.monotonic() < end:
                self._run_unit(engine, entry)
        finally:
            with self._condition:
                self._since = time.monotonic()

    def close(self) -> None:
        """Clean up after what was in the middle; the thread runs nothing any more."""
        for entry in self._entries:
            if entry.units is not None:
                entry.units.close()

    def _run_unit(self, engine: Engine, entry: Entry) -> None:
        if entry.cancelled:
            self._finish(entry, replace(entry.update, state="cancelled", eta_secs=None))
            return
        started = time.perf_counter()
        update = entry.update
        try:
            if entry.units is None:
                entry.update = replace(update, state="running")
                entry.units = engine.units(
                    update.job_id, update.job, lambda: not (self._closing() or entry.cancelled)
                )
                self._report(entry.update)
                return
            unit = next(entry.units)
        except StopIteration as end:
            done = replace(update, state="done", eta_secs=0.0, outcome=end.value or "")
            self._finish(entry, replace(done, done=max(update.done, update.total)))
            return
        except Superseded:
            self._finish(entry, replace(update, state="cancelled", eta_secs=None))
            return
        except Exception as error:  # The one place where job errors become values.
            failed = replace(update, state="failed", eta_secs=None, error=error_value(error))
            self._finish(entry, failed)
            return
        entry.spent_secs += time.perf_counter() - started
        if isinstance(unit, Progress):
            entry.update = replace(
                update,
                label=unit.note or job_label(update.job),
                done=unit.done,
                total=unit.total,
                eta_secs=eta_secs(entry.spent_secs, unit.done, unit.total),
            )
            self._report(entry.update)
        else:
            self._report(unit)

    def _finish(self, entry: Entry, update: JobUpdate) -> None:
        if entry.units is not None:
            entry.units.close()
        with self._condition:
            entry.ended = True
            self._entries.remove(entry)
        self._report(update)
