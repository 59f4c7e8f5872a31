"""What a track's number is over the part of the timeline that is looked at, for drawing."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.arrays import ArrayStore
from explorer.timeline.evaluate import track_at
from explorer.timeline.model import Sound, Timeline, Track
from explorer.timeline.properties import property_of

SAMPLES = 200


@dataclass(frozen=True)
class TrackValues:
    """A track's number at evenly spaced times, from `start_secs` to `end_secs`.

    low, high: the least and the greatest of them.
    """

    path: str
    start_secs: float
    end_secs: float
    low: float
    high: float
    values: tuple[float, ...]


def values_of(
    track: Track, timeline: Timeline, arrays: ArrayStore, start_secs: float, end_secs: float
) -> TrackValues | None:
    """Return the values of a track of numbers that change, sound included; else None.

    Args:
        start_secs, end_secs: the part of the timeline, within it.
    """
    known = property_of(track.path)
    if known is None or known.kind not in ("number", "whole") or not track.keys:
        return None
    step = (end_secs - start_secs) / (SAMPLES - 1)
    numbers = tuple(
        track_at(track, known, timeline, start_secs + n * step, arrays).number
        for n in range(SAMPLES)
    )
    low, high = min(numbers), max(numbers)
    if high == low:
        return None
    return TrackValues(track.path, start_secs, end_secs, low, high, numbers)


class ValuesMemo:
    """Values of the tracks as they were drawn last: a drag changes one of many."""

    def __init__(self, arrays: ArrayStore) -> None:
        self._arrays = arrays
        self._made: dict[str, tuple[tuple[object, ...], TrackValues | None]] = {}

    def of(
        self, timeline: Timeline, start_secs: float, visible_secs: float
    ) -> tuple[TrackValues, ...]:
        """Return the values of every track of numbers that change, in what is visible.

        Args:
            visible_secs: 0 = everything.
        """
        start = min(start_secs, timeline.duration_secs) if visible_secs else 0.0
        end = timeline.duration_secs
        if visible_secs:
            end = min(start + visible_secs, end)
        made: dict[str, tuple[tuple[object, ...], TrackValues | None]] = {}
        for track in timeline.tracks:
            sound: Sound | None = timeline.sound if track.drive is not None else None
            key = (track, timeline.duration_secs, timeline.playing, sound, start, end)
            kept = self._made.get(track.path)
            if kept is None or kept[0] != key:
                kept = (key, values_of(track, timeline, self._arrays, start, end))
            made[track.path] = kept
        self._made = made
        return tuple(values for _, values in made.values() if values is not None)
