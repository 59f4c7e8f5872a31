"""The track of captions: what is said when, and what other keys leave as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.arrays import ArrayStore
from explorer.settings import MixSource, Settings, StyleMixing
from explorer.timeline.edit import key_everything, key_here, key_moving, put_key
from explorer.timeline.evaluate import caption_at, caption_track, settings_at
from explorer.timeline.model import Key, Timeline
from explorer.timeline.properties import CAPTION, properties_of

ARRAYS = ArrayStore()


def said(*keys: tuple[float, str]) -> Settings:
    timeline = Timeline(duration_secs=10.0)
    for time, text in keys:
        timeline = put_key(timeline, CAPTION, Key(time, text=text))
    return Settings(timeline=timeline)


@pytest.mark.parametrize(
    "time, text",
    [(0, ""), (0.9, ""), (1, "First"), (3.9, "First"), (4, ""), (6, "Then"), (9, "Then")],
)
def test_a_caption_stays_until_the_next_key(time: float, text: str) -> None:
    settings = said((1, "First"), (4, ""), (6, "Then"))
    assert caption_at(settings, time, ARRAYS) == text
    assert replace(settings_at(settings, time, ARRAYS)) == settings  # it is of no setting


def test_a_track_that_says_nothing_or_is_off_is_none() -> None:
    assert caption_at(said(), 1, ARRAYS) is None
    assert caption_at(said((1, "")), 1, ARRAYS) is None
    settings = said((1, "First"))
    track = replace(settings.timeline.tracks[0], enabled=False)
    assert caption_track(replace(settings.timeline, tracks=(track,))) is None


def test_a_key_for_everything_that_moves_goes_on_with_the_caption() -> None:
    settings = key_moving(said((1, "First")), 5)
    assert caption_at(settings, 7, ARRAYS) == "First"
    earlier = key_here(said((4, "Late")), CAPTION, 2)
    assert caption_at(earlier, 3, ARRAYS) == ""
    assert caption_at(earlier, 4, ARRAYS) == "Late"
    assert key_everything(Settings(), 0).timeline.track(CAPTION) is None


def test_every_setting_that_decides_pixels_has_a_track() -> None:
    """Compared with the slices that a request is made of."""
    settings = Settings(mixing=StyleMixing((MixSource(weights=((0, 1.0),)),)))
    paths = {each.path for each in properties_of(settings)}
    for name in ("truncation", "noise", "transform", "layer"):
        fields = type(getattr(settings, name)).__dataclass_fields__
        assert {f"{name}.{field}" for field in fields} <= paths
    assert {"latent", "classes", "model", "mix.0.seed", "mix.0.weights", "mix.0.enabled"} <= paths
