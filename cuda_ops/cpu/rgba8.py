"""Pictures to bytes on the kernels: every value is read once, every pixel written once."""

from __future__ import annotations

from ctypes import c_float, c_int64, c_void_p

import torch
from torch import Tensor

from cuda_ops.cpu import library

_kernel = library.Function("le_rgba8", c_void_p, c_void_p, c_int64, c_int64, c_float, c_int64)


def rgba8(img: Tensor, gain: float) -> Tensor:
    """See cuda_ops.rgba8; img [C, H, W] float32 on the CPU."""
    img = img.contiguous()
    channels, height, width = img.shape
    rgba = torch.empty(height, width, 4, dtype=torch.uint8)
    threads = library.threads()
    _kernel(img.data_ptr(), rgba.data_ptr(), channels, height * width, 127.5 * gain, threads)
    return rgba
