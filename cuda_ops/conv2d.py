"""Convolutions with weights that all samples share: the discriminators', and all of training."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from cuda_ops.cpu import conv2d as cpu
from cuda_ops.dispatch import choose

_MOST_PADDING = 2  # its derivative's padding is 2 less this


def conv2d(
    x: Tensor, weight: Tensor, *, stride: int = 1, padding: int = 0, impl: str = "auto"
) -> Tensor:
    """Convolve, or cross-correlate, as neural networks do.

    y_oyx = sum over i, k, l of x_i,stride y + k - padding,stride x + l - padding w_oikl

    3x3 in float32 on the CPU has kernels, which compute 36 products (with a stride of 2: 81) where
    there are 144 (arXiv 1509.09308); everything else is PyTorch's. On CUDA that is what is fast.

    Args:
        x:       [N, in, H, W], any floating dtype.
        weight:  [out, in, k, k], dtype of x.
        stride:  steps between outputs, >= 1.
        padding: zeros on each side, >= 0.
        impl:    "auto", "reference" or "native".

    Returns [N, out, (H + 2 padding - k) // stride + 1, ...], dtype of x; differentiable any number
    of times. Raises ValueError for an unknown impl and RuntimeError for shapes that do not fit, as
    PyTorch does, or if "native" is asked for but cannot run.
    """
    fits = _has_kernel(x, weight) and min(x.shape[2:]) + 2 * padding >= 3
    if fits and stride == 1 and 0 <= padding <= _MOST_PADDING:
        if choose("conv2d", impl, x, weight) == "native":
            return cpu.conv2d(x, weight, padding)
    elif fits and stride == 2 and padding == 0 and (impl == "native" or _pays(x, weight, 4)):
        if choose("conv2d", impl, x, weight) == "native":
            return cpu.conv2d_halving(x, weight)
    elif impl == "native":
        raise RuntimeError(_uncovered("conv2d", x, weight, f"stride {stride}, padding {padding}"))
    return F.conv2d(x, weight, stride=stride, padding=padding)


def conv_transpose2d(x: Tensor, weight: Tensor, *, impl: str = "auto") -> Tensor:
    """Transposed convolution with a stride of 2: of x [N, in, H, W] to [N, out, 2 H + k - 2, ...].

    Args:
        weight: [out, in, k, k]; unlike PyTorch's, outputs first, as in conv2d.
        x, impl, errors: as in conv2d.
    """
    if _has_kernel(x, weight) and (impl == "native" or _pays(x, weight, 1)):
        if choose("conv2d", impl, x, weight) == "native":
            return cpu.conv2d_doubling(x, weight)
    elif impl == "native":
        raise RuntimeError(_uncovered("conv_transpose2d", x, weight, "stride 2"))
    return F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)


def _has_kernel(x: Tensor, weight: Tensor) -> bool:
    return (
        x.ndim == weight.ndim == 4
        and x.device.type == "cpu"
        and weight.shape[1:] == (x.shape[1], 3, 3)
    )


def _pays(x: Tensor, weight: Tensor, per_pixel: int) -> bool:
    """Say whether there are pixels enough to make up for transforming the weights (81 for 9)."""
    pixels = x.shape[0] * x.shape[2] * x.shape[3] / per_pixel
    return pixels >= weight.shape[0] * weight.shape[1] / 4


def _uncovered(name: str, x: Tensor, weight: Tensor, options: str) -> str:
    return (
        f"{name}: there are native kernels for 3x3 weights on the CPU, with a padding of at most 2 "
        f"or a stride of 2; got weight {list(weight.shape)}, {options} on {x.device.type}; use "
        "impl='auto'"
    )
