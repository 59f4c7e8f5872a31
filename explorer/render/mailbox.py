"""A one-slot mailbox in which the newest message wins."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Message = TypeVar("Message")


class Mailbox(Generic[Message]):
    """Holds at most one message; putting another replaces it. Safe to use from any thread.

    `condition` guards the slot. Whoever waits for more than this mailbox (the worker also waits for
    jobs) shares one condition with it.
    """

    def __init__(self, condition: threading.Condition | None = None) -> None:
        self.condition = condition or threading.Condition()
        self._message: Message | None = None
        self._open = True

    @property
    def open(self) -> bool:
        with self.condition:
            return self._open

    def put(self, message: Message) -> bool:
        """Replace what waits. Return False, and keep nothing, once the mailbox is closed."""
        with self.condition:
            if not self._open:
                return False
            self._message = message
            self.condition.notify_all()
            return True

    def peek(self) -> Message | None:
        """Return what waits without taking it."""
        with self.condition:
            return self._message

    def take(self, timeout_secs: float | None = 0.0) -> Message | None:
        """Take what waits, at most after `timeout_secs` (None = for ever).

        Returns None if nothing came in time, or when the mailbox is closed.
        """
        with self.condition:
            self.condition.wait_for(
                lambda: self._message is not None or not self._open, timeout_secs
            )
            message, self._message = self._message, None
            return message

    def close(self) -> None:
        """Drop what waits and wake everybody who waits; later messages are refused."""
        with self.condition:
            self._open = False
            self._message = None
            self.condition.notify_all()
