"""The ground of a track: a line through its keys, or the curve its number follows. No ids."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from imgui_bundle import ImVec2, ImVec4, imgui

from explorer.timeline.model import Timeline, Track
from explorer.timeline.values import TrackValues
from widgets.controls import em, u32
from widgets.timeline_geometry import Lanes, track_colour

_LINE, _FILL = 0.75, 0.16  # how strongly the curve and what is below it are drawn


def lane_ui(
    track: Track, timeline: Timeline, lanes: Lanes, top: float, row: float,
    values: TrackValues | None,
) -> None:  # fmt: skip
    """Draw the lane of a track, `row` pixels high from the screen's y `top`."""
    draw, text = imgui.get_window_draw_list(), imgui.get_style_color_vec4(imgui.Col_.text)
    low, high = top + em(0.12), top + row - em(0.12)
    draw.push_clip_rect((lanes.left, top), (lanes.right, top + row), True)
    start, end = lanes.x(0), lanes.x(timeline.duration_secs)
    draw.add_rect_filled((start, low), (end, high), u32(text, 0.045), em(0.25))
    colour = track_colour(track.path)
    if values is not None:
        left, right = lanes.x(values.start_secs), lanes.x(values.end_secs)
        strength = 1.0 if track.enabled else 0.4
        _curve(values, ImVec2(left, low), ImVec2(right, high), colour, strength)
    elif track.keys:
        first, last = lanes.x(track.keys[0].time), lanes.x(track.keys[-1].time)
        y, half = top + row / 2, em(0.14)
        strength = 0.5 if track.enabled else 0.2
        if timeline.playing == "loop" and len(track.keys) > 1:
            ends = (start, y - half / 2), (end, y + half / 2)
            draw.add_rect_filled(*ends, u32(colour, 0.4 * strength))
        draw.add_rect_filled((first, y - half), (last, y + half), u32(colour, strength), half)
    draw.pop_clip_rect()


def _curve(values: TrackValues, low: ImVec2, high: ImVec2, colour: ImVec4, strength: float) -> None:
    """Draw numbers as a line over its own shade, the greatest at the top."""
    draw, count = imgui.get_window_draw_list(), len(values.values)
    step = (high.x - low.x) / (count - 1)
    scale = (high.y - low.y - em(0.24)) / (values.high - values.low)
    bottom = high.y - em(0.12)
    line: list[Any] = [
        ImVec2(low.x + n * step, bottom - (value - values.low) * scale)
        for n, value in enumerate(values.values)
    ]
    shade = u32(colour, _FILL * strength)
    for left, right in pairwise(line):
        draw.add_quad_filled(left, right, (right.x, high.y), (left.x, high.y), shade)
    thickness = max(1.0, em(0.09))
    draw.add_polyline(line, u32(colour, _LINE * strength), thickness, imgui.ImDrawFlags_.none)
