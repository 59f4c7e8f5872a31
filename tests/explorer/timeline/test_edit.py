"""Keys added, moved, copied and deleted; and recipes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.arrays import ArrayStore
from explorer.settings import MixSource, ModelRef, Settings, StyleMixing, seed_latent
from explorer.timeline import recipes
from explorer.timeline.edit import (
    KeyName,
    change_keys,
    checked,
    copy_keys,
    key_everything,
    key_here,
    key_moving,
    move_keys,
    paste_keys,
    put_key,
    remove_keys,
    snapped,
    stretch,
)
from explorer.timeline.evaluate import frame_times, settings_at
from explorer.timeline.model import Key, Timeline, Track
from explorer.timeline.properties import properties_of, property_of

ARRAYS = ArrayStore()
PSI = "truncation.psi"


def _line(*times: float) -> Timeline:
    timeline = Timeline()
    for time in times:
        timeline = put_key(timeline, PSI, Key(time=time, number=time))
    return timeline


def _times(timeline: Timeline, path: str = PSI) -> list[float]:
    track = timeline.track(path)
    return [] if track is None else [key.time for key in track.keys]


def test_keys_lie_in_order_and_one_at_a_time() -> None:
    timeline = put_key(_line(3, 1, 2), PSI, Key(time=2.00001, number=9))
    assert _times(timeline) == [1, 2.00001, 3]
    assert timeline.tracks[0].keys[1].number == 9


def test_moving_keys_keeps_their_distances_and_stops_at_the_start() -> None:
    names = [KeyName(PSI, 1), KeyName(PSI, 2)]
    timeline, moved = move_keys(_line(1, 2, 5), names, 3)
    assert _times(timeline) == [4, 5]
    assert [key.number for key in timeline.tracks[0].keys] == [1, 2]
    assert [name.time for name in moved] == [4, 5]
    timeline, moved = move_keys(_line(1, 2), names, -7)
    assert _times(timeline) == [0, 1]


def test_what_is_copied_can_be_pasted_elsewhere_and_what_is_deleted_is_gone() -> None:
    timeline = _line(1, 2)
    copied = copy_keys(timeline, [KeyName(PSI, 1), KeyName(PSI, 2)])
    pasted, names = paste_keys(timeline, copied, 4)
    assert _times(pasted) == [1, 2, 4, 5]
    assert [name.time for name in names] == [4, 5]
    assert _times(remove_keys(pasted, names)) == [1, 2]


def test_changing_keys_leaves_their_times() -> None:
    timeline = change_keys(
        _line(1, 2), [KeyName(PSI, 2)], lambda key: replace(key, easing="sine in", time=77)
    )
    assert [(k.time, k.easing) for k in timeline.tracks[0].keys] == [(1, "none"), (2, "sine in")]


def test_stretching_takes_the_keys_along() -> None:
    timeline = stretch(replace(_line(1, 5), duration_secs=10), 20)
    assert (timeline.duration_secs, _times(timeline)) == (20, [2, 10])


def test_a_key_at_the_playhead_holds_what_is_shown() -> None:
    settings = replace(Settings(), latent=seed_latent(4))
    settings = key_here(settings, "latent", 1.5)
    assert settings.timeline.tracks[0].keys == (Key(time=1.5, latent=seed_latent(4)),)
    later = key_moving(replace(settings, latent=seed_latent(9)), 3)
    assert settings_at(later, 3, ARRAYS).latent == seed_latent(9)
    assert key_here(settings, "no.such", 1) == settings


def test_a_new_key_goes_on_as_the_one_before_it() -> None:
    timeline = put_key(Timeline(), PSI, Key(time=1, interpolation="spline", easing="cubic in"))
    settings = key_here(replace(Settings(), timeline=timeline), PSI, 2)
    assert settings.timeline.tracks[0].keys[1].interpolation == "spline"
    assert settings.timeline.tracks[0].keys[1].easing == "cubic in"


def test_every_property_reads_back_what_it_wrote() -> None:
    mixing = StyleMixing((MixSource(5, weights=((0, 0.5), (3, 1.0))),))
    settings = replace(Settings(), mixing=mixing, model=ModelRef("a", "aa"))
    keyed = key_everything(settings, 2)
    for known in properties_of(settings):
        assert property_of(known.path) is not None
        assert known.write(settings, known.read(settings)) == settings
        assert known.kind == "model" or keyed.timeline.track(known.path) is not None
    assert replace(settings_at(keyed, 2, ARRAYS), timeline=Timeline()) == settings


def test_times_snap_to_other_keys_first_and_to_frames_else() -> None:
    assert snapped(1.02, 25, [1.0, 3.0], reach_secs=0.05) == 1.0
    assert snapped(1.13, 25, [1.0], reach_secs=0.05) == pytest.approx(1.12)
    assert snapped(1.13, 0) == 1.13


def test_a_strangers_timeline_comes_out_in_order_and_within_bounds() -> None:
    keys = (Key(time=5), Key(time=-3, number=1), Key(time=5, number=2))
    timeline = checked(Timeline((Track(PSI, keys), Track(PSI)), duration_secs=-1, fps=0))
    assert [(key.time, key.number) for key in timeline.tracks[0].keys] == [(0, 1), (5, 2)]
    assert len(timeline.tracks) == 1
    assert timeline.duration_secs > 0
    assert timeline.fps == 1


LOOPS = {
    "seeds": lambda s: recipes.through_seeds(s, (3, 8, 5)),
    "walk": lambda s: recipes.random_walk(s, 5, 0.7),
    "circle": lambda s: recipes.latent_circle(s),
    "psi": lambda s: recipes.truncation_sweep(s),
    "mix": lambda s: recipes.mixing_sweep(s, 12, (4, 5)),
    "fade": lambda s: recipes.fade(s, replace(s, latent=seed_latent(9))),
    "orbit": lambda s: recipes.translation_orbit(s),
    "classes": lambda s: recipes.class_tour(s, (0, 2, 3)),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_recipe_moves_and_comes_back_to_where_it_began(name: str) -> None:
    settings = LOOPS[name](Settings())
    times = frame_times(settings.timeline, 30)
    assert settings_at(settings, settings.timeline.duration_secs, ARRAYS) == settings_at(
        settings, 0, ARRAYS
    )
    assert settings_at(settings, times[len(times) // 3], ARRAYS) != settings_at(settings, 0, ARRAYS)
    assert checked(settings.timeline) == settings.timeline


def test_a_walk_is_the_same_for_the_same_seed_only() -> None:
    walks = [recipes.random_walk(Settings(), 4, 0.5, seed) for seed in (1, 1, 2)]
    assert walks[0] == walks[1]
    assert walks[0] != walks[2]


def test_an_orbit_stays_on_its_circle() -> None:
    settings = recipes.translation_orbit(Settings(), 0.1)
    for time in frame_times(settings.timeline, 30):
        moved = settings_at(settings, time, ARRAYS).transform
        assert (moved.translate_x**2 + moved.translate_y**2) ** 0.5 == pytest.approx(0.1, rel=3e-3)


def test_a_rotation_is_even_and_a_time_lapse_ends_with_the_last_snapshot() -> None:
    settings = recipes.full_rotation(Settings())
    assert settings_at(settings, 2.5, ARRAYS).transform.rotate_turns == pytest.approx(0.25)
    models = [ModelRef(f"{n}.safetensors", f"{n:064d}") for n in range(3)]
    lapse = recipes.time_lapse(Settings(), models)
    assert settings_at(lapse, 0, ARRAYS).model == models[0]
    assert settings_at(lapse, lapse.timeline.duration_secs, ARRAYS).model == models[2]
    dive = recipes.layer_dive(Settings(), ("b4.conv1", "b8.conv1"))
    assert settings_at(dive, 0, ARRAYS).layer.layer == "b4.conv1"
    assert settings_at(dive, 10, ARRAYS).layer.layer is None
