"""A sound's curves as bars: nothing loud is lost at any zoom, and drawing them is cheap."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from explorer.arrays import ArrayStore
from explorer.timeline.edit import set_drive
from explorer.timeline.heard import driven_tracks
from explorer.timeline.model import CURVES_HZ, Drive, Key, Sound, Timeline, Track
from explorer.timeline_state import SoundState, TimelineState, TimelineView
from tests.widgets.fake_state import full_state
from tests.widgets.headless import desk
from widgets.timeline_panel import TimelinePanel
from widgets.timeline_wave import bars_of

SECS = 180.0


def curves_with(*peaks_secs: float, secs: float = SECS) -> np.ndarray:
    curves = np.full((5, round(secs * CURVES_HZ)), 0.25, np.float32)
    curves[4] = 0
    for at in peaks_secs:
        curves[:, round(at * CURVES_HZ)] = 1
    return curves


def sounding_state(secs: float = SECS, **view: object):
    arrays = ArrayStore()
    curves = curves_with(1.0, 2.0, secs=secs)
    sound = Sound(arrays.add(curves), "A long name of a song (final mix).wav", duration_secs=secs)
    tracks = tuple(Track(p, (Key(),)) for p in ("truncation.psi", "noise.strength", "latent"))
    timeline = Timeline(tracks, secs, sound=sound)
    for path in ("truncation.psi", "latent"):
        timeline = set_drive(timeline, path, Drive("bass"))
    shown = TimelineState(
        replace(TimelineView(), **view),
        sound=SoundState(curves),
        driven=driven_tracks(timeline, 1.0, arrays),
    )
    state = full_state()
    return replace(state, settings=replace(state.settings, timeline=timeline), timeline=shown)


@pytest.mark.parametrize("count", [7, 90, 400, 3000])
def test_every_peak_is_in_the_bar_of_its_time(count: int):
    peaks = (3.0, 77.7, 150.0)
    per_bar = SECS / count
    bars = bars_of(curves_with(*peaks), 0.0, per_bar, count)
    loud = [index for index, level in enumerate(bars.levels) if level == 1]
    assert len(loud) == len(peaks)
    assert [index * per_bar for index in loud] == pytest.approx(peaks, abs=per_bar + 1 / CURVES_HZ)
    assert all(level == 0.25 for index, level in enumerate(bars.levels) if index not in loud)
    if count > 50:
        assert [index for index, _ in bars.onsets] == loud
    else:
        assert bars.onsets == ()  # they would be a line


def test_zoomed_in_each_bar_is_the_value_there_and_outside_is_nothing():
    bars = bars_of(curves_with(1.0, secs=2.0), 0.9, 0.002, 700)
    first = bars.levels.index(1.0)
    assert (first * 0.002 + 0.9) == pytest.approx(1.0, abs=1 / CURVES_HZ)
    assert bars.levels[600] == -1  # 2.1 s
    before = bars_of(curves_with(1.0, secs=2.0), -1.0, 0.1, 30)
    assert before.levels[:10] == (-1.0,) * 10
    assert min(before.levels[10:30]) >= 0.25


@pytest.mark.parametrize(
    ("width", "font_px"), [(280, 16), (420, 24), (420, 32), (900, 16), (900, 32), (1600, 16)]
)
def test_nothing_is_clipped_in_any_width(width: float, font_px: float):
    state, panel = sounding_state(12.0), TimelinePanel()
    with desk(width, 500, font_px) as table:
        for _ in range(3):
            kept = table.frame(lambda: panel.draw(state.settings, state, lambda _: None))
            assert kept is state.settings
        assert table.used[0] <= table.inner[0] + 1


def test_drawing_a_sound_costs_little():
    with_sound = sounding_state(visible_secs=60.0)
    without = replace(with_sound.settings.timeline, sound=None)
    without = replace(without, tracks=tuple(replace(t, drive=None) for t in without.tracks))
    silent = replace(
        with_sound,
        settings=replace(with_sound.settings, timeline=without),
        timeline=TimelineState(with_sound.timeline.view),
    )
    least = []
    for state in (with_sound, silent):
        panel, spent = TimelinePanel(), []
        with desk(1600, 400, 16) as table:
            for _ in range(40):
                started = time.process_time()
                table.frame(lambda p=panel, s=state: p.draw(s.settings, s, lambda _: None))
                spent.append(time.process_time() - started)
        least.append(min(spent))
    assert least[0] - least[1] < 0.008
