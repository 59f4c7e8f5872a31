"""Tracks that follow a sound: what its curves add, where they lead, and when."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.arrays import ArrayStore
from explorer.session import SessionError, session_from_json, session_to_json
from explorer.settings import Settings, seed_latent
from explorer.timeline.curves import smoothed
from explorer.timeline.edit import key_everything, key_moving, put_key, set_drive, set_sound
from explorer.timeline.evaluate import settings_at
from explorer.timeline.heard import driven_tracks, onset_secs
from explorer.timeline.model import (
    CURVES,
    CURVES_HZ,
    Drive,
    Key,
    Playing,
    Sound,
    Timeline,
)
from explorer.view_state import CanvasView

PSI = "truncation.psi"
SECS = 4.0


def heard(arrays: ArrayStore, **curves: np.ndarray) -> Sound:
    """Return a sound of SECS seconds whose other curves are silent."""
    rows = np.zeros((len(CURVES), round(SECS * CURVES_HZ)), np.float32)
    for name, values in curves.items():
        rows[CURVES.index(name)] = values  # type: ignore[arg-type]
    return Sound(arrays.add(rows), name="beat.wav", path="/music/beat.wav", duration_secs=SECS)


def made(
    drive: Drive, *keys: Key, path: str = PSI, playing: Playing = "once", **curves: np.ndarray
) -> tuple[Settings, ArrayStore]:
    arrays = ArrayStore()
    timeline = Timeline(duration_secs=SECS, playing=playing, sound=heard(arrays, **curves))
    for key in keys:
        timeline = put_key(timeline, path, key)
    return Settings(timeline=set_drive(timeline, path, drive)), arrays


def ramp() -> np.ndarray:
    return np.linspace(0, 1, round(SECS * CURVES_HZ), endpoint=False)


def raw(**fields: object) -> Drive:
    return replace(Drive(smoothing_secs=0.0), **fields)  # type: ignore[arg-type]


def psi(settings: Settings, time: float, arrays: ArrayStore) -> float:
    return settings_at(settings, time, arrays).truncation.psi


@given(st.floats(0, SECS - 0.05), st.floats(-3, 3), st.floats(0, 1))
def test_a_drive_adds_gain_times_the_curve_to_what_the_keys_say(
    time: float, gain: float, base: float
) -> None:
    settings, arrays = made(raw(gain=gain, curve="bass"), Key(number=base), bass=ramp())
    assert psi(settings, time, arrays) == pytest.approx(base + gain * time / SECS, abs=1e-5)


def test_other_curves_do_not_move_it() -> None:
    settings, arrays = made(raw(curve="treble"), Key(number=0.5), bass=ramp())
    assert psi(settings, 3, arrays) == 0.5


def test_a_latent_moves_along_the_row_of_seeds() -> None:
    settings, arrays = made(raw(gain=2), Key(latent=seed_latent(7)), path="latent", level=ramp())
    assert settings_at(settings, 1, arrays).latent.x == pytest.approx(7.5)


def test_delay_moves_the_curve_later_and_offset_earlier() -> None:
    settings, arrays = made(raw(delay_secs=0.5), Key(), level=ramp())
    assert psi(settings, 2, arrays) == pytest.approx(1.5 / SECS)
    assert psi(settings, 0.25, arrays) == 0  # before the sound
    sound = settings.timeline.sound
    assert sound is not None
    timeline = replace(settings.timeline, sound=replace(sound, offset_secs=1.0))
    assert psi(replace(settings, timeline=timeline), 2, arrays) == pytest.approx(2.5 / SECS)


def test_along_goes_from_the_first_key_to_the_last() -> None:
    keys = (Key(1, number=2, interpolation="linear"), Key(3, number=6, interpolation="linear"))
    settings, arrays = made(raw(how="along"), *keys, level=ramp())
    assert psi(settings, 0, arrays) == pytest.approx(2)
    assert psi(settings, 1, arrays) == pytest.approx(3)  # a quarter of the way
    assert psi(settings, 3, arrays) == pytest.approx(5)


def test_along_chooses_between_choices() -> None:
    keys = (Key(0, text="b4"), Key(1, text="b8"), Key(2, text=""))
    settings, arrays = made(raw(how="along"), *keys, path="layer.layer", level=ramp())
    shown = [settings_at(settings, time, arrays).layer.layer for time in (0.1, 2, 3.9)]
    assert shown == ["b4", "b8", None]


def test_travel_runs_ahead_by_the_sound_that_was_heard() -> None:
    keys = (Key(0, number=0, interpolation="linear"), Key(4, number=4, interpolation="linear"))
    loud = np.ones(round(SECS * CURVES_HZ))
    settings, arrays = made(raw(how="travel", gain=0.5), *keys, level=loud)
    assert psi(settings, 2, arrays) == pytest.approx(3)
    quiet, arrays = made(raw(how="travel", gain=0.5), *keys)
    assert psi(quiet, 2, arrays) == pytest.approx(2)


def test_smoothing_keeps_the_sum_and_the_place_of_a_beat() -> None:
    values = np.zeros(round(SECS * CURVES_HZ))
    values[120] = 1.0
    settings, arrays = made(raw(), Key(), onset=values)
    sound = settings.timeline.sound
    assert sound is not None
    sharp = smoothed(arrays, sound.curves, "onset", 0.0)
    soft = smoothed(arrays, sound.curves, "onset", 0.1)
    assert sharp.at(2.0) == 1.0
    assert soft.at(2.0) < 0.1
    assert soft.at(1.9) == pytest.approx(soft.at(2.1))
    assert soft.at(1.9) < soft.at(2.0)
    assert soft.until(SECS) == pytest.approx(sharp.until(SECS))


def test_a_switched_off_track_and_a_timeline_without_sound_do_not_follow() -> None:
    settings, arrays = made(raw(), Key(number=0.5), level=ramp())
    timeline = settings.timeline
    silent = replace(settings, timeline=replace(timeline, sound=None))
    assert psi(silent, 2, arrays) == 0.5
    off = replace(timeline, tracks=(replace(timeline.tracks[0], enabled=False),))
    assert psi(replace(settings, timeline=off), 2, arrays) == settings.truncation.psi


def test_the_curves_travel_with_the_session_and_the_folder_does_not() -> None:
    settings, arrays = made(raw(gain=0.7), Key(number=0.5), level=ramp())
    text = session_to_json(settings, CanvasView(), arrays, keep_paths=False)
    assert "/music" not in text
    other = ArrayStore()
    again = session_from_json(text, other).settings
    assert again.timeline.tracks == settings.timeline.tracks
    assert psi(again, 2.5, other) == psi(settings, 2.5, arrays)


def test_a_sound_without_its_curves_is_refused_in_one_sentence() -> None:
    settings, arrays = made(raw(), Key(number=0.5), level=ramp())
    data = json.loads(session_to_json(settings, CanvasView(), arrays, keep_paths=True))
    data["arrays"] = {}
    with pytest.raises(SessionError, match="is named but not in the session"):
        session_from_json(json.dumps(data), ArrayStore())
    flat = replace(settings.timeline, sound=Sound(arrays.add(np.zeros((3, 5))), name="x.wav"))
    text = session_to_json(replace(settings, timeline=flat), CanvasView(), arrays, keep_paths=True)
    with pytest.raises(SessionError, match=r"x\.wav has no 5 curves"):
        session_from_json(text, ArrayStore())


def test_a_drive_needs_keys_and_stays_within_its_bounds() -> None:
    assert set_drive(Timeline(), PSI, Drive()) == Timeline()
    timeline = put_key(Timeline(), PSI, Key())
    drive = set_drive(timeline, PSI, Drive(smoothing_secs=-1, delay_secs=99)).tracks[0].drive
    assert drive == Drive(smoothing_secs=0, delay_secs=10)
    assert set_drive(timeline, PSI, None) == timeline


def keyed(settings: Settings, time: float, arrays: ArrayStore, make=key_moving) -> Settings:
    """Return settings with keys of what is on screen at a time."""
    driven = {
        each.path: each.value
        for each in driven_tracks(settings.timeline, time, arrays)
        if each.how == "add"
    }
    return make(settings_at(settings, time, arrays), time, driven)


@pytest.mark.parametrize("make", [key_moving, key_everything])
@pytest.mark.parametrize("time", [0.0, 1.3, 3.5])
def test_keys_of_a_loud_moment_leave_the_picture_as_it_was(time: float, make) -> None:
    for path, key in (
        (PSI, Key(number=0.3)),
        ("latent", Key(latent=seed_latent(7))),
        ("truncation.cutoff", Key(number=2)),
        ("layer.spectrum", Key(number=0)),
    ):
        settings, arrays = made(raw(gain=1.7), key, path=path, level=ramp())
        before = settings_at(settings, time, arrays)
        after = settings_at(keyed(settings, time, arrays, make), time, arrays)
        assert replace(after, timeline=before.timeline) == replace(
            before, latent=replace(before.latent, x=pytest.approx(before.latent.x)),
            truncation=replace(before.truncation, psi=pytest.approx(before.truncation.psi)),
        )  # fmt: skip
        assert len(keyed(settings, time, arrays, make).timeline.track(path).keys) >= 1


def test_a_key_holds_what_is_shown_without_the_sound() -> None:
    settings, arrays = made(raw(gain=2), Key(number=0.3), level=ramp())
    keys = keyed(settings, 1.0, arrays).timeline.tracks[0].keys
    assert [key.number for key in keys] == pytest.approx([0.3, 0.3])


@pytest.mark.parametrize("how", ["along", "travel"])
def test_tracks_whose_time_the_sound_leads_get_no_keys_on_the_side(how) -> None:
    settings, arrays = made(raw(how=how), Key(), Key(3, number=1), level=ramp())
    assert keyed(settings, 1.0, arrays).timeline == settings.timeline
    silent = replace(settings, timeline=replace(settings.timeline, sound=None))
    assert len(keyed(silent, 1.0, arrays).timeline.tracks[0].keys) == 3


def test_what_follows_the_sound_says_how_far_it_is() -> None:
    settings, arrays = made(raw(gain=2, delay_secs=0.5), Key(), level=ramp())
    (driven,) = driven_tracks(settings.timeline, 2.5, arrays)
    assert (driven.path, driven.how) == (PSI, "add")
    assert driven.value == pytest.approx(1.0)
    assert driven.level == pytest.approx(0.5)
    assert driven.starts_secs == 0.5
    off = replace(settings.timeline.tracks[0], enabled=False)
    assert driven_tracks(replace(settings.timeline, tracks=(off,)), 2.5, arrays) == ()


def test_onsets_are_where_the_curve_rises() -> None:
    curves = np.zeros((5, 100), np.float32)
    curves[4, 30:40] = np.linspace(1, 0, 10)
    curves[4, 36:50] = np.linspace(0.8, 0, 14)
    curves[4, 0] = 0.5
    assert onset_secs(curves) == pytest.approx((0, 0.5, 0.6))


def test_a_sound_gives_its_length_to_a_timeline_in_which_nothing_moves() -> None:
    sound = heard(ArrayStore(), level=ramp())
    assert set_sound(Timeline(), sound).duration_secs == SECS
    moving = put_key(Timeline(), PSI, Key())
    assert set_sound(moving, sound) == replace(moving, sound=sound)
