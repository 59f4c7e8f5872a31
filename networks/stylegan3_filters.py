"""Low-pass filters of StyleGAN3 (arXiv 2106.12423, appendix C.1), designed in float64; no torch."""

from __future__ import annotations

import math

import numpy as np

from networks.config import StyleGAN3Layer


def kaiser_beta(taps: int, width: float, fs: float) -> float:
    """Return the window's beta for a transition band of `width` cycles at sampling rate fs.

    Kaiser's formulas: the attenuation in dB that `taps` can give, and the beta that gives it.
    """
    attenuation = 2.285 * (taps - 1) * math.pi * (width / (fs / 2)) + 7.95
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation >= 21:
        return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    return 0.0


def lowpass(
    taps: int, cutoff: float, half_width: float, fs: float, *, radial: bool = False
) -> np.ndarray | None:
    """Design a filter that passes frequencies below cutoff.

    Args:
        taps:       length; 1 = no filter.
        cutoff:     cycles per image width, f_c.
        half_width: half of the transition band, f_h, same unit.
        fs:         sampling rate the filter runs at, samples per image width.
        radial:     circularly symmetric, from the jinc function, instead of separable.

    Returns float32 [taps] (separable) or [taps, taps] (radial) of sum 1, or None for 1 tap.
    """
    if taps == 1:
        return None
    window = np.kaiser(taps, kaiser_beta(taps, 2 * half_width, fs))
    position = (np.arange(taps) - (taps - 1) / 2) / fs
    if radial:
        radius = np.hypot(position[:, None], position[None, :])
        f = _jinc(radius, cutoff) * np.outer(window, window)
    else:
        f = np.sinc(2 * cutoff * position) * window
    return (f / f.sum()).astype(np.float32)


def _jinc(radius: np.ndarray, cutoff: float) -> np.ndarray:
    """Return J1(2 pi f_c r) / (pi r), which tends to f_c where r = 0."""
    from scipy.special import j1  # a fifth of what a start computes, and only R needs it

    safe = np.where(radius == 0, 1, radius)
    return np.where(radius == 0, cutoff, j1(2 * np.pi * cutoff * safe) / (np.pi * safe))


def layer_filters(layer: StyleGAN3Layer) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return a layer's up and down filter, each None where there is nothing to filter."""
    fs = layer.tmp_sampling_rate
    return (
        lowpass(layer.up_taps, layer.in_cutoff, layer.in_half_width, fs),
        lowpass(
            layer.down_taps,
            layer.out_cutoff,
            layer.out_half_width,
            fs,
            radial=layer.use_radial_filters,
        ),
    )
