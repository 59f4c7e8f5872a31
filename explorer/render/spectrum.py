"""Power spectra of activations, as picture and as radial average (arXiv:2106.12423, appendix A)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.render.colour_map import colours

FLOOR = 1e-20  # relative power that counts as nothing: -200 dB
_CHUNK = 2**22  # numbers transformed at once: bounds the memory of layers with many channels


def power_spectrum(activation: Tensor, *, kaiser_beta: float) -> Tensor:
    """Return the power of every frequency, summed over channels, relative to the mean power.

    Each channel loses its mean and is windowed along both axes before |FFT|^2.

    Args:
        activation:  [C, H, W], float.
        kaiser_beta: of the symmetric Kaiser window, 0 = no window.

    Returns [H, W] float32 with frequency 0 at [H // 2, W // 2]; all 0 for constant channels.
    """
    _, height, width = activation.shape
    device = activation.device
    window = torch.outer(
        torch.kaiser_window(height, periodic=False, beta=kaiser_beta, device=device),
        torch.kaiser_window(width, periodic=False, beta=kaiser_beta, device=device),
    )
    half = torch.zeros(height, width // 2 + 1, device=device)
    for chunk in activation.split(max(1, _CHUNK // (height * width))):
        values = chunk.float()
        values = (values - values.mean(dim=(1, 2), keepdim=True)) * window
        frequencies = torch.view_as_real(torch.fft.rfft2(values))
        half += frequencies.square_().sum(dim=(0, 3))
    power = _both_halves(half, width)
    mean = power.mean()
    if not bool(mean > 0):
        return torch.zeros_like(power)
    return torch.fft.fftshift(power / mean)


def _both_halves(half: Tensor, width: int) -> Tensor:
    """Return the power of all frequencies: of real numbers it is the same at f and at -f."""
    mirrored = half[:, 1 : (width + 1) // 2].flip(0, 1).roll(1, 0)
    return torch.cat([half, mirrored], dim=1)


def decibels(power: Tensor) -> NDArray[np.float32]:
    """Return 10 log10 of relative powers, at least -200 dB."""
    return power.clamp(min=FLOOR).log10().mul_(10).cpu().numpy()


def spectrum_picture(spectrum_db: NDArray[np.float32], range_db: float) -> NDArray[np.uint8]:
    """Return [H, W, 4]: the colour map over -range_db..range_db."""
    return colours((spectrum_db / max(range_db, 1e-3) + 1) / 2)


def radial_average_db(power: Tensor) -> NDArray[np.float32]:
    """Return the mean power around circles of whole radii 0..min(H, W) // 2, in dB."""
    height, width = power.shape
    y = np.arange(height)[:, None] - height // 2
    x = np.arange(width)[None, :] - width // 2
    radius = np.rint(np.hypot(y, x)).astype(np.int64).ravel()
    size = min(height, width) // 2 + 1
    total = np.bincount(radius, power.cpu().double().numpy().ravel())[:size]
    count = np.bincount(radius)[:size]
    return (10 * np.log10(np.maximum(total / count, FLOOR))).astype(np.float32)
