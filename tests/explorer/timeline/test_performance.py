"""What was done by hand comes back from a timeline: every change, at its time, with few keys."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.arrays import ArrayStore
from explorer.request import request_from
from explorer.settings import (
    ArrayRef,
    ClassChoice,
    InputTransform,
    Latent,
    LayerView,
    MixSource,
    ModelRef,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
    seed_latent,
)
from explorer.timeline.evaluate import settings_at
from explorer.timeline.performance import (
    REST_SECS,
    TOLERANCE,
    Moment,
    distance,
    performed,
    seed_weights,
)

MODEL = ModelRef("a.pkl", "aa")
ARRAYS = ArrayStore()
FRAME = 1 / 60


def glide(values, make, start=0.0, step=FRAME):
    """Return moments in which something takes one value after the other."""
    return [Moment(start + n * step, make(value)) for n, value in enumerate(values)]


def psi(value):
    return Settings(model=MODEL, truncation=Truncation(psi=value))


def at(result, secs):
    return settings_at(result, secs, ARRAYS)


def keys_of(result, path):
    track = result.timeline.track(path)
    return () if track is None else track.keys


def test_a_hand_that_pulls_evenly_needs_two_keys_and_a_bend_a_third():
    up = glide(np.linspace(0, 1, 61), psi)
    result, left_out = performed(up, 2.0, 30)
    assert [(key.time, key.number) for key in keys_of(result, "truncation.psi")] == [(0, 0), (1, 1)]
    assert left_out == ()
    assert [track.path for track in result.timeline.tracks] == ["truncation.psi"]
    assert (result.timeline.duration_secs, result.timeline.playing) == (2.0, "once")

    down = glide(np.linspace(1, 0.5, 61)[1:], psi, start=1 + FRAME)
    result, _ = performed(up + down, 2.5, 30)
    assert [key.number for key in keys_of(result, "truncation.psi")] == [0, 1, 0.5]
    assert at(result, 2.4).truncation.psi == 0.5


def test_what_rests_is_held_and_what_jumps_jumps():
    moments = [Moment(0, psi(0.0)), Moment(1, psi(0.3)), Moment(1.02, psi(1.9)), Moment(3, psi(1))]
    result, _ = performed(moments, 4.0, 30)
    for secs, value in ((0.99, 0.0), (1.01, 0.3), (1.03, 1.9), (2.99, 1.9), (3, 1.0), (4, 1.0)):
        assert at(result, secs).truncation.psi == value
    assert {key.interpolation for key in keys_of(result, "truncation.psi")} == {"hold"}


def test_a_walk_through_seeds_keeps_every_seed_on_its_way():
    def walk(x):
        return Settings(model=MODEL, latent=Latent(x, 0.0))

    moments = glide(np.linspace(0, 5, 181), walk)
    result, _ = performed(moments, 3.0, 30)
    keys = keys_of(result, "latent")
    assert len(keys) < 20
    for moment in moments[:-1]:
        here = seed_weights(at(result, moment.secs).latent)
        assert distance(here, seed_weights(moment.settings.latent)) < 3 * TOLERANCE


def test_another_seed_is_no_way_through_others():
    moments = [Moment(0, Settings(MODEL)), Moment(0.5, Settings(MODEL, seed_latent(9)))]
    moments.append(Moment(0.52, Settings(MODEL, seed_latent(12))))
    result, _ = performed(moments, 1.0, 30)
    seen = [at(result, secs).latent for secs in (0.0, 0.49, 0.5, 0.51, 0.52, 1.0)]
    assert [(latent.x, latent.blend) for latent in seen] == [(x, ()) for x in (0, 0, 9, 9, 12, 12)]


def test_a_saved_latent_and_steps_from_it_are_told_apart():
    saved = Latent(3.0, 0.0, ArrayRef("d", (4, 8)), "mine", 3.0, 0.0)
    assert seed_weights(saved) == {3: 0.0, "d": 1.0}
    moved = seed_weights(replace(saved, x=3.25))
    assert moved == {3: -0.25, 4: 0.25, "d": 1.0}


def test_choices_switches_models_and_rows_come_back():
    other = ModelRef("b.pkl", "bb")
    first = Settings(
        MODEL, mixing=StyleMixing((MixSource(weights=((0, 0.0), (1, 0.0))),)), noise=Noise(seed=1)
    )
    moments = [Moment(0, first)]
    row = MixSource(weights=((0, 0.0), (1, 0.5)))
    moments.append(Moment(1, replace(first, mixing=StyleMixing((row,)))))
    moments.append(Moment(2, replace(moments[-1].settings, model=other)))
    moments.append(Moment(3, replace(moments[-1].settings, noise=Noise("random", 7))))
    moments.append(Moment(4, replace(moments[-1].settings, layer=LayerView("b4.conv1", "mono"))))
    turned = replace(moments[-1].settings, transform=InputTransform(untransform=True))
    moments.append(Moment(5, replace(turned, classes=ClassChoice("blend", ((2, 1.0),)))))
    moments.append(Moment(6, replace(turned, truncation=Truncation(cutoff=3))))
    result, left_out = performed(moments, 7.0, 25)
    assert left_out == ()
    assert result.timeline.models == (MODEL, other)
    for before, after in zip(moments, [*moments[1:], Moment(7, result)], strict=True):
        for secs in (before.secs, (before.secs + after.secs) / 2):
            assert request_from(at(result, secs)) == request_from(before.settings), secs


def test_what_has_no_track_is_named():
    mixed = StyleMixing((MixSource(5, weights=((0, 1.0),)),))
    before = Settings(MODEL, mixing=mixed)
    moments = [Moment(0, before), Moment(1, Settings(MODEL, truncation=Truncation(0.5)))]
    result, left_out = performed(moments, 2.0, 30)
    assert left_out == ("mixing.sources",)
    assert at(result, 0.5).truncation.psi == 1.0


def test_nothing_done_moves_nothing():
    result, left_out = performed([Moment(0, Settings(MODEL))], 2.0, 30)
    assert result.timeline.empty
    assert left_out == ()


GAPS = st.sampled_from([FRAME, FRAME, FRAME, 3 * FRAME, 0.4])
MOVES = st.lists(st.tuples(GAPS, st.floats(-0.1, 0.1), st.floats(-0.3, 0.3)), max_size=40)


@settings(deadline=None, max_examples=60)
@given(MOVES)
def test_whatever_a_hand_did_is_there_within_the_tolerance(moves):
    secs, x, value, moments = 0.0, 0.0, 1.0, [Moment(0.0, Settings(MODEL))]
    for gap, by, step in moves:
        secs, x, value = secs + gap, x + step, value + by
        moments.append(
            Moment(secs, Settings(MODEL, Latent(x, x / 3), truncation=Truncation(value)))
        )
    result, left_out = performed(moments, secs + 1, 30)
    assert left_out == ()
    ends = [*(moment.secs for moment in moments[1:]), secs + 1]
    for moment, end in zip(moments, ends, strict=True):
        resting = end - moment.secs > REST_SECS
        for when in (moment.secs, end - 1e-3) if resting else (moment.secs,):
            now = at(result, when)
            assert abs(now.truncation.psi - moment.settings.truncation.psi) <= 3.01 * TOLERANCE
            there, here = seed_weights(moment.settings.latent), seed_weights(now.latent)
            assert there is not None
            assert here is not None
            assert distance(here, there) <= 1.01 * TOLERANCE


def test_minutes_of_animation_are_simplified_quickly():
    def orbit(turns):
        x, y = 0.1 * math.cos(turns), 0.1 * math.sin(turns)
        return replace(still, transform=InputTransform(x, y))

    still = Settings(MODEL)
    moments = glide(np.linspace(0, 200, 20_000), orbit)
    result, _ = performed(moments, 400.0, 30)
    assert len(keys_of(result, "transform.translate_x")) < 2_000
