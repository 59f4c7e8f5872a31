"""The clock of a timeline that plays: true time in, the frame that is due out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.timeline.model import Timeline
from explorer.timeline_state import TimelineView, frame_at, played_frames


@dataclass(frozen=True)
class Clock:
    """Where playing is.

    secs: seconds from the timeline's start, between frames, too.
    back: whether a mirrored timeline plays backwards now.
    """

    secs: float = 0.0
    back: bool = False


def started(timeline: Timeline, view: TimelineView) -> tuple[Clock, TimelineView]:
    """Return clock and view of playing from the playhead on; from the start, at the end."""
    first, last = played_frames(timeline, view)
    if not first <= frame_at(timeline, view.playhead_secs) < last:
        view = replace(view, playhead_secs=first / timeline.fps)
    return Clock(view.playhead_secs), view


def advanced(
    timeline: Timeline, view: TimelineView, clock: Clock, elapsed_secs: float
) -> tuple[Clock, TimelineView]:
    """Let true time pass, and put the playhead on the frame that is due."""
    first, last = played_frames(timeline, view)
    start, end = first / timeline.fps, last / timeline.fps
    secs, back, playing = clock.secs + (-elapsed_secs if clock.back else elapsed_secs), False, True
    if timeline.playing == "loop":
        secs = start + (secs - start) % (end - start + 1 / timeline.fps)
    elif timeline.playing == "mirror":
        secs, back = _reflected(secs, start, end, clock.back)
    elif secs >= end:
        secs, playing = end, False
    frame = min(max(frame_at(timeline, secs), first), last)
    view = replace(view, playhead_secs=frame / timeline.fps, playing=playing)
    return Clock(secs, back), view


def sound_secs(timeline: Timeline, view: TimelineView, clock: Clock) -> float | None:
    """Return which second of the sound is due now; None while nothing plays."""
    if timeline.sound is None or not view.playing:
        return None
    secs = clock.secs
    if clock.back:  # the sound goes on where a mirrored picture turns round
        secs = 2 * played_frames(timeline, view)[1] / timeline.fps - secs
    return timeline.sound.offset_secs + secs


def _reflected(secs: float, start: float, end: float, back: bool) -> tuple[float, bool]:
    """Return a time that left start..end as one that turned round there, and the direction."""
    length = end - start
    if length <= 0:
        return start, False
    way = secs - start if not back else 2 * length - (secs - start)
    way %= 2 * length
    return (end - (way - length), True) if way >= length else (start + way, False)
