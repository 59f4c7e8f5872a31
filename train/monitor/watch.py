"""How long ago something changed, by this machine's clock alone.

The clock of another machine on a shared disk may be minutes off. So a heartbeat's age is the time
since it was seen to change, once it was; before that, there is only its own word.
"""

from __future__ import annotations

STALLED_SECS = 120.0
SLOWER = 5.0  # than its slowest step so far, and it counts as stalled


class HeartWatch:
    """The last sign of life of one run."""

    def __init__(self) -> None:
        self._value: float | None = None
        self._changed: float | None = None

    def age(self, heartbeat: float, now: float) -> float | None:
        """Return the seconds since the last heartbeat; None if there never was one."""
        if heartbeat <= 0:
            return None
        if self._value is not None and heartbeat != self._value:
            self._changed = now
        self._value = heartbeat
        return max(now - (heartbeat if self._changed is None else self._changed), 0.0)


class ProgressWatch:
    """Whether a running run gets on."""

    def __init__(self) -> None:
        self._value: tuple[str, float] | None = None
        self._changed = 0.0
        self._slowest = 0.0

    def stalled_secs(self, state: str, kimg: float, now: float) -> float | None:
        """Return for how long a running run has stood still if that is too long, else None."""
        value = (state, kimg)
        if self._value != value:
            if self._value is not None and self._value[0] == state == "running":
                self._slowest = max(self._slowest, now - self._changed)
            self._value, self._changed = value, now
        standing = now - self._changed
        limit = max(STALLED_SECS, SLOWER * self._slowest)
        return standing if state == "running" and standing > limit else None
