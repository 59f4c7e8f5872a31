"""Pictures on their way from the window to an encoder: few, in order, the newest always there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Fetch = Callable[[], NDArray[np.uint8]]  # [H, W, 4]; may fetch them from a GPU


@dataclass(frozen=True, eq=False)
class Waiting:
    """A picture and the first frame that shows it."""

    first: int
    fetch: Fetch


class Backlog:
    """At most `limit` pictures; for one thread at a time.

    dropped: pictures that frames would have shown, had there been room.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[Waiting] = deque()
        self.dropped = 0

    def put(self, first: int, fetch: Fetch) -> None:
        """Add the newest picture. Where there is no room it takes the place of the one before.

        So what is on screen last is in the file last, and the gap shows what was there before it.
        """
        if self._waiting and self._waiting[-1].first >= first:
            self._waiting.pop()  # no frame would show it
        elif len(self._waiting) >= self._limit:
            self._waiting.pop()
            self.dropped += 1
        self._waiting.append(Waiting(first, fetch))

    @property
    def next(self) -> Waiting | None:
        """The oldest picture."""
        return self._waiting[0] if self._waiting else None

    def take(self) -> Waiting:
        return self._waiting.popleft()
