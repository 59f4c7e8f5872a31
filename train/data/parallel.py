"""Work over many pictures on all cores it is given, results in order, stoppable at any time.

Threads do: decoding, resizing, hashing and compressing release Python's lock.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from train.errors import Cancelled

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is.

    stage:     what is being done: "Looking at pictures", "Writing pictures".
    eta_secs:  estimated rest of this stage; None while nothing is known.
    """

    stage: str
    done: int
    total: int
    eta_secs: float | None = None


OnProgress = Callable[[ImportProgress], None]
IsCancelled = Callable[[], bool]


class ProgressMeter:
    """Counts what is done, estimates the rest and notices that the person has had enough.

    Args:
        on_progress: called at most ten times a second, and with the last.
        cancelled:   asked after every picture.
    """

    def __init__(
        self,
        stage: str,
        total: int,
        on_progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> None:
        self.done = 0
        self._stage, self._total = stage, total
        self._on_progress, self._cancelled = on_progress, cancelled
        self._started = self._shown = time.monotonic()

    def step(self) -> None:
        """Count one more; raises Cancelled."""
        self.check()
        self.done += 1
        now = time.monotonic()
        last = self.done >= self._total
        if self._on_progress is None or (not last and now - self._shown < 0.1):
            return
        self._shown = now
        secs = now - self._started
        eta = secs / self.done * max(self._total - self.done, 0)
        self._on_progress(ImportProgress(self._stage, self.done, self._total, eta))

    def check(self) -> None:
        """Raise Cancelled if the person stopped it."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("Stopped; nothing was written")


def ordered_map(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> Generator[Result]:
    """Yield work(item) in the items' order, some ahead in threads; memory stays bounded.

    Args:
        threads: None = one per core this process may use.
    """
    count = threads if threads is not None else usable_cores()
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(count, thread_name_prefix="pictures")
    try:
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) > 2 * count:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(items, Generator):
            items.close()


def usable_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return max(len(os.sched_getaffinity(0)), 1)
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
