"""From activations in float to the bytes of a texture."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

OPAQUE = 255
_BAND = 2**16  # pixels converted at once: what stays in the nearest caches


def rgba_from_image(img: Tensor, gain: float = 1.0) -> NDArray[np.uint8]:
    """Return the pixels of `img`: trunc(clamp(127.5 gain x + 128, 0, 255)).

    Args:
        img:  [C, H, W], float; C is 1 (grey), 3 (RGB) or 4 (RGBA). Not modified.
        gain: linear factor; does not act on alpha.

    Returns [H, W, 4] uint8, C-contiguous. A band of scratch memory is all it needs besides.
    """
    channels, height, width = img.shape
    assert channels in (1, 3, 4), f"a picture has 1, 3 or 4 channels, got {channels}"
    rgba = torch.empty(height, width, 4, dtype=torch.uint8)
    if img.device.type != "cpu" or img.dtype != torch.float32:
        img = img.to("cpu", torch.float32)
    rows = max(1, _BAND // width)
    scratch = torch.empty(min(rows, height), width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = scratch[: bottom - top]
        for channel in range(channels):
            scale = 127.5 if channel == 3 else 127.5 * gain
            torch.mul(img[channel, top:bottom], scale, out=band)
            rgba[top:bottom, :, channel].copy_(band.add_(128).clamp_(0, 255))
    if channels == 1:
        rgba[:, :, 1] = rgba[:, :, 0]
        rgba[:, :, 2] = rgba[:, :, 0]
    if channels < 4:
        rgba[:, :, 3] = OPAQUE
    return rgba.numpy()


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
