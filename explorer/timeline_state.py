"""How the timeline is looked at and played: belongs to the window, never to undo or a session."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.settings import Settings
from explorer.timeline.edit import CopiedKey, DrivenBy, KeyName
from explorer.timeline.heard import Driven
from explorer.timeline.model import Timeline
from explorer.timeline.values import TrackValues


@dataclass(frozen=True)
class TimelineView:
    """What the panel changes besides keys.

    playhead_secs: on a frame, from 0 to `last_secs`.
    start_secs:    the time at the left edge.
    visible_secs:  how much time the width shows; 0 = all of it.
    range_secs:    what is played, first and last time; None = everything.
    stretch:       whether a change of the length stretches the keys' times.
    auto_key:      whether a change of something that moves sets the key at the playhead.
    sound_on:      whether the sound is heard while it plays.
    look:          the look that was kept to fade from.
    """

    playhead_secs: float = 0.0
    selected: tuple[KeyName, ...] = ()
    copied: tuple[CopiedKey, ...] = ()
    start_secs: float = 0.0
    visible_secs: float = 0.0
    range_secs: tuple[float, float] | None = None
    playing: bool = False
    snap: bool = True
    stretch: bool = False
    auto_key: bool = False
    sound_on: bool = True
    look: Settings | None = None


@dataclass(frozen=True, eq=False)
class SoundState:
    """The timeline's sound.

    curves:  as Sound.curves names them; None without a sound.
    reading: name of the file that is being analysed, "" = none.
    problem: one sentence of why nothing is heard while it plays, and what to do; "" = it is.
    """

    curves: NDArray[np.float32] | None = None
    reading: str = ""
    problem: str = ""


NO_SOUND = SoundState()


@dataclass(frozen=True)
class TimelineState:
    """What the panel may look at.

    held:   paths of tracks whose property was changed at the playhead and is in no key yet.
    cached: frames whose pictures are kept, as [first, end) runs in order.
    driven: tracks that follow the sound, as they are at the playhead.
    values: what tracks of numbers are over the time that is visible.
    caption: what its track says at the playhead; "" = nothing.
    """

    view: TimelineView = field(default_factory=TimelineView)
    held: frozenset[str] = frozenset()
    cached: tuple[tuple[int, int], ...] = ()
    sound: SoundState = field(default_factory=SoundState)
    driven: tuple[Driven, ...] = ()
    values: tuple[TrackValues, ...] = ()
    caption: str = ""

    @property
    def driven_by(self) -> DrivenBy:
        """What the sound adds at the playhead, by path: keys there are without it."""
        return {each.path: each.value for each in self.driven if each.how == "add"}


def last_frame(timeline: Timeline) -> int:
    """Return the number of the last frame; behind a loop's last one comes the first again."""
    count = math.floor(timeline.duration_secs * timeline.fps + 1e-6)
    return max(0, count - 1 if timeline.playing == "loop" else count)


def last_secs(timeline: Timeline) -> float:
    """Return the time of the last frame, where the playhead ends."""
    return last_frame(timeline) / timeline.fps


def frame_at(timeline: Timeline, secs: float) -> int:
    """Return the frame that is shown at a time."""
    frame = math.floor(secs * timeline.fps + 1e-6)
    return min(max(frame, 0), last_frame(timeline))


def nearest_frame_secs(timeline: Timeline, secs: float) -> float:
    """Return the time of the frame nearest to a time, within the timeline."""
    frame = math.floor(secs * timeline.fps + 0.5)
    return min(max(frame, 0), last_frame(timeline)) / timeline.fps


def played_frames(timeline: Timeline, view: TimelineView) -> tuple[int, int]:
    """Return the first and the last frame that playing shows."""
    if view.range_secs is None:
        return 0, last_frame(timeline)
    first, last = (frame_at(timeline, secs) for secs in view.range_secs)
    return (first, last) if first < last else (0, last_frame(timeline))


def timecode(secs: float) -> str:
    """Return a time for people, minutes, seconds and hundredths: "0:03.20"."""
    hundredths = math.floor(secs * 100 + 0.5)
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"
