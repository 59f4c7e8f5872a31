"""The monitor without its window: reads in a thread, keeps the choice, passes requests on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from train import control
from train.monitor.choice import Choice, open_alarms, toggled
from train.monitor.reading import Reader
from train.monitor.snapshot import Snapshot

POLL_SECS = 1.0
PAUSE, RESUME, STOP_AFTER_TICK, STOP_NOW = "pause", "resume", "stop after tick", "stop now"
_ASK: dict[str, Callable[[Path], None]] = {
    PAUSE: control.pause,
    RESUME: control.resume,
    STOP_AFTER_TICK: control.stop_after_tick,
    STOP_NOW: control.stop_now,
}


class MonitorModel:
    """What is watched and what was picked.

    `snapshot` is replaced by the reading thread; everything else belongs to the window's thread.

    Args:
        folders: of runs, or single runs.
        choice:  what was picked when the monitor was last open.
        clock:   seconds since 1970.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        choice: Choice | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.snapshot = Snapshot(tuple(folders))
        self.choice = choice or Choice()
        self.notice = ""  # what went wrong last, for the banner
        self._reader, self._clock = Reader(folders), clock
        self._ended = threading.Event()
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._poll_forever, name="runs", daemon=True)

    def poll(self) -> Snapshot:
        """Read everything once."""
        self.snapshot = self._reader.read(self._clock())
        return self.snapshot

    def start(self) -> None:
        """Read again and again, in a thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; a read that hangs on a lost disk is left to itself."""
        self._ended.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def choose(self, **changes: Any) -> None:
        """Change the choice."""
        self.choice = replace(self.choice, **changes)

    def show(self, key: str, on: bool) -> None:
        """Add a run to the comparison, or take it out."""
        self.choose(shown=toggled(self.snapshot, self.choice, key, on))

    def dismiss_alarms(self) -> None:
        """Hide what the banner shows; the same thing happening again is shown again."""
        found = {alarm.identity for alarm in open_alarms(self.snapshot, self.choice)}
        self.choose(dismissed=self.choice.dismissed | found)
        self.notice = ""

    def ask(self, key: str, request: str) -> None:
        """Ask something of a run: one of PAUSE, RESUME, STOP_AFTER_TICK, STOP_NOW."""
        run = self.snapshot.find(key)
        if run is None:
            return
        try:
            _ASK[request](run.path)
            self.notice = ""
        except OSError as error:
            why = error.strerror or str(error)
            self.notice = f"{run.name}: the request could not be written ({why})."
        self._wanted.set()

    def _poll_forever(self) -> None:
        while not self._ended.is_set():
            started = time.monotonic()
            try:
                self.poll()
            except OSError as error:  # a disk that comes and goes: the next time may do
                folders = self.snapshot.folders
                sentence = f"The runs cannot be read just now: {error.strerror or error}."
                self.snapshot = replace(self.snapshot, folders=folders, problems=(sentence,))
            # A slow disk is not kept busy for more than half of the time.
            self._wanted.wait(max(POLL_SECS, time.monotonic() - started))
            self._wanted.clear()


def requests_open_to(state: str, paused: bool) -> tuple[str, ...]:
    """Return what can be asked of a run in this state; `paused` = a pause is asked for."""
    if state not in ("starting", "running", "paused"):
        return ()
    return (RESUME if paused or state == "paused" else PAUSE, STOP_AFTER_TICK, STOP_NOW)
