"""Samples to curves: how loud it is, in which range, and where something begins.

Value k of each curve is what is heard around k / CURVES_HZ seconds: windows lie symmetrically about
it, so nothing is late.

- Loudness. P is the power within a Blackman-Harris window of 85 ms: of everything (level), below
  150 Hz (bass), to 2000 Hz (middle), above (treble). Loudness goes with amplitude ^ 0.6 (Stevens),
  so half the value sounds half as loud:

      curve = min((P / P_ref) ^ 0.3, 1)

  P_ref is the 99th percentile of the curve's own P where it is not silent, so that music made
  quietly moves as much; but at least 1/2500 of the level's, lest a range that is not there show its
  noise.
- Onsets. Spectral flux: how much is louder than one value before, summed over logarithmic
  magnitudes within 33 ms, each compared with the loudest of three neighbouring frequencies, so that
  vibrato is none (Boeck and Widmer 2013). A peak that stands out of the second around it is an
  onset: a pulse as high as it is strong, and e^(-t / 50 ms) afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d
from scipy.signal.windows import blackmanharris, hann

from explorer.sound.decode import RATE
from explorer.timeline.model import CURVES_HZ

HOP = round(RATE / CURVES_HZ)  # samples from one value to the next
EDGES_HZ = (150.0, 2000.0)  # bass ends, treble begins
STEPS = 255  # values are multiples of 1 / STEPS, which keeps sessions small
_LOUD_WINDOW, _ONSET_WINDOW = 2048, 2 * HOP
_CHUNK = 2048  # windows at a time: bounded memory
_QUIETEST = 1 / 2500  # of the level's power, what a range's full value is at least (-34 dB)
_SILENCE = 1e-9  # of the loudest power
_COMPRESSION = 1000.0  # of magnitudes, 1 = the loudest one
_AROUND = round(0.5 * CURVES_HZ)  # values to each side that an onset stands out of
_APART = round(0.06 * CURVES_HZ)  # to each side of an onset, in which it is the strongest
_ABOVE_MEDIAN, _OF_STRONGEST = 1.6, 0.08
_PULSE_SECS = 0.05


def analyse(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the curves of a sound.

    Args:
        samples: float32 [n], mono, RATE per second.

    Returns float32 [5, ceil(n / HOP)], 0..1: level, bass, middle, treble, onset.
    """
    count = max(1, -(-len(samples) // HOP))
    powers = np.concatenate(list(_powers(samples, count)), 1)
    curves = [*_loudness(powers), pulses(*onsets(flux(samples, count)), count)]
    return np.round(np.stack(curves) * STEPS).astype(np.float32) / np.float32(STEPS)


def flux(samples: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """Return how much begins at each of `count` values, [count], >= 0."""
    found: list[NDArray[np.float64]] = []
    before: NDArray[np.float32] | None = None
    loudest = max(float(np.abs(samples).max(initial=0.0)), 1e-12) * _ONSET_WINDOW / 4
    for magnitudes in _spectra(samples, count, hann(_ONSET_WINDOW, sym=False)):
        logs = np.log1p(_COMPRESSION * magnitudes / loudest)
        first = np.zeros_like(logs[:1]) if before is None else before
        widened = maximum_filter1d(np.concatenate([first, logs[:-1]]), 3, axis=1)
        found.append(np.maximum(logs - widened, 0.0).mean(1, dtype=np.float64))
        before = logs[-1:]
    return np.concatenate(found)


def onsets(rise: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return at which values something begins, and how strongly, 0..1."""
    usual = median_filter(rise, 2 * _AROUND + 1, mode="constant")
    mean = uniform_filter1d(rise, 2 * _AROUND + 1, mode="constant")
    strongest = float(np.max(rise, initial=0.0))
    least = np.maximum(_ABOVE_MEDIAN * np.maximum(usual, mean), _OF_STRONGEST * strongest)
    peak = rise == maximum_filter1d(rise, 2 * _APART + 1, mode="nearest")
    places = np.flatnonzero(peak & (rise > least) & (rise > 1e-6))
    if len(places) == 0:
        return places, np.zeros(0)
    # Of two equally high neighbours the first one is it.
    places = places[np.diff(places, prepend=-_APART - 1) > _APART]
    full = np.percentile(rise[places], 90)
    return places, np.minimum(rise[places] / full, 1.0)


def pulses(
    places: NDArray[np.intp], strengths: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Return pulses that decay; where they meet, the higher one counts. [count], 0..1."""
    curve = np.zeros(count)
    curve[places] = strengths
    kept = np.exp(-1 / (CURVES_HZ * _PULSE_SECS))
    for index in range(1, count):
        curve[index] = max(curve[index], curve[index - 1] * kept)
    return curve


def _powers(samples: NDArray[np.float32], count: int) -> Iterator[NDArray[np.float64]]:
    """Yield the power of everything and of each range, [4, some of the values]."""
    frequencies = np.arange(_LOUD_WINDOW // 2 + 1) * RATE / _LOUD_WINDOW
    ranges = np.searchsorted(EDGES_HZ, frequencies, side="right")
    window = blackmanharris(_LOUD_WINDOW, sym=False)  # a loud bass is not to leak into the middle
    for magnitudes in _spectra(samples, count, window):
        squares = np.square(magnitudes, dtype=np.float64)
        parts = [squares[:, ranges == number].sum(1) for number in range(len(EDGES_HZ) + 1)]
        yield np.stack([squares.sum(1), *parts])


def _loudness(powers: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the curves of powers [4, n], whose first row is the whole."""
    heard = powers > _SILENCE * max(float(powers[0].max(initial=0.0)), 1e-30)
    full = [np.percentile(row[on], 99) if on.any() else 0.0
            for row, on in zip(powers, heard, strict=True)]  # fmt: skip
    least = max(full[0] * _QUIETEST, 1e-30)
    return [
        np.where(on, np.minimum((row / max(top, least)) ** 0.3, 1.0), 0.0)
        for row, on, top in zip(powers, heard, full, strict=True)
    ]


def _spectra(
    samples: NDArray[np.float32], count: int, window: NDArray[np.float64]
) -> Iterator[NDArray[np.float32]]:
    """Yield magnitudes [some, length / 2 + 1] of windows whose middles lie HOP apart."""
    shape, length = window.astype(np.float32), len(window)
    for start in range(0, count, _CHUNK):
        some = min(_CHUNK, count - start)
        first = start * HOP - length // 2
        last = first + (some - 1) * HOP + length
        piece = samples[max(first, 0) : max(last, 0)]
        ahead = min(max(-first, 0), last - first)
        piece = np.pad(piece, (ahead, last - first - ahead - len(piece)))
        windows = np.lib.stride_tricks.sliding_window_view(piece, length)[::HOP]
        yield np.abs(np.fft.rfft(windows * shape, axis=1)).astype(np.float32)
