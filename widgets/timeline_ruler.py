"""The ruler over the tracks: times, the playhead, what is played and what is kept.

Ids: `###timeline_ruler`; the range's ends `###range_from`, `###range_to`.
"""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import ImVec2, imgui

from explorer.timeline.model import Timeline
from explorer.timeline_state import TimelineState, TimelineView, last_secs, nearest_frame_secs
from widgets.controls import accent, em, hint, u32
from widgets.timeline_geometry import Lanes, pressed_at, ticks

HEIGHT_EMS = 1.75
_HINT = "Drag to scrub · Shift+drag, I and O set what is played · double-click plays everything"


def ruler_ui(timeline: Timeline, state: TimelineState, lanes: Lanes, top: float) -> TimelineView:
    """Draw the ruler at the screen's y `top`; return the view as the mouse changed it."""
    view, height = state.view, em(HEIGHT_EMS)
    imgui.set_cursor_screen_pos(ImVec2(lanes.left, top))
    imgui.set_next_item_allow_overlap()
    imgui.invisible_button("###timeline_ruler", ImVec2(lanes.width, height))
    used = imgui.is_item_active() or imgui.is_item_deactivated()
    if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0):
        view = replace(view, range_secs=None)
    elif used:
        view = _dragged(timeline, view, lanes)
    else:
        hint(_HINT)
    draw = imgui.get_window_draw_list()
    low, high = ImVec2(lanes.left, top), ImVec2(lanes.right, top + height)
    draw.push_clip_rect(low, high, True)
    _ground(timeline, lanes, top, height)
    _cached(timeline, state, lanes, top + height)
    draw.pop_clip_rect()
    if view.range_secs is not None:
        view = _range(timeline, view, lanes, top, height)
    return view


def playhead_line(lanes: Lanes, secs: float, top: float, bottom: float, *, head: bool) -> None:
    """Draw the playhead from `top` to `bottom`, with its head at the top."""
    x = round(lanes.x(secs)) + 0.5
    if not lanes.left - 1 <= x <= lanes.right + 1:
        return
    draw = imgui.get_window_draw_list()
    red = imgui.color_convert_float4_to_u32((0.98, 0.36, 0.36, 1.0))
    draw.add_line((x, top), (x, bottom), red, max(1.0, em(0.1)))
    if head:
        side = em(0.42)
        draw.add_triangle_filled((x - side, top), (x + side, top), (x, top + 1.5 * side), red)


def _dragged(timeline: Timeline, view: TimelineView, lanes: Lanes) -> TimelineView:
    io = imgui.get_io()
    here = nearest_frame_secs(timeline, lanes.secs(io.mouse_pos.x))
    if io.key_shift:
        start = nearest_frame_secs(timeline, lanes.secs(pressed_at().x))
        return replace(view, range_secs=None if start == here else _ordered(start, here))
    if here == view.playhead_secs and not view.playing:
        return view
    return replace(view, playhead_secs=here, playing=False)


def _ordered(a: float, b: float) -> tuple[float, float]:
    return (a, b) if a < b else (b, a)


def _ground(timeline: Timeline, lanes: Lanes, top: float, height: float) -> None:
    draw, text = imgui.get_window_draw_list(), imgui.get_style_color_vec4(imgui.Col_.text)
    end = min(lanes.x(timeline.duration_secs), lanes.right)
    draw.add_rect_filled((lanes.left, top), (end, top + height), u32(text, 0.05), em(0.25))
    labels, marks = ticks(lanes, em(4.2))
    bottom = top + height - em(0.25)
    for secs in marks:
        x = round(lanes.x(secs)) + 0.5
        draw.add_line((x, bottom - em(0.28)), (x, bottom), u32(text, 0.22))
    for secs, label in labels:
        x = round(lanes.x(secs)) + 0.5
        draw.add_line((x, bottom - em(0.55)), (x, bottom), u32(text, 0.45))
        late = secs > timeline.duration_secs + 1e-6
        place = (x + em(0.25), top + em(0.1))
        if place[0] + imgui.calc_text_size(label).x <= lanes.right:
            draw.add_text(place, u32(text, 0.35 if late else 0.75), label)


def _cached(timeline: Timeline, state: TimelineState, lanes: Lanes, bottom: float) -> None:
    """Draw the line of the frames whose pictures are kept."""
    draw, good = imgui.get_window_draw_list(), (0.40, 0.80, 0.55, 0.95)
    colour = imgui.color_convert_float4_to_u32(good)
    for first, end in state.cached:
        left = lanes.x(first / timeline.fps)
        right = lanes.x(min(end / timeline.fps, timeline.duration_secs))
        draw.add_rect_filled((left, bottom - em(0.18)), (max(right, left + 1), bottom), colour)


def _range(
    timeline: Timeline, view: TimelineView, lanes: Lanes, top: float, height: float
) -> TimelineView:
    """Draw what is played, and its ends to drag."""
    ends = view.range_secs or (0.0, last_secs(timeline))
    left, right = (min(max(lanes.x(end), lanes.left), lanes.right) for end in ends)
    draw = imgui.get_window_draw_list()
    draw.add_rect_filled((left, top), (right, top + height), u32(accent(), 0.20))
    for index, (name, x) in enumerate((("range_from", left), ("range_to", right))):
        width = em(0.55)
        place = ImVec2(x - (0 if index else width / 2) - (width / 2 if index else 0), top)
        imgui.set_cursor_screen_pos(place)
        imgui.invisible_button(f"###{name}", ImVec2(width, height))
        if imgui.is_item_hovered() or imgui.is_item_active():
            imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ew)
        draw.add_rect_filled((x - em(0.1), top), (x + em(0.1), top + height), u32(accent()))
        if imgui.is_item_active() and imgui.is_mouse_dragging(0):
            here = nearest_frame_secs(timeline, lanes.secs(imgui.get_io().mouse_pos.x))
            first, last = (ends[0], here) if index else (here, ends[1])
            if first < last:
                view = replace(view, range_secs=(first, last))
    return view
