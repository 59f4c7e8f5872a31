"""One slow thing about a new run at a time, in a thread, with progress and cancel."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeVar

from explorer.training_state import Work
from train.data.parallel import ImportProgress
from train.errors import Cancelled

T = TypeVar("T")
Kind = Literal["examine", "import", "estimate", "start"]


class Ticket:
    """What work is given: where it tells its progress, and how it learns that it is not wanted."""

    def __init__(self, work: Work, wake: Callable[[], None]) -> None:
        self.work = work
        self._wake = wake
        self._cancelled = threading.Event()

    def progress(self, told: ImportProgress) -> None:
        """Take what an import tells."""
        self.work = replace(
            self.work, text=told.stage, done=told.done, total=told.total, eta_secs=told.eta_secs
        )
        self._wake()

    def cancel(self) -> None:
        self._cancelled.set()

    def cancelled(self) -> bool:
        return self._cancelled.is_set()


class TrainingWork:
    """Runs one thing at a time; a new one takes the place of the old.

    Args:
        wake: called from the thread when there is something to see.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._ticket: Ticket | None = None
        self._outcomes: queue.SimpleQueue[tuple[Ticket, Callable[[], None]]] = queue.SimpleQueue()

    @property
    def current(self) -> Work | None:
        return self._ticket.work if self._ticket is not None else None

    def start(
        self,
        kind: Kind,
        text: str,
        work: Callable[[Ticket], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Do `work` in a thread; `then` or `failed` is called by a later `poll`."""
        self.cancel()
        ticket = self._ticket = Ticket(Work(kind, text), self._wake)

        def main() -> None:
            try:
                value = work(ticket)
            except Exception as error:  # The one place where errors of work become values.
                caught = error
                self._outcomes.put((ticket, lambda: failed(caught)))
            else:
                self._outcomes.put((ticket, lambda: then(value)))
            self._wake()

        threading.Thread(target=main, name=f"training-{kind}", daemon=True).start()

    def cancel(self) -> None:
        """Forget the work under way; what it still says is not heard."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def poll(self) -> None:
        """Handle what has been done since the last call."""
        while not self._outcomes.empty():
            ticket, outcome = self._outcomes.get_nowait()
            if ticket is self._ticket:
                self._ticket = None
                outcome()


def said_of(error: Exception) -> str:
    """Return the sentence of an error; "" if the person stopped it."""
    return "" if isinstance(error, Cancelled) else (str(error) or type(error).__name__)
