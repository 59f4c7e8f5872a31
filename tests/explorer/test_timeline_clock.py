"""The clock of a timeline that plays, against what one would count on the fingers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.app.timeline_clock import Clock, advanced, sound_secs, started
from explorer.slices import ArrayRef
from explorer.timeline.model import Playing, Sound, Timeline
from explorer.timeline_state import TimelineView

STEPS = st.lists(st.floats(0.001, 0.7), min_size=1, max_size=30)


def played(playing: Playing, steps: list[float], **view: object) -> tuple[Clock, TimelineView]:
    timeline = Timeline(duration_secs=2.0, fps=10.0, playing=playing)
    shown = TimelineView(playing=True, **view)  # type: ignore[arg-type]
    clock = Clock()
    for step in steps:
        clock, shown = advanced(timeline, shown, clock, step)
    return clock, shown


@given(STEPS)
def test_a_loop_is_where_true_time_says(steps: list[float]) -> None:
    clock, view = played("loop", steps)
    assert abs((clock.secs - sum(steps) + 1.0) % 2.0 - 1.0) < 1e-6
    assert view.playing
    assert view.playhead_secs <= clock.secs + 1e-6 < view.playhead_secs + 0.1 + 2e-6


@given(STEPS)
def test_there_and_back_is_where_true_time_says(steps: list[float]) -> None:
    clock, _ = played("mirror", steps)
    way = sum(steps) % 4.0
    assert clock.secs == pytest.approx(4.0 - way if way > 2.0 else way, abs=1e-6)


@given(STEPS)
def test_once_ends_on_the_last_frame(steps: list[float]) -> None:
    _, view = played("once", [*steps, 2.0])
    assert not view.playing
    assert view.playhead_secs == 2.0


@given(STEPS)
def test_playing_stays_in_its_range(steps: list[float]) -> None:
    _, view = played("loop", [1.0, *steps], range_secs=(0.5, 1.2))
    assert 0.5 <= view.playhead_secs <= 1.2


def test_playing_from_the_end_begins_at_the_start() -> None:
    timeline = Timeline(duration_secs=2.0, fps=10.0, playing="once")
    clock, view = started(timeline, TimelineView(playhead_secs=2.0, playing=True))
    assert (clock.secs, view.playhead_secs) == (0.0, 0.0)


def test_the_sound_goes_on_where_the_picture_turns_round() -> None:
    sound = Sound(ArrayRef("", (5, 1)), offset_secs=3.0)
    timeline = Timeline(duration_secs=2.0, fps=10.0, playing="mirror", sound=sound)
    view = TimelineView(playing=True)
    assert sound_secs(timeline, view, Clock(0.5)) == 3.5
    assert sound_secs(timeline, view, Clock(1.5, back=True)) == 5.5
    assert sound_secs(timeline, replace(view, playing=False), Clock(0.5)) is None
