"""Curves of a sound as bars, one every few pixels: what is heard, what a track follows. No ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from imgui_bundle import ImVec4, imgui
from numpy.typing import NDArray

from explorer.timeline.heard import Driven
from explorer.timeline.model import CURVES, CURVES_HZ, Timeline
from widgets.controls import accent, em, u32
from widgets.timeline_geometry import Lanes, track_colour

_LEVEL, _BASS, _ONSET = (CURVES.index(name) for name in ("level", "bass", "onset"))
_CLEAR_ONSET = 0.25  # weaker ones are not marked
_CROWDED = 0.3  # of all bars: beyond, marks would be a line
BASS = ImVec4(1.0, 0.62, 0.33, 1.0)


@dataclass(frozen=True)
class Bars:
    """What is heard at each bar, 0..1, and where bars with an onset are.

    levels, basses: one per bar; -1 where the sound is not.
    onsets: (index of the bar, strength).
    """

    levels: tuple[float, ...]
    basses: tuple[float, ...]
    onsets: tuple[tuple[int, float], ...]


def bars_of(
    curves: NDArray[np.float32], start_secs: float, secs_per_bar: float, count: int
) -> Bars:
    """Return `count` bars of a sound's curves; each is the most that is heard in its time.

    Args:
        start_secs: of the sound, where the first bar begins; may lie before it.
    """
    edges = np.floor((start_secs + secs_per_bar * np.arange(count + 1)) * CURVES_HZ + 0.5)
    length = curves.shape[1]
    there = (edges[:-1] >= 0) & (edges[:-1] < length)
    most = most_within(curves[[_LEVEL, _BASS]], edges[:-1], secs_per_bar * CURVES_HZ)
    most = np.where(there, most, -1.0)
    levels, basses = (tuple(row) for row in np.round(most, 3).tolist())
    return Bars(levels, basses, _onsets(curves[_ONSET], edges, count))


def _onsets(
    row: NDArray[np.float32], edges: NDArray[np.float64], count: int
) -> tuple[tuple[int, float], ...]:
    rises = np.flatnonzero((np.diff(row, prepend=np.float32(0)) > 0) & (row > _CLEAR_ONSET))
    places = np.searchsorted(edges, rises, side="right") - 1
    inside = (places >= 0) & (places < count)
    strongest: dict[int, float] = {}
    for place, strength in zip(places[inside].tolist(), row[rises[inside]].tolist(), strict=True):
        strongest[place] = max(strength, strongest.get(place, 0.0))
    return tuple(strongest.items()) if len(strongest) <= _CROWDED * count else ()


def drive_ui(driven: Driven, timeline: Timeline, lanes: Lanes, top: float, row: float) -> None:
    """Draw the curve a track follows, as bars from the bottom of its lane `row` pixels high."""
    step = _step()
    per_bar = step * lanes.secs_per_px
    at = lanes.start_secs - driven.starts_secs
    first = np.floor(at / per_bar)
    count = int(lanes.width / step) + 2
    edges = np.floor((first + np.arange(count)) * per_bar * CURVES_HZ + 0.5)
    inside = (edges >= 0) & (edges < len(driven.curve))
    most = most_within(driven.curve[None], edges, per_bar * CURVES_HZ)[0]
    left = lanes.left + (first * per_bar - at) / lanes.secs_per_px
    low, high = top + em(0.2), top + row - em(0.12)
    draw, shade = imgui.get_window_draw_list(), u32(track_colour(driven.path), 0.42)
    end = min(lanes.x(timeline.duration_secs), lanes.right)
    draw.push_clip_rect((lanes.left, top), (end, top + row), True)
    places = np.flatnonzero(inside & (most > 0.02))
    for index, share in zip(places.tolist(), most[places].tolist(), strict=True):
        x = left + index * step
        draw.add_rect_filled(
            (x, high - min(share, 1.0) * (high - low)), (x + step - 1, high), shade
        )
    draw.pop_clip_rect()


def most_within(
    rows: NDArray[np.floating[Any]], firsts: NDArray[np.float64], values_per_bar: float
) -> NDArray[np.floating[Any]]:
    """Return the most of each row [r, n] from each of `firsts` up to the next one, [r, count]."""
    places = np.clip(firsts.astype(np.int64), 0, rows.shape[1] - 1)
    if values_per_bar > 1:
        return np.maximum.reduceat(rows, places, axis=1)
    return rows[:, places]


def _step() -> int:
    """Return the distance of bars in pixels."""
    return max(2, round(em(0.18)))


class Wave:
    """Draws the curves; keeps the bars of the last view."""

    def __init__(self) -> None:
        self._curves: NDArray[np.float32] | None = None
        self._view: tuple[float, ...] = ()
        self._bars = Bars((), (), ())

    def draw(
        self, curves: NDArray[np.float32], offset_secs: float, end_secs: float, lanes: Lanes,
        top: float, bottom: float, strength: float,
    ) -> None:  # fmt: skip
        """Draw what is heard between two heights on the screen, onsets in 0.3 em above.

        Args:
            offset_secs: of the sound, what is heard at the timeline's start.
            end_secs:    of the timeline; beyond it the sound is pale.
        """
        step = _step()
        # Bars begin at whole steps of the sound, so that they do not flicker while it scrolls.
        per_bar = step * lanes.secs_per_px
        at = lanes.start_secs + offset_secs
        first = np.floor(at / per_bar)
        count = int(lanes.width / step) + 2
        view = (first, per_bar, float(count))
        if curves is not self._curves or view != self._view:
            self._curves, self._view = curves, view
            self._bars = bars_of(curves, first * per_bar, per_bar, count)
        left = lanes.left + (first * per_bar - at) / lanes.secs_per_px
        self._bars_ui(left, step, lanes.x(end_secs), top, bottom, strength)

    def _bars_ui(
        self, left: float, step: int, end: float, top: float, bottom: float, strength: float
    ) -> None:
        draw, text = imgui.get_window_draw_list(), imgui.get_style_color_vec4(imgui.Col_.text)
        middle, half = (top + bottom) / 2, (bottom - top) / 2
        wide = max(1.0, step - 1.0)
        colours = {
            late: (u32(text, 0.5 * strength * late), u32(BASS, 0.9 * strength * late))
            for late in (1.0, 0.3)
        }
        rect = draw.add_rect_filled
        for index, (level, bass) in enumerate(zip(*self._both, strict=True)):
            if level < 0:
                continue
            x = left + index * step
            of_level, of_bass = colours[0.3 if x >= end else 1.0]
            high = max(level * half, 0.5)
            rect((x, middle - high), (x + wide, middle + high), of_level)
            low = min(bass, level) * half * 0.62
            if low >= 0.5:
                rect((x, middle - low), (x + wide, middle + low), of_bass)
        above, mark = top - em(0.3), em(0.22)
        for index, power in self._bars.onsets:
            x = left + index * step
            colour = u32(accent(), strength * (0.35 + 0.65 * power) * (0.3 if x >= end else 1.0))
            rect((x, above), (x + max(wide, 2.0), above + mark), colour)

    @property
    def _both(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return self._bars.levels, self._bars.basses
