"""Frames of the timeline that the worker makes before they are due."""

from __future__ import annotations

import time
from collections import deque

from explorer.app.timeline_frames import FrameCache
from explorer.request import RenderRequest, RenderResult
from explorer.timeline.model import Timeline
from explorer.timeline_state import TimelineView, frame_at, played_frames

_REST_SECS = 1.0  # after which frames are made ahead


class FramesAhead:
    """Which frame comes next while it plays, and at rest while the panel is seen.

    waits: whether frames of the window must go on for it.
    """

    def __init__(self, frames: FrameCache) -> None:
        self._frames = frames
        self._made: deque[RenderRequest] = deque(maxlen=4)  # the newest asked for ahead
        self._resting: tuple[RenderRequest | None, float] = (None, 0.0)  # what is shown, since when
        self.waits = False

    def next(
        self, shown: RenderRequest, timeline: Timeline, view: TimelineView, *, free: bool
    ) -> RenderRequest | None:
        """Return a later frame that the worker may make; None once no more can be kept.

        Args:
            shown: what is on screen, exactly.
            free:  whether the worker has nothing else to do, and the panel is seen.
        """
        now = time.monotonic()
        if shown != self._resting[0]:
            self._resting = shown, now
        self.waits = False
        if timeline.empty or self._frames.full:
            return None
        frame = frame_at(timeline, view.playhead_secs)
        missing = self._frames.missing(frame, *played_frames(timeline, view))
        if not view.playing:
            self.waits = missing is not None and free
            if not self.waits or now - self._resting[1] < _REST_SECS:
                return None
        if missing is not None and missing not in self._made:
            self._made.append(missing)
        return missing

    def made(self, result: RenderResult, request: RenderRequest | None) -> bool:
        """Whether a picture is for later and not to be shown now."""
        return result.error is None and result.request != request and result.request in self._made
