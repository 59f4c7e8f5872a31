"""Image-space filtering, noise and cutout (arXiv 2006.06676, appendix B); not part of 'bgc'."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from train.augment.draws import SampleDraws
from train.augment.wavelets import octave_bands

# Expected power of the four bands of natural pictures, 1/f^2: a gain keeps the sum.
BAND_POWER = torch.tensor([10.0, 1, 1, 1], dtype=torch.float64) / 13
BANDS = torch.from_numpy(octave_bands())


def band_gains(draws: SampleDraws, p: float) -> Tensor:
    """Draw a gain for each of four octave bands, [N, 4], float64; 1 where nothing happens."""
    gains = torch.ones(len(draws), 4, dtype=torch.float64)
    for i in range(4):
        gain = torch.where(draws.gate(f"band{i}", p), draws.normal(f"band{i}").exp2(), 1)
        one = torch.ones_like(gains)
        one[:, i] = gain
        gains = gains * one / (one.square() @ BAND_POWER).sqrt()[:, None]
    return gains


def amplify_bands(img: Tensor, gains: Tensor) -> Tensor:
    """Filter pictures [N, C, H, W] with gains [N, 4] of the octave bands, edges reflected."""
    n, c, height, width = img.shape
    kernels = (gains @ BANDS).to(device=img.device, dtype=img.dtype)  # [N, taps]
    radius = kernels.shape[1] // 2
    x = img.reshape(1, n * c, height, width)
    kernels = kernels.repeat_interleave(c, dim=0)  # [N C, taps]
    x = F.conv2d(_reflect(x, radius, 0), kernels[:, None, None, :], groups=n * c)
    x = F.conv2d(_reflect(x, 0, radius), kernels[:, None, :, None], groups=n * c)
    return x.reshape(n, c, height, width)


def _reflect(x: Tensor, x_margin: int, y_margin: int) -> Tensor:
    """Reflect at the edges as often as a margin wider than the picture needs."""
    while x_margin > 0 or y_margin > 0:
        dx, dy = min(x_margin, x.shape[3] - 1), min(y_margin, x.shape[2] - 1)
        x = F.pad(x, [dx, dx, dy, dy], mode="reflect")
        x_margin, y_margin = x_margin - dx, y_margin - dy
    return x


def add_noise(img: Tensor, draws: SampleDraws, p: float) -> Tensor:
    """Add white noise of deviation |N(0, 0.1)| to each picture it applies to."""
    sigma = torch.where(draws.gate("noise", p), 0.1 * draws.normal("noise").abs(), 0)
    noise = draws.pictures(img.shape[1:]).to(device=img.device, dtype=img.dtype)
    return img + noise * sigma.to(device=img.device, dtype=img.dtype)[:, None, None, None]


def cut_out(img: Tensor, draws: SampleDraws, p: float) -> Tensor:
    """Set a square of half the width, about a uniform centre, to 0 where it applies."""
    size = torch.where(draws.gate("cutout", p), 0.5, 0.0)[:, None].double()
    inside = []
    for name, length in (("cut_x", img.shape[3]), ("cut_y", img.shape[2])):
        place = (torch.arange(length, dtype=torch.float64) + 0.5) / length
        centre = draws.uniform(name, 0, 1)[:, None]
        inside.append((place - centre).abs() < size / 2)
    mask = inside[0][:, None, :] & inside[1][:, :, None]  # [N, H, W]
    return img * (~mask)[:, None].to(device=img.device, dtype=img.dtype)
