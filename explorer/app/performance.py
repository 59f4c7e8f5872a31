"""What is done while the canvas is recorded, kept until it goes on the timeline."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.live_state import PerformanceState
from explorer.settings import Settings
from explorer.timeline.performance import Moment, performed

if TYPE_CHECKING:
    from explorer.app.controller import Controller

MAX_MOMENTS = 200_000  # of nearly an hour in which every frame changes something


class Performance:
    """Settings and their times, from the start of a recording to its end.

    Args:
        fps:     of the timeline it may become.
        running: whether it takes notes.
    """

    def __init__(self, fps: float = 30.0, *, running: bool = False) -> None:
        self.running = running
        self._fps = fps
        self._start_secs = time.monotonic()
        self._secs = 0.0
        self._moments: list[Moment] = []

    def note(self, settings: Settings) -> None:
        """Take the settings on screen now; the same ones again change nothing."""
        if not self.running or (self._moments and self._moments[-1].settings is settings):
            return
        secs = time.monotonic() - self._start_secs if self._moments else 0.0
        self._moments.append(Moment(secs, settings))
        if len(self._moments) >= MAX_MOMENTS:
            self.end()

    def end(self) -> None:
        """Take no further notes."""
        if self.running:
            self.running = False
            self._secs = time.monotonic() - self._start_secs

    def state(self) -> PerformanceState | None:
        """What widgets may know; None while it runs and where nothing was done."""
        if self.running or len(self._moments) < 2:
            return None
        return PerformanceState(self._secs, len(self._moments) - 1)

    def to_timeline(self, app: Controller) -> None:
        """Fill the timeline with it, as one edit; keys are found in the thread for files."""
        if self.running or len(self._moments) < 2:
            return
        moments, secs, fps = tuple(self._moments), self._secs, self._fps

        def done(found: tuple[Settings, tuple[str, ...]]) -> None:
            settings, left_out = found
            now = app.history.current
            app.timeline.pause()
            app.apply(
                replace(settings, library=now.library, compute=now.compute), "Put on the timeline"
            )
            app.timeline.move(0.0)
            app.show_panels["Timeline"] = True
            keys = sum(len(track.keys) for track in settings.timeline.tracks)
            count = len(settings.timeline.tracks)
            tracks = "1 track" if count == 1 else f"{count} tracks"
            sentence = f"The timeline plays what you did: {keys:,} keys on {tracks}"
            if left_out:
                sentence += f"; it cannot move {', '.join(left_out)}"
            app.notices.say(sentence, "warning" if left_out else "good")

        app.files.run(lambda: performed(moments, secs, fps), done, app.say_error)
