"""From activations in float to the bytes of a texture."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cuda_ops.rgba8 import OPAQUE, rgba8


def rgba_from_image(img: Tensor, gain: float = 1.0) -> NDArray[np.uint8]:
    """Return the pixels of `img` [C, H, W] as [H, W, 4] uint8, C-contiguous; see cuda_ops.rgba8."""
    return rgba8(img, gain=gain).numpy()


def shrink(rgba: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """Return `rgba` with its longer side at most `size_px`, each new pixel the mean of its area."""
    height, width = rgba.shape[:2]
    factor = size_px / max(height, width)
    if factor >= 1:
        return rgba
    size = (max(1, round(height * factor)), max(1, round(width * factor)))
    planes = torch.from_numpy(rgba).permute(2, 0, 1).float()[None]
    small = torch.nn.functional.adaptive_avg_pool2d(planes, size)[0]
    return small.add_(0.5).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def side_by_side(
    left: NDArray[np.uint8], right: NDArray[np.uint8], background: int = 24
) -> NDArray[np.uint8]:
    """Return both RGBA pictures in one, centred vertically, on an opaque grey background."""
    height = max(left.shape[0], right.shape[0])
    both = np.full((height, left.shape[1] + right.shape[1], 4), background, dtype=np.uint8)
    both[:, :, 3] = OPAQUE
    x = 0
    for part in (left, right):
        y = (height - part.shape[0]) // 2
        both[y : y + part.shape[0], x : x + part.shape[1]] = part
        x += part.shape[1]
    return both
