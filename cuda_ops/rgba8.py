"""A picture in float to the bytes of a texture."""

from __future__ import annotations

import torch
from torch import Tensor

from cuda_ops.cpu import rgba8 as cpu
from cuda_ops.dispatch import choose

OPAQUE = 255
_BAND = 2**16  # pixels converted at once: what stays in the nearest caches


def rgba8(img: Tensor, *, gain: float = 1.0, impl: str = "auto") -> Tensor:
    """Return the pixels of `img`: trunc(clamp(127.5 gain x + 128, 0, 255)).

    Args:
        img:  [C, H, W], floating, any device; C is 1 (grey), 3 (RGB) or 4 (RGBA). Not modified.
        gain: linear factor; does not act on alpha.
        impl: "auto", "reference" or "native"; the bytes are the same.

    Returns [H, W, 4] uint8 on the CPU, contiguous; NaN becomes 0. Raises ValueError for another
    number of dimensions or channels.
    """
    if img.ndim != 3 or img.shape[0] not in (1, 3, 4):
        raise ValueError(
            f"rgba8: img must have shape [C, H, W] with 1, 3 or 4 channels, got {list(img.shape)}"
        )
    if img.device.type != "cpu" or img.dtype != torch.float32:
        img = img.to("cpu", torch.float32)
    if choose("rgba8", impl, img) == "native":
        return cpu.rgba8(img, gain)
    return _by_bands(img, gain)


def _by_bands(img: Tensor, gain: float) -> Tensor:
    """The reference. A band of scratch memory is all it needs besides the result."""
    channels, height, width = img.shape
    rgba = torch.empty(height, width, 4, dtype=torch.uint8)
    rows = max(1, _BAND // max(1, width))
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
    return rgba
