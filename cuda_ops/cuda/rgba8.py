"""The bytes of a texture made where the picture is."""

from __future__ import annotations

import torch
from torch import Tensor

_OPAQUE = 255


def rgba8(img: Tensor, gain: float) -> Tensor:
    """See cuda_ops.rgba8, whose bytes these are; the result is on the picture's device.

    Args:
        img:  [C, H, W], floating; C is 1 (grey), 3 (RGB) or 4 (RGBA).
        gain: linear factor; does not act on alpha.

    Returns [H, W, 4] uint8, contiguous; NaN becomes 0.
    """
    channels, height, width = img.shape
    rgba = torch.full([height, width, 4], _OPAQUE, dtype=torch.uint8, device=img.device)
    rgba[:, :, :3] = _levels(img[:3], 127.5 * gain)
    if channels == 4:
        rgba[:, :, 3:] = _levels(img[3:], 127.5)
    return rgba


def _levels(planes: Tensor, scale: float) -> Tensor:
    # Two operators: the sum must not be fused with the product, which would round once only.
    levels = planes.float().mul(scale).add_(128).clamp_(0, 255)
    return levels.nan_to_num_(0).to(torch.uint8).permute(1, 2, 0)
