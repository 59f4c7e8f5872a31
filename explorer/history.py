"""Undo and redo: the only owner of the current `Settings`.

A drag is one edit: while a change is not settled (mouse down, a field being typed in) it replaces
the pending edit instead of adding one. Motion is one edit, too, until it stops; what is changed by
hand meanwhile is an edit of its own, so that undoing it does not undo the way that was travelled.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.animation import moved_along
from explorer.describe import describe_change
from explorer.settings import Settings

MAX_ENTRIES = 500


@dataclass(frozen=True)
class Entry:
    label: str
    settings: Settings


class History:
    """A list of settings with a position; everything after the position can be redone."""

    def __init__(self, settings: Settings, label: str = "Start") -> None:
        self._entries = [Entry(label, settings)]
        self._index = 0
        self._pending: Settings | None = None
        self._touched = False  # whether the pending edit is by hand, not by motion

    @property
    def current(self) -> Settings:
        """What is on screen: the pending edit, else the entry at the position."""
        return self._entries[self._index].settings if self._pending is None else self._pending

    @property
    def index(self) -> int:
        return self._index

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(entry.label for entry in self._entries)

    @property
    def can_undo(self) -> bool:
        return self._index > 0 or self._pending is not None

    @property
    def can_redo(self) -> bool:
        return self._index + 1 < len(self._entries) and self._pending is None

    def propose(self, settings: Settings, *, settled: bool) -> None:
        """Take this frame's settings; they become an entry once the hand is off (`settled`)."""
        if settings.animation.running:
            if not self._touched and settings != moved_along(self.current, settings):
                self.settle()
                self._touched = True
            settled = settled and self._touched
        self._take(settings, settled=settled)

    def _take(self, settings: Settings, *, settled: bool) -> None:
        base = self._entries[self._index].settings
        if not settled:
            self._pending = None if settings == base else settings
            return
        start = moved_along(base, settings) if self._touched else base
        self._pending, self._touched = None, False
        if settings != base:
            self._append(Entry(describe_change(start, settings), settings))

    def push(self, settings: Settings, label: str) -> None:
        """Add one edit under its own label; a pending one becomes an entry of its own first."""
        self.settle()
        if settings != self.current:
            self._append(Entry(label, settings))

    def settle(self) -> None:
        """Turn the pending edit, if any, into an entry."""
        if self._pending is not None:
            self._take(self._pending, settled=True)

    def replace_current(self, settings: Settings) -> None:
        """Change the current entry in place: for what is not an edit (a model found elsewhere)."""
        self.settle()
        entry = self._entries[self._index]
        self._entries[self._index] = Entry(entry.label, settings)

    def undo(self) -> None:
        self.settle()
        self._index = max(0, self._index - 1)

    def redo(self) -> None:
        self.settle()
        self._index = min(len(self._entries) - 1, self._index + 1)

    def go_to(self, index: int) -> None:
        """Move to an entry of `labels`; IndexError outside them."""
        self.settle()
        if not 0 <= index < len(self._entries):
            raise IndexError(f"history has {len(self._entries)} entries, got index {index}")
        self._index = index

    def _append(self, entry: Entry) -> None:
        del self._entries[self._index + 1 :]
        self._entries.append(entry)
        surplus = len(self._entries) - MAX_ENTRIES
        if surplus > 0:
            del self._entries[:surplus]
        self._index = len(self._entries) - 1
