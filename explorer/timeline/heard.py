"""What a timeline's sound does at a moment, for whoever draws it or sets keys there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.arrays import ArrayStore
from explorer.timeline.curves import smoothed
from explorer.timeline.evaluate import drive_value, follows
from explorer.timeline.model import CURVES, CURVES_HZ, Driving, Timeline


@dataclass(frozen=True, eq=False)
class Driven:
    """A track that follows the sound.

    value:  what the drive makes at the moment, as drive_value has it.
    level:  the curve at the moment, 0..1.
    curve:  float64 [n], smoothed, CURVES_HZ per second.
    starts_secs: when the curve's first value acts, in the timeline's time; may lie before it.
    """

    path: str
    how: Driving
    value: float
    level: float
    curve: NDArray[np.float64]
    starts_secs: float


def driven_tracks(timeline: Timeline, secs: float, arrays: ArrayStore) -> tuple[Driven, ...]:
    """Return the tracks that follow the sound, as they are at a time within the timeline."""
    found: list[Driven] = []
    for track in timeline.tracks:
        how, drive, sound = follows(timeline, track), track.drive, timeline.sound
        if how is None or drive is None or sound is None:
            continue
        curve = smoothed(arrays, sound.curves, drive.curve, drive.smoothing_secs)
        starts = drive.delay_secs - sound.offset_secs
        value = drive_value(track, timeline, secs, arrays)
        level = min(max(curve.at(secs - starts), 0.0), 1.0)
        found.append(Driven(track.path, how, value, level, curve.values, starts))
    return tuple(found)


def onset_secs(curves: NDArray[np.float32]) -> tuple[float, ...]:
    """Return when something begins, in seconds of the file; `curves` are those of a Sound."""
    row = curves[CURVES.index("onset")]
    rises = np.flatnonzero(np.diff(row, prepend=np.float32(0)) > 0)
    return tuple(float(index) / CURVES_HZ for index in rises)
