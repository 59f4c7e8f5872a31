"""The modulated convolution in plain PyTorch, written to be read."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def modulated_conv2d(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    *,
    demodulate: bool,
    up: bool,
    padding: int,
    input_gain: Tensor | None,
    convolve: Callable[..., Tensor] = F.conv2d,
    transpose: Callable[..., Tensor] | None = None,
) -> Tensor:
    """See cuda_ops.modulated_conv2d: the convolution alone, without filter, noise and activation.

    convolve and transpose compute conv2d(x, weight, padding=) and its transpose of stride 2, whose
    weight has outputs first, too; they are there so that other code than PyTorch's can do so.

    Scaling the input by s and the output by the denominator is the same thing and lets all samples
    of a batch share the weights; a single sample with more activations than weights has its
    weights scaled instead. Computed in the dtype of x.
    """
    if demodulate:
        if x.dtype == torch.float16:
            # The norm cancels the scale of either factor; unit scale keeps 16 bit in range.
            weight = weight * (weight.square().mean([1, 2, 3], keepdim=True) + 1e-20).rsqrt()
            styles = styles * (styles.square().mean(1, keepdim=True) + 1e-20).rsqrt()
        norms = weight.square().sum([2, 3])  # [out, in]
        demod = (styles.square() @ norms.t() + 1e-8).rsqrt()  # [N, out]
    else:
        demod = None
    if input_gain is not None:
        styles = styles * input_gain
    if x.shape[0] == 1 and x.numel() > weight.numel():
        weight = weight * styles[0, None, :, None, None]
        if demod is not None:
            weight = weight * demod[0, :, None, None, None]
        return _convolve(x, weight.to(x.dtype), up, padding, convolve, transpose)
    x = x * styles.to(x.dtype)[:, :, None, None]
    x = _convolve(x, weight.to(x.dtype), up, padding, convolve, transpose)
    if demod is not None:
        x = x * demod.to(x.dtype)[:, :, None, None]
    return x


def _convolve(
    x: Tensor,
    weight: Tensor,
    up: bool,
    padding: int,
    convolve: Callable[..., Tensor],
    transpose: Callable[..., Tensor] | None,
) -> Tensor:
    if not up:
        return convolve(x, weight, padding=padding)
    if transpose is not None:
        return transpose(x, weight)
    return F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
