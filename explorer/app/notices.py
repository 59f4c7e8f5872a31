"""What the window tells the user in passing, and the log behind it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Level = Literal["info", "good", "warning", "bad"]

SHOWN_SECS = {"info": 5.0, "good": 6.0, "warning": 10.0, "bad": 15.0}
MAX_SHOWN = 4
_LOG_LEVELS = {"info": "INFO", "good": "INFO", "warning": "WARNING", "bad": "ERROR"}


@dataclass(frozen=True)
class Notice:
    """One sentence; `reveal` is a file or folder its button shows in the file manager."""

    text: str
    level: Level = "info"
    reveal: str = ""
    since_secs: float = 0.0


class Notices:
    """Owns the notices on screen and the lines of the log; any thread may log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shown: list[Notice] = []
        self._lines: deque[str] = deque(maxlen=2000)
        self._lock = threading.Lock()
        self._said: set[str] = set()

    def say(self, text: str, level: Level = "info", *, reveal: str = "", details: str = "") -> None:
        """Show one sentence, newest last; the same sentence again only renews it."""
        self.log(f"{_LOG_LEVELS[level]}: {text}")
        if details:
            self.log(details.rstrip())
        self._shown = [notice for notice in self._shown if notice.text != text]
        self._shown.append(Notice(text, level, reveal, self._clock()))
        del self._shown[:-MAX_SHOWN]

    def say_once(self, key: str, text: str, level: Level = "bad", *, details: str = "") -> None:
        """Show a sentence unless `key` was shown before: for what fails in every frame."""
        if key not in self._said:
            self._said.add(key)
            self.say(text, level, details=details)

    def shown(self) -> tuple[Notice, ...]:
        """Return what is on screen now, oldest first."""
        now = self._clock()
        self._shown = [n for n in self._shown if now - n.since_secs < SHOWN_SECS[n.level]]
        return tuple(self._shown)

    def dismiss(self, notice: Notice | None = None) -> None:
        """Take one notice away, or all of them."""
        self._shown = [] if notice is None else [n for n in self._shown if n != notice]

    def log(self, text: str) -> None:
        stamp = time.strftime("%H:%M:%S")
        with self._lock:
            self._lines.extend(f"{stamp}  {line}" for line in text.splitlines())

    def lines(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._lines)


class NoticeLogHandler(logging.Handler):
    """Passes the program's own log records to the log window."""

    def __init__(self, notices: Notices) -> None:
        super().__init__(logging.INFO)
        self._notices = notices

    def emit(self, record: logging.LogRecord) -> None:
        self._notices.log(f"{record.levelname}: {record.getMessage()}")
