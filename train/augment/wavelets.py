"""Daubechies' least asymmetric wavelets sym2 and sym6, and an octave filter bank made of sym2.

The numbers are those of Daubechies, Ten Lectures on Wavelets (1992), section 8.1.1; the tests hold
them against the equations that define them.
"""

from __future__ import annotations

import math

import numpy as np

SYM2 = np.array([1 - math.sqrt(3), 3 - math.sqrt(3), 3 + math.sqrt(3), 1 + math.sqrt(3)]) / (
    4 * math.sqrt(2)
)
SYM6 = np.array(
    [
        0.015404109327027373,
        0.0034907120842174702,
        -0.11799011114819057,
        -0.048311742585633,
        0.4910559419267466,
        0.787641141030194,
        0.3379294217276218,
        -0.07263752278646252,
        -0.021060292512300564,
        0.04472490177066578,
        0.0017677118642428036,
        -0.007800708325034148,
    ]
)


def octave_bands() -> np.ndarray:
    """Return four zero-phase filters [4, taps] that split the spectrum and add up to a delta.

    With the half-band pair l = sym2 * reversed sym2 / 2 and h = delta - l, and l(2w) for l with
    zeros between its taps, the bands from low to high are

        l(w) l(2w) l(4w),  l(w) l(2w) h(4w),  l(w) h(2w),  h(w)

    of widths pi/8, pi/8, pi/4 and pi/2 (arXiv 2006.06676, appendix B).
    """
    low = np.convolve(SYM2, SYM2[::-1]) / 2
    high = -low
    high[len(high) // 2] += 1
    l1, l2, l4 = (_spread(low, k) for k in (1, 2, 4))
    h1, h2, h4 = (_spread(high, k) for k in (1, 2, 4))
    l12 = np.convolve(l1, l2)
    bands = [np.convolve(l12, l4), np.convolve(l12, h4), np.convolve(l1, h2), h1]
    taps = max(map(len, bands))
    return np.stack([np.pad(band, (taps - len(band)) // 2) for band in bands])


def _spread(f: np.ndarray, step: int) -> np.ndarray:
    """Put step - 1 zeros between the taps."""
    out = np.zeros((len(f) - 1) * step + 1)
    out[::step] = f
    return out
