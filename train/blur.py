"""The blur that fades in the training of StyleGAN3-R (arXiv 2106.12423, appendix F.2)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cuda_ops import upfirdn2d


def blur_sigma(start: float, fade_kimg: float, cur_nimg: int) -> float:
    """Return the blur after cur_nimg pictures: start * max(1 - nimg / fade, 0), in pixels."""
    if start <= 0 or fade_kimg <= 0:
        return 0.0
    return start * max(1 - cur_nimg / (fade_kimg * 1000), 0)


def blur(img: Tensor, sigma: float) -> Tensor:
    """Blur pictures [N, C, H, W] with the kernel 2^-(x / sigma)^2 of radius floor(3 sigma).

    Zeros lie outside the picture. The size stays.
    """
    radius = math.floor(3 * sigma)
    if radius <= 0:
        return img
    x = torch.arange(-radius, radius + 1, dtype=img.dtype, device=img.device)
    kernel = (-(x / sigma).square()).exp2()
    kernel = kernel / kernel.sum()
    img = upfirdn2d(img, kernel[None, :], padding=[radius, radius, 0, 0])
    return upfirdn2d(img, kernel[:, None], padding=[0, 0, radius, radius])
