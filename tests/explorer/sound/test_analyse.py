"""Curves of sounds whose loudness, range and beats are known."""

from __future__ import annotations

import time

import numpy as np
import pytest

from explorer.sound.analyse import STEPS, analyse
from explorer.sound.decode import RATE
from explorer.timeline.model import CURVES, CURVES_HZ
from tests.explorer.sound.made import clicks, sine

LEVEL, BASS, MIDDLE, TREBLE, ONSET = range(len(CURVES))
INSIDE = slice(6, -6)  # not the very ends, where a sound that stops at once is a click


def heard(samples: np.ndarray) -> np.ndarray:
    curves = analyse(samples.astype(np.float32))
    assert curves.dtype == np.float32
    assert np.isfinite(curves).all()
    assert curves.min() >= 0
    assert curves.max() <= 1
    assert np.array_equal(np.round(curves * STEPS) / np.float32(STEPS), curves)
    return curves


def onset_secs(curves: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.diff(curves[ONSET], prepend=0) > 0) / CURVES_HZ


def test_every_click_of_120_bpm_is_an_onset_and_nothing_else():
    times = np.arange(0.2, 10, 0.5) + np.linspace(0, 0.03, 20)  # on and between values
    found = onset_secs(heard(clicks(times, 10)))
    assert len(found) == len(times)
    assert np.abs(found - times).max() <= 1 / CURVES_HZ


def test_a_pulse_is_high_at_its_onset_and_gone_after_150_ms():
    curve = heard(clicks(np.array([1.0]), 2))[ONSET]
    assert curve[59] == 0
    assert curve[60] == 1
    assert 0.3 < curve[63] < 0.4
    assert curve[60 + 9] < 0.06


def test_notes_over_a_steady_chord_are_found():
    chord = sine(110, 8) + 0.5 * sine(277, 8) * (1 + 0.3 * sine(5, 8))
    times = np.array([1.0, 2.3, 3.1, 5.5, 6.2])
    for at in times:
        start = round(at * RATE)
        note = 0.5 * sine(660, 0.5) * np.exp(-np.arange(RATE // 2) / (0.1 * RATE))
        chord[start : start + len(note)] += note
    found = onset_secs(heard(chord))
    assert np.abs(found[1:] - times).max() <= 1 / CURVES_HZ  # the first one is the chord's
    assert found[0] == 0


@pytest.mark.parametrize("hz, only", [(60, BASS), (500, MIDDLE), (8000, TREBLE)])
def test_a_tone_is_in_its_range_only(hz: float, only: int):
    curves = heard(sine(hz))[:, INSIDE]
    assert curves[only].min() > 0.98
    assert curves[LEVEL].min() > 0.98
    for row in {BASS, MIDDLE, TREBLE} - {only}:
        assert curves[row].max() < 0.02, CURVES[row]
    assert curves[ONSET, 6:].max() < 0.06  # the start alone is one


def test_ten_decibels_more_are_twice_as_loud():
    samples = sine(440, 6)
    samples[: 3 * RATE] *= 10**-0.5
    level = heard(samples)[LEVEL]
    assert level[30:150] == pytest.approx(0.5, abs=0.01)
    assert level[210:330] == pytest.approx(1.0, abs=0.01)
    assert abs(int(np.argmax(level > 0.75)) - 180) <= 2


def test_quiet_music_moves_as_much_as_loud_music():
    samples = clicks(np.arange(0.25, 5, 0.5), 5) + 0.2 * sine(300, 5)
    assert np.abs(heard(samples) - heard(samples * 0.01)).max() <= 1 / STEPS + 1e-6


def test_rare_beats_are_not_lost_in_silence():
    curves = heard(clicks(np.array([10.0]), 60))
    assert curves[LEVEL, 600] == 1
    assert curves[LEVEL, 700:].max() == 0


@pytest.mark.parametrize("count", [0, 1, 399, 401, 24_000])
def test_silence_of_any_length_is_zero(count: int):
    curves = heard(np.zeros(count))
    assert curves.shape == (5, max(1, -(-count // 400)))
    assert not curves.any()


def test_noise_that_goes_on_has_no_onsets_but_its_first():
    rng = np.random.default_rng(0)
    assert onset_secs(heard(0.1 * rng.standard_normal(10 * RATE))) == [0.0]


def test_long_sounds_are_analysed_in_pieces_that_fit():
    times = np.arange(0.25, 80, 0.5)
    samples = clicks(times, 80)
    found = onset_secs(heard(samples))
    assert len(found) == len(times)
    later = heard(samples[round(40 * RATE) :])
    assert np.abs(heard(samples)[:4, 2400 + 6 :] - later[:4, 6:]).max() <= 1 / STEPS + 1e-6


def test_ten_seconds_are_quick_and_always_the_same():
    rng = np.random.default_rng(1)
    samples = (0.1 * rng.standard_normal(10 * RATE)).astype(np.float32)
    first = analyse(samples)
    started = time.process_time()
    assert np.array_equal(analyse(samples), first)
    assert time.process_time() - started < 0.5


def test_a_range_that_is_not_there_does_not_show_its_noise():
    noise = 1e-4 * np.random.default_rng(2).standard_normal(4 * RATE)
    assert heard(sine(60) + noise)[TREBLE].max() < 0.3


def test_a_tone_that_swells_begins_once_and_a_long_one_does_not_begin_again():
    samples = sine(330, 80)
    swell = np.clip((np.arange(len(samples)) / RATE - 1) / 0.08, 0, 1)
    found = onset_secs(heard(samples * swell))
    assert len(found) == 1
    assert 1 <= found[0] <= 1.08


def test_of_two_beats_close_together_the_stronger_one_counts():
    samples = 0.1 * clicks(np.array([1.0]), 3) + clicks(np.array([1.05]), 3)
    assert onset_secs(heard(samples)) == pytest.approx([1.05])
