"""One thread for everything slow: requests and jobs in, reports out, errors become values.

The window submits the request its settings describe; only the newest waits (`Mailbox`). What runs
is finished, so that a drag shows pictures all along, unless the model changes or the window closes.
A picture ahead of its time, which nobody waits for, gives way to any other at once.
A picture that takes long has a preview first; then it is given up for a newer request, which has a
preview, too: something new is shown all along.
Jobs advance one unit at a time while no request waits, and for a while every JOB_SECS where
requests never end: a timeline that plays must not keep its own previews from being prepared.

A comparison has a second picture, of the same request under another model: it comes when the first
is done and gives way to the next first one, but not for longer than OTHER_SECS.

torch is first imported in this thread, by the engine.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from explorer.arrays import ArrayStore
from explorer.messages import Job, ModelLoaded, OtherResult, Report
from explorer.render.device import lower_thread_priority
from explorer.render.engine import Engine, KeepGoing, Superseded, Units
from explorer.render.job_labels import error_value
from explorer.render.job_queue import JOB_SLICE_SECS, JobQueue
from explorer.render.limits import Limits
from explorer.render.mailbox import Mailbox
from explorer.request import RenderRequest, RenderResult

EngineFactory = Callable[[], Engine]
OTHER_SECS = 0.25
WAKE_SECS = 0.05  # between two of the window's frames while a picture grows


class Worker:
    """The thread, its mailbox, its queue of jobs and what it has to report.

    Args:
        arrays: where saved latents are found.
        wake:   called from the thread whenever a report arrives; must be quick.
        places: called in the thread for files and folders to search for models.
        limits: called in the thread for what a picture may cost.
        engine: makes what renders, in the thread; None = torch.
    """

    def __init__(
        self,
        arrays: ArrayStore,
        wake: Callable[[], None],
        *,
        places: Callable[[], Sequence[str]] = tuple,
        limits: Callable[[], Limits] = Limits,
        engine: EngineFactory | None = None,
    ) -> None:
        self._wake = wake
        self._make_engine = engine or _torch_engine(arrays, places, limits)
        self._condition = threading.Condition(threading.RLock())
        self._mailbox: Mailbox[RenderRequest] = Mailbox(self._condition)
        self._reports: deque[Report] = deque()
        self._jobs = JobQueue(self._condition, self._report, lambda: self._closing)
        self._rendering: RenderRequest | None = None
        self._ahead: RenderRequest | None = None  # the newest one that was asked for ahead
        self._rendering_ahead = False
        self._answered: RenderRequest | None = None  # by a picture or by an error
        self._answer_failed = False
        self._other: RenderRequest | None = None
        self._other_answered: RenderRequest | None = None
        self._other_since = 0.0  # when it began to wait
        self._rendering_other = False
        self._closing = False
        self._engine: Engine | None = None
        self._woken_secs = self._picture_secs = 0.0
        self._thread = threading.Thread(target=self._main, name="render", daemon=True)

    def start(self) -> None:
        self._thread.start()

    # What the window calls.

    def submit(self, request: RenderRequest, *, ahead: bool = False) -> None:
        """Ask for a picture, in place of a request that still waits.

        May be called every frame: what is already answered or on its way costs nothing.

        Args:
            ahead: nobody waits for it: it has no preview, and gives way to what is waited for.
        """
        with self._condition:
            if ahead:
                self._ahead = request
            elif request == self._ahead:
                self._ahead, self._rendering_ahead = None, False
            waiting = self._mailbox.peek()
            newest = waiting or self._rendering or self._answered
            if request != newest:
                self._mailbox.put(request)

    def forget(self) -> None:
        """Note that the newest answer is no longer on screen: asked for again, it is made again."""
        with self._condition:
            if not self._answer_failed:
                self._answered = None

    def submit_other(self, request: RenderRequest | None) -> None:
        """Ask for the second picture of a comparison; None ends the comparison.

        May be called every frame, as `submit`.
        """
        with self._condition:
            if request == self._other:
                return
            if not self._other_waits():
                self._other_since = time.monotonic()
            self._other = request
            if request is None:
                self._other_answered = None
            self._condition.notify_all()

    def enqueue(self, job: Job, *, replace_kind: bool = False) -> int:
        """Queue a job and return its number; `replace_kind` cancels older ones of its type."""
        return self._jobs.put(job, replace_kind=replace_kind)

    def cancel(self, job_id: int) -> None:
        """Stop a job: at once if it waits, otherwise before its next unit or network step."""
        self._jobs.cancel(job_id)

    def poll(self) -> list[Report]:
        """Return what has been reported since the last call, oldest first."""
        with self._condition:
            reports = list(self._reports)
            self._reports.clear()
            return reports

    @property
    def rendering(self) -> bool:
        """Whether a picture that is waited for is still to come."""
        with self._condition:
            rendering = self._rendering is not None and not self._rendering_ahead
            return rendering or self._mailbox.peek() not in (None, self._ahead)

    @property
    def progress(self) -> float | None:
        """How much of the picture under way is done, 0..1; None while there is none."""
        with self._condition:
            if self._rendering is None or self._rendering_ahead or self._engine is None:
                return None
            return self._engine.progress

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits, pictures or jobs."""
        with self._condition:
            other = self._rendering_other or self._other_waits()
            pictures = self._rendering is not None or self._mailbox.peek() is not None
            return pictures or other or bool(self._jobs)

    def close(self, timeout_secs: float) -> bool:
        """Stop after the running network step. Return False if it takes longer than the timeout.

        The caller then ends the process without waiting: a thread inside one long call of torch
        cannot be stopped.
        """
        with self._condition:
            self._closing = True
            self._mailbox.close()
            self._condition.notify_all()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_secs)
        return not self._thread.is_alive()

    # The thread.

    def _main(self) -> None:
        lower_thread_priority()
        try:
            engine = self._make_engine()
        except Exception as error:  # Without an engine every request is answered by why.
            engine = _BrokenEngine(error)
        with self._condition:
            self._engine = engine
        while True:
            with self._condition:
                self._condition.wait_for(self._has_work)
                if self._closing:
                    break
                starved = self._jobs.starved
                late = not starved and self._other_is_late()
                request = self._rendering = None if late or starved else self._mailbox.take()
                self._rendering_ahead = request is not None and request == self._ahead
                waits = request is None and not starved and self._other_waits()
                other = self._other if waits else None
                self._rendering_other = other is not None
                free = request is None and other is None
                entry = self._jobs.start_first() if free else None
            if request is not None:
                self._render(engine, request)
            elif other is not None:
                self._render_other(engine, other, patient=late)
                with self._condition:
                    self._rendering_other = False
            elif entry is not None:
                low, high = JOB_SLICE_SECS
                secs = min(max(self._picture_secs, low), high) if starved else 0.0
                self._jobs.run_units(engine, entry, secs)
        self._jobs.close()

    def _has_work(self) -> bool:
        waits = self._mailbox.peek() is not None or self._other_waits()
        return self._closing or waits or bool(self._jobs)

    def _other_waits(self) -> bool:
        return self._other is not None and self._other != self._other_answered

    def _other_is_late(self) -> bool:
        """Whether the second picture has given way for long enough."""
        return self._other_waits() and time.monotonic() - self._other_since > OTHER_SECS

    def _render(self, engine: Engine, request: RenderRequest) -> None:
        result: RenderResult | None = None
        started = time.monotonic()
        if request != self._answered:
            try:
                rough = None
                if not self._rendering_ahead:
                    rough = engine.preview(request, self._wanted(request))
                if rough is not None:
                    self._report(rough)
                result = engine.render(request, self._wanted(request, previewed=rough is not None))
            except Superseded:
                pass
            except Exception as error:  # The one place where render errors become values.
                result = RenderResult(request, error=error_value(error))
        self._picture_secs = time.monotonic() - started
        with self._condition:
            self._rendering = None
            if result is not None and not self._rendering_ahead:
                self._answered = request
                self._answer_failed = result.error is not None
        if result is not None:
            self._report(result)

    def _render_other(self, engine: Engine, request: RenderRequest, *, patient: bool) -> None:
        """Render the second picture; unless the first one is `patient`, it is given way to."""

        def keep_going() -> bool:
            with self._condition:
                wanted = self._other is not None and self._other.model == request.model
                return not self._closing and wanted and (patient or self._mailbox.peek() is None)

        try:
            result = engine.render_other(request, keep_going)
        except Superseded:
            return
        except Exception as error:  # Render errors become values here, too.
            result = RenderResult(request, error=error_value(error))
        with self._condition:
            self._other_answered, self._other_since = request, time.monotonic()
        self._report(OtherResult(result))

    def _wanted(self, request: RenderRequest, *, previewed: bool = False) -> KeepGoing:
        """Return what tells whether `request` is worth finishing.

        Until model or device change; once its preview has been shown, until anything newer waits.
        """

        def keep_going() -> bool:
            self._wake_for_progress()
            with self._condition:
                waiting = self._mailbox.peek()
                if self._closing or waiting is None:
                    return not self._closing
                if self._rendering_ahead and waiting != self._ahead:
                    return False
                return not previewed and (
                    (waiting.model.sha256, waiting.compute)
                    == (request.model.sha256, request.compute)
                )

        return keep_going

    def _wake_for_progress(self) -> None:
        now = time.monotonic()
        if now - self._woken_secs >= WAKE_SECS:
            self._woken_secs = now
            self._wake()

    def _report(self, report: Report) -> None:
        with self._condition:
            if isinstance(report, ModelLoaded) and self._answer_failed:
                self._answered = None  # what failed may be asked again
            self._reports.append(report)
        self._wake()


class _BrokenEngine:
    """Answers everything with the error that kept the real engine from starting."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    progress = 0.0

    def preview(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult | None:
        raise self._error

    def render(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        raise self._error

    def render_other(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        raise self._error

    def units(self, job_id: int, job: Job, keep_going: KeepGoing) -> Units:
        raise self._error
        yield


def _torch_engine(
    arrays: ArrayStore, places: Callable[[], Sequence[str]], limits: Callable[[], Limits]
) -> EngineFactory:
    def make() -> Engine:
        from explorer.render.torch_engine import TorchEngine

        return TorchEngine(arrays, places, limits)

    return make
