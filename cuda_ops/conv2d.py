"""Convolution with weights that all samples share: the discriminators', and all of training."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from cuda_ops.cpu import conv2d as cpu
from cuda_ops.dispatch import choose

_MOST_PADDING = 2  # its derivative's padding is 2 less this


def conv2d(x: Tensor, weight: Tensor, *, padding: int = 0, impl: str = "auto") -> Tensor:
    """Convolve, or cross-correlate, as neural networks do.

    y_oyx = sum over i, k, l of x_i,y+k-padding,x+l-padding w_oikl

    3x3 in float32 on the CPU has kernels, which compute 36 products where there are 144
    (arXiv 1509.09308); everything else is PyTorch's. On CUDA that is what is fast.

    Args:
        x:       [N, in, H, W], any floating dtype.
        weight:  [out, in, k, k], dtype of x.
        padding: zeros on each side, >= 0.
        impl:    "auto", "reference" or "native".

    Returns [N, out, H + 2 padding - k + 1, W + 2 padding - k + 1], dtype of x; differentiable any
    number of times. Raises ValueError for an unknown impl and RuntimeError for shapes that do not
    fit, as PyTorch does, or if "native" is asked for but cannot run.
    """
    covered = (
        x.ndim == weight.ndim == 4
        and x.device.type == "cpu"
        and weight.shape[1:] == (x.shape[1], 3, 3)
        and 0 <= padding <= _MOST_PADDING
        and min(x.shape[2:]) + 2 * padding >= 3
    )
    if impl == "native" and not covered:
        raise RuntimeError(
            "conv2d: the native kernels take 3x3 weights and padding of at most 2 on the CPU, got "
            f"weight {list(weight.shape)}, padding {padding} on {x.device}; use impl='auto'"
        )
    if covered and choose("conv2d", impl, x, weight) == "native":
        return cpu.conv2d(x, weight, padding)
    return F.conv2d(x, weight, padding=padding)
