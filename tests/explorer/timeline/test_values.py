"""The curves that are drawn for tracks of numbers."""

from __future__ import annotations

import pytest

from explorer.arrays import ArrayStore
from explorer.settings import Settings, seed_latent
from explorer.timeline.edit import put_key
from explorer.timeline.evaluate import settings_at
from explorer.timeline.model import Key, Timeline
from explorer.timeline.values import SAMPLES, ValuesMemo, values_of

PSI = "truncation.psi"
ARRAYS = ArrayStore()


def moving() -> Timeline:
    timeline = put_key(Timeline(duration_secs=4.0), PSI, Key(0.0, number=0.0))
    return put_key(timeline, PSI, Key(2.0, number=1.0, interpolation="spline"))


def test_the_drawn_values_are_those_that_are_shown() -> None:
    timeline = moving()
    found = values_of(timeline.tracks[0], timeline, ARRAYS, 1.0, 3.0)
    assert found is not None
    settings = Settings(timeline=timeline)
    times = [1.0 + 2.0 * n / (SAMPLES - 1) for n in range(SAMPLES)]
    shown = [settings_at(settings, time, ARRAYS).truncation.psi for time in times]
    assert found.values == pytest.approx(shown)
    assert (found.low, found.high) == (min(found.values), max(found.values))


def test_what_does_not_change_and_what_is_no_number_has_no_curve() -> None:
    still = put_key(Timeline(), PSI, Key(number=0.5))
    assert values_of(still.tracks[0], still, ARRAYS, 0, 10) is None
    latents = put_key(Timeline(), "latent", Key(latent=seed_latent(1)))
    assert values_of(latents.tracks[0], latents, ARRAYS, 0, 10) is None


def test_only_what_changed_is_worked_out_again() -> None:
    memo, timeline = ValuesMemo(ARRAYS), moving()
    timeline = put_key(timeline, "noise.strength", Key(0.0, number=0.0))
    timeline = put_key(timeline, "noise.strength", Key(1.0, number=1.0))
    psi, noise = memo.of(timeline, 0.0, 0.0)
    timeline = put_key(timeline, PSI, Key(3.0, number=0.7))
    changed, kept = memo.of(timeline, 0.0, 0.0)
    assert kept is noise
    assert changed is not psi
    assert memo.of(timeline, 1.0, 2.0)[1].start_secs == 1.0
