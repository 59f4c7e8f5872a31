"""What follows a sound unless one says otherwise, and timelines that dance in one click."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.arrays import ArrayStore
from explorer.settings import Settings, Truncation, seed_latent
from explorer.timeline.drives import dance, default_drive, default_gain, follow, seed_at_each
from explorer.timeline.evaluate import drivable, settings_at
from explorer.timeline.model import CURVES_HZ, Drive, Key, Sound, Timeline, Track
from explorer.timeline.properties import FIXED, property_of

SECS = 24.0


def sounding(level: float = 0.0, **settings: object) -> tuple[Settings, ArrayStore]:
    """A steady sound, with a loud beat in all curves from 12 s to 12.5 s."""
    arrays = ArrayStore()
    curves = np.full((5, round(SECS * CURVES_HZ)), level, np.float32)
    curves[:, round(12 * CURVES_HZ) : round(12.5 * CURVES_HZ)] = 1
    sound = Sound(arrays.add(curves), "a.wav", duration_secs=SECS)
    timeline = Timeline(duration_secs=SECS, playing="once", sound=sound)
    return replace(Settings(timeline=timeline), **settings), arrays


@pytest.mark.parametrize("known", FIXED, ids=lambda known: known.path)
def test_every_property_can_follow_by_what_is_usual(known) -> None:
    settings, arrays = sounding()
    drive = default_drive(known)
    assert drive.how == drivable(known)[0]
    followed = follow(settings, known.path, drive)
    track = followed.timeline.track(known.path)
    assert track is not None
    assert [key.time for key in track.keys] == [0.0]
    assert track.drive == drive
    settings_at(followed, 12.2, arrays)


def test_usual_gains_show_without_being_wild() -> None:
    gains = {path: default_gain(property_of(path), "add") for path in (  # type: ignore[arg-type]
        "truncation.psi", "noise.strength", "noise.seed", "truncation.cutoff", "latent",
        "layer.spectrum",
    )}  # fmt: skip
    assert gains == {
        "truncation.psi": 0.75, "noise.strength": 1.0, "noise.seed": 1.0,
        "truncation.cutoff": 5.0, "latent": 0.5, "layer.spectrum": 1.0,
    }  # fmt: skip
    assert {default_gain(known, how) for known in FIXED for how in ("along", "travel")} == {1.0}


def test_keys_that_are_there_stay() -> None:
    settings, _ = sounding()
    track = Track("truncation.psi", (Key(3.0, number=0.4),))
    settings = replace(settings, timeline=replace(settings.timeline, tracks=(track,)))
    followed = follow(settings, "truncation.psi", Drive("bass"))
    assert followed.timeline.tracks == (replace(track, drive=Drive("bass")),)
    assert follow(settings, "no such path", Drive()) == settings


def test_a_dance_stands_still_in_psi_until_the_bass_and_runs_faster_where_it_is_loud() -> None:
    settings, arrays = sounding(latent=seed_latent(40), truncation=Truncation(1.0))
    dancing = dance(settings)
    track = dancing.timeline.track("latent")
    assert [key.latent.seed for key in track.keys] == list(range(40, 48))  # one for three seconds
    psis = [settings_at(dancing, secs, arrays).truncation.psi for secs in (5, 12.25, 20)]
    assert psis == pytest.approx([0.6, 1.0, 0.6], abs=0.01)
    quiet = settings_at(dancing, 9.0, arrays).latent.x
    loud, arrays = sounding(1.0, latent=seed_latent(40))
    twice_as_fast = settings_at(dance(loud), 4.5, arrays).latent.x
    assert twice_as_fast == pytest.approx(quiet, abs=0.03)
    assert quiet == pytest.approx(43, abs=0.03)


def test_a_dance_takes_the_seeds_it_is_given_and_calm_truncation_stays() -> None:
    settings, _ = sounding(truncation=Truncation(0.3))
    dancing = dance(settings, (5, 9, 2))
    assert [key.latent.seed for key in dancing.timeline.track("latent").keys] == [5, 9, 2]
    assert dancing.timeline.track("truncation.psi").keys[0].number == 0.3


def test_each_beat_arrives_at_another_seed() -> None:
    settings, arrays = sounding(latent=seed_latent(7))
    beating = seed_at_each(settings, (-1.0, 0.01, 2.0, 3.5, 99.0))
    seeds = [settings_at(beating, secs, arrays).latent for secs in (0, 2.0, 3.5)]
    assert [latent.seed for latent in seeds] == [7, 8, 9]
    assert not any(latent.blend for latent in seeds)
    assert settings_at(beating, 1.0, arrays).latent.blend
    many = seed_at_each(settings, tuple(np.arange(0.1, 24, 0.01)))
    assert len(many.timeline.track("latent").keys) == 501
