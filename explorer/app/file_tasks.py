"""Reading and writing files in one thread, so that a slow disk never holds up a frame."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Task = Callable[[], Any]


class FileTasks:
    """Runs tasks in the order they come; their outcomes are handled on the window's thread.

    Args:
        wake: called from the thread when an outcome waits.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._tasks: queue.SimpleQueue[Callable[[], Callable[[], None]] | None] = (
            queue.SimpleQueue()
        )
        self._outcomes: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._main, name="files", daemon=True)
        self._thread.start()

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Do `work` in the thread; `then` or `failed` is called by a later `poll`."""

        def task() -> Callable[[], None]:
            try:
                value = work()
            except Exception as error:  # The one place where a task's errors become values.
                caught = error
                return lambda: failed(caught)
            return lambda: then(value)

        self._tasks.put(task)

    def poll(self) -> None:
        """Handle what has been done since the last call."""
        while not self._outcomes.empty():
            self._outcomes.get_nowait()()

    def close(self, timeout_secs: float) -> bool:
        """Finish what was asked for; False if that takes longer than the timeout."""
        self._tasks.put(None)
        self._thread.join(timeout_secs)
        return not self._thread.is_alive()

    def _main(self) -> None:
        while True:
            task = self._tasks.get()
            if task is None:
                return
            self._outcomes.put(task())
            self._wake()
