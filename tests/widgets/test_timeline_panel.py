"""The timeline's panel without a window: ticks, zoom, keys under the mouse, every size."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from explorer.actions import SetTimelineView
from explorer.timeline.edit import KeyName
from explorer.timeline.model import Key, Timeline, Track
from explorer.timeline_state import TimelineState, TimelineView, timecode
from tests.widgets.fake_state import full_state
from tests.widgets.headless import desk
from widgets.timeline_geometry import Lanes, lanes_of, scrolled, tick_text, ticks, zoomed
from widgets.timeline_panel import TimelinePanel

TIMELINE = Timeline(
    (
        Track("truncation.psi", (Key(0, number=0.5), Key(5, number=1.0))),
        Track("noise.strength", (Key(2, number=0.0, interpolation="hold"),), enabled=False),
        Track("of a later version", (Key(1),)),
    )
)


def state_with(timeline: Timeline, **view: object):
    state = full_state()
    settings = replace(state.settings, timeline=timeline)
    seen = replace(TimelineView(), **view)
    shown = TimelineState(seen, frozenset(("truncation.psi",)), ((3, 9),))
    return replace(state, settings=settings, timeline=shown)


@pytest.mark.parametrize("secs_per_px", [0.0004, 0.003, 0.02, 0.1, 1, 30])
def test_labels_never_touch_at_any_zoom(secs_per_px: float):
    lanes = Lanes(100, 700, 12.3, 700 * secs_per_px)
    labels, marks = ticks(lanes, 60)
    places = [lanes.x(secs) for secs, _ in labels]
    assert all(b - a >= 60 - 1e-6 for a, b in pairwise(places))
    assert len(labels) + len(marks) >= 8
    assert len({text for _, text in labels}) == len(labels)


def test_ticks_say_minutes_from_a_minute_on():
    assert [tick_text(3, 1), tick_text(3.2, 0.1), tick_text(90, 30)] == ["3 s", "3.2 s", "1:30"]
    assert [timecode(3.2), timecode(599.999)] == ["0:03.20", "10:00.00"]


def test_zooming_keeps_the_time_under_the_mouse_and_ends_with_everything():
    view = TimelineView()
    lanes = lanes_of(TIMELINE, view, 100, 500)
    at = lanes.secs(300)
    near = zoomed(view, TIMELINE, lanes, 300, 4)
    assert lanes_of(TIMELINE, near, 100, 500).secs(300) == pytest.approx(at)
    assert 0 < near.visible_secs < lanes.visible_secs
    assert scrolled(near, TIMELINE, 99).start_secs == pytest.approx(10.3 - near.visible_secs)
    far = zoomed(near, TIMELINE, lanes_of(TIMELINE, near, 100, 500), 300, -40)
    assert far.visible_secs == 0


@pytest.mark.parametrize(
    ("width", "font_px"),
    [(280, 16), (280, 24), (420, 12), (420, 24), (420, 32), (900, 16), (900, 32), (1600, 16)],
)
def test_nothing_is_clipped_in_any_width(width: float, font_px: float):
    state = state_with(TIMELINE, selected=(KeyName("truncation.psi", 5.0),), range_secs=(1, 2))
    panel = TimelinePanel()
    with desk(width, 500, font_px) as table:
        for _ in range(3):
            kept = table.frame(lambda: panel.draw(state.settings, state, lambda _: None))
            assert kept is state.settings
        assert table.used[0] <= table.inner[0] + 1


def test_a_drag_over_the_ruler_moves_the_playhead_to_frames():
    state, panel, asked = state_with(TIMELINE), TimelinePanel(), []

    def draw():
        return panel.draw(state.settings, state, asked.append)

    with desk(900, 400, 16) as table:
        table.settle(draw)
        asked.clear()
        table.drag(draw, (400, 46), (640, 46))
    views = [action.view for action in asked if isinstance(action, SetTimelineView)]
    assert views
    frames = [view.playhead_secs * 30 for view in views]
    assert frames == pytest.approx([round(frame) for frame in frames])
    assert views[-1].playhead_secs > 4
