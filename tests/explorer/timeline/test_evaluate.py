"""Settings over time: keys, ways between them, loops."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.arrays import ArrayStore
from explorer.settings import ClassChoice, Settings, seed_latent
from explorer.timeline.easing import EASINGS, ease
from explorer.timeline.edit import put_key
from explorer.timeline.evaluate import (
    folded,
    frame_times,
    playing_secs,
    settings_at,
    spline_weights,
)
from explorer.timeline.latents import blend
from explorer.timeline.model import Interpolation, Key, Playing, Timeline

WAYS: tuple[Interpolation, ...] = ("hold", "linear", "smooth", "spline")
ARRAYS = ArrayStore()  # no sound, nothing in it
TIMES = st.floats(0, 10, allow_nan=False)
NUMBERS = st.floats(-2, 2, allow_nan=False)


def _psi(
    pairs: list[tuple[float, float]], way: Interpolation = "linear", playing: Playing = "once"
) -> Settings:
    timeline = Timeline(duration_secs=10, playing=playing)
    for time, number in pairs:
        timeline = put_key(
            timeline, "truncation.psi", Key(time=time, number=number, interpolation=way)
        )
    return replace(Settings(), timeline=timeline)


def _at(settings: Settings, time: float) -> float:
    return settings_at(settings, time, ARRAYS).truncation.psi


@given(st.lists(st.tuples(TIMES, NUMBERS), min_size=1, max_size=6), st.sampled_from(WAYS))
def test_at_its_time_a_key_is_what_it_says(
    pairs: list[tuple[float, float]], way: Interpolation
) -> None:
    settings = _psi(pairs, way)
    for key in settings.timeline.tracks[0].keys:
        assert _at(settings, key.time) == key.number


@given(NUMBERS, NUMBERS, st.floats(0, 1))
def test_a_straight_way_is_travelled_at_a_constant_speed(a: float, b: float, u: float) -> None:
    assert _at(_psi([(2, a), (6, b)]), 2 + 4 * u) == pytest.approx(a + (b - a) * u, abs=1e-12)


@given(st.lists(st.tuples(TIMES, NUMBERS), min_size=2, max_size=6), st.sampled_from(WAYS))
def test_before_the_first_key_and_after_the_last_nothing_moves(
    pairs: list[tuple[float, float]], way: Interpolation
) -> None:
    settings = _psi(pairs, way)
    keys = settings.timeline.tracks[0].keys
    assert _at(settings, keys[0].time / 2) == keys[0].number
    assert _at(settings, (keys[-1].time + 10) / 2) == keys[-1].number


@given(
    st.lists(st.tuples(st.floats(0, 9.9), NUMBERS), min_size=2, max_size=6),
    st.sampled_from(WAYS[1:]),
)
def test_a_loop_has_no_seam(pairs: list[tuple[float, float]], way: Interpolation) -> None:
    settings = _psi(pairs, way, "loop")
    assert _at(settings, 10) == _at(settings, 0)
    keys = settings.timeline.tracks[0].keys
    if len(keys) < 2:
        return
    shortest = min(b.time - a.time for a, b in pairwise(keys))
    shortest = min(shortest, keys[0].time + 10 - keys[-1].time)
    steepest = 10 * 4 / shortest  # of splines through values within +-2
    assert abs(_at(settings, 10 - 1e-6) - _at(settings, 0)) <= steepest * 1e-6 + 1e-9


def test_a_mirrored_timeline_comes_back_the_way_it_went() -> None:
    settings = _psi([(0, 0.0), (3, 1.0), (10, -1.0)], "spline", "mirror")
    assert playing_secs(settings.timeline) == 20
    for time in (0.5, 3.0, 7.7):
        assert _at(settings, 20 - time) == pytest.approx(_at(settings, time), abs=1e-12)
    assert folded(settings.timeline, 10) == 10


@given(st.lists(st.floats(0.01, 5), min_size=3, max_size=3), st.floats(0, 1))
def test_a_spline_keeps_a_straight_line_and_sums_to_one(gaps: list[float], u: float) -> None:
    times = [0.0, gaps[0], gaps[0] + gaps[1], sum(gaps)]
    weights = spline_weights(times, u)
    assert sum(weights) == pytest.approx(1, abs=1e-9)
    on_line = sum(weight * time for weight, time in zip(weights, times, strict=True))
    assert on_line == pytest.approx(times[1] + u * gaps[1], abs=1e-6)


def test_a_spline_has_no_corner_at_its_keys() -> None:
    settings = _psi([(0, 0.0), (2, 1.0), (5, -1.0), (9, 0.5)], "spline", "loop")
    for time in (2.0, 5.0, 9.0, 10.0):
        before = (_at(settings, time) - _at(settings, time - 1e-5)) / 1e-5
        after = (_at(settings, time + 1e-5) - _at(settings, time)) / 1e-5
        assert before == pytest.approx(after, abs=1e-3)


@pytest.mark.parametrize("easing", EASINGS)
def test_every_easing_starts_at_nothing_and_ends_at_all_without_a_jump(easing) -> None:
    shares = [ease(easing, n / 1000) for n in range(1001)]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert max(abs(b - a) for a, b in pairwise(shares)) < 0.03
    if easing.split()[0] in ("none", "sine", "cubic", "exponential"):
        assert all(b >= a for a, b in pairwise(shares))
    if easing.endswith("in out"):
        assert ease(easing, 0.3) == pytest.approx(1 - ease(easing, 0.7))


def test_an_easing_bends_the_time_and_not_the_ends() -> None:
    settings = _psi([(0, 0.0), (10, 1.0)])
    key = replace(settings.timeline.tracks[0].keys[0], easing="cubic in")
    settings = replace(settings, timeline=put_key(settings.timeline, "truncation.psi", key))
    assert _at(settings, 5) == pytest.approx(0.125)


def test_latents_go_through_blends_whose_weights_follow_the_way() -> None:
    timeline = Timeline(duration_secs=4, playing="once")
    for time, seed in ((0, 3), (4, 8)):
        key = Key(time=time, latent=seed_latent(seed), interpolation="linear", space="z")
        timeline = put_key(timeline, "latent", key)
    settings = replace(Settings(), timeline=timeline)
    assert settings_at(settings, 0, ARRAYS).latent == seed_latent(3)
    assert settings_at(settings, 4, ARRAYS).latent == seed_latent(8)
    between = settings_at(settings, 1, ARRAYS).latent
    assert [(part.x, part.weight) for part in between.blend] == [(3, 0.75), (8, 0.25)]
    assert between.blend_space == "z"
    assert (between.x, between.y) == (between.anchor_x, between.anchor_y)


def test_a_blend_of_blends_is_one_blend_and_dragging_goes_on_from_it() -> None:
    half = blend((seed_latent(1), seed_latent(2)), (0.5, 0.5))
    quarter = blend((half, seed_latent(2)), (0.5, 0.5))
    assert {part.x: part.weight for part in quarter.blend} == {1: 0.25, 2: 0.75}
    dragged = blend((replace(half, x=half.x + 1), seed_latent(2)), (1.0, 0.0))
    assert dragged.x == half.x + 1
    moved = blend((replace(half, x=half.x + 1), seed_latent(2)), (0.5, 0.5))
    assert sum(part.weight for part in moved.blend) == pytest.approx(1)


def test_classes_blend_and_a_class_of_the_seed_waits_for_its_key() -> None:
    timeline = Timeline(duration_secs=2, playing="once")
    choices = (ClassChoice("blend", ((0, 2.0),)), ClassChoice("blend", ((3, 1.0),)), ClassChoice())
    for time, choice in enumerate(choices):
        key = Key(time=time, classes=choice, interpolation="linear")
        timeline = put_key(timeline, "classes", key)
    settings = replace(Settings(), timeline=timeline)
    assert settings_at(settings, 0.25, ARRAYS).classes.weights == ((0, 0.75), (3, 0.25))
    assert settings_at(settings, 1.5, ARRAYS).classes == choices[1]
    assert settings_at(settings, 2, ARRAYS).classes == choices[2]


def test_whole_numbers_stay_whole_and_choices_change_at_their_keys() -> None:
    timeline = Timeline(duration_secs=4, playing="once")
    timeline = put_key(timeline, "noise.seed", Key(time=0, number=1, interpolation="linear"))
    timeline = put_key(timeline, "noise.seed", Key(time=4, number=9))
    timeline = put_key(timeline, "layer.layer", Key(time=0, text="b4"))
    timeline = put_key(timeline, "layer.layer", Key(time=2, text=""))
    settings = replace(Settings(), timeline=timeline)
    assert settings_at(settings, 1.3, ARRAYS).noise.seed == round(1 + 8 * 1.3 / 4)
    assert settings_at(settings, 1.999, ARRAYS).layer.layer == "b4"
    assert settings_at(settings, 2, ARRAYS).layer.layer is None


def test_a_track_that_is_off_or_unknown_changes_nothing() -> None:
    settings = _psi([(0, 0.2)])
    off = replace(settings.timeline.tracks[0], enabled=False)
    timeline = replace(settings.timeline, tracks=(off,))
    timeline = put_key(timeline, "of.a.newer.version", Key(number=3))
    changed = replace(settings, timeline=timeline)
    assert settings_at(changed, 1, ARRAYS) == changed


def test_frames_fill_the_time_once_and_a_loop_leaves_out_its_second_start() -> None:
    once = Timeline(duration_secs=2, playing="once")
    assert frame_times(once, 30)[-1] == 2.0
    assert len(frame_times(once, 30)) == 61
    loop = replace(once, playing="loop")
    assert len(frame_times(loop, 30)) == 60
    assert math.isclose(frame_times(loop, 30)[-1], 2 - 1 / 30)
    assert len(frame_times(replace(once, playing="mirror"), 25)) == 100
