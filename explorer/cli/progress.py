"""Progress on stderr: one line that renews itself on a terminal, few lines elsewhere."""

from __future__ import annotations

import sys
import time

_PLAIN_EVERY_SECS = 5.0


class Progress:
    """Counts `done` of `total` and estimates the rest.

    Args:
        label: "Rendering".
        total: how many there are.
    """

    def __init__(self, label: str, total: int) -> None:
        self._label = label
        self._total = total
        self._started = time.monotonic()
        self._shown = self._started
        self._terminal = sys.stderr.isatty()

    def update(self, done: int) -> None:
        """Show that `done` are finished."""
        now = time.monotonic()
        last = done >= self._total
        if not self._terminal and not last and now - self._shown < _PLAIN_EVERY_SECS:
            return
        self._shown = now
        secs = now - self._started
        rest = f"done in {time_text(secs)}"
        if not last:
            left = secs / done * (self._total - done) if done else None
            rest = "" if left is None else f"about {time_text(left)} left"
        text = f"{self._label} {done}/{self._total}, {rest}".rstrip(", ")
        if self._terminal:
            sys.stderr.write(f"\r{text}\x1b[K" + ("\n" if last else ""))
        else:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()


def time_text(secs: float) -> str:
    """Return a duration as people say it: "0.8 s", "42 s", "3 min 05 s", "2 h 10 min"."""
    if secs < 10:
        return f"{secs:.1f} s"
    if secs < 60:
        return f"{secs:.0f} s"
    minutes, seconds = divmod(round(secs), 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
