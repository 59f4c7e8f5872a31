"""The modulated convolution on a GPU: torch's own, with a kernel before it and one behind."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from cuda_ops.cuda.args import ACTS
from cuda_ops.cuda.bias_act import scale_bias_act
from cuda_ops.cuda.launch import is_channels_last, runs_natively
from cuda_ops.cuda.upfirdn2d import upfirdn2d


def modulated_conv2d(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    *,
    demodulate: bool,
    up: bool,
    padding: int,
    input_gain: Tensor | None,
    f: Tensor | None,
    noise: Tensor | None,
    b: Tensor | None,
    act: str,
    alpha: float,
    gain: float,
    clamp: float | None,
) -> Tensor | None:
    """See cuda_ops.modulated_conv2d; float32 or float16 on a GPU. None: this case has no kernels.

    Scaling x by the styles is one pass; what the norms, noise, bias and activation do is another,
    behind the filter if there is one, which commutes with the norms.
    """
    if act not in ACTS or alpha < 0 or not runs_natively(x):
        return None
    weight, scale, demod = _scales(x, weight, styles, demodulate, input_gain)
    if scale is not None:
        x = scale_bias_act(x, scale)
    k = weight.shape[2]
    # The one copy that another type needs anyway also gives cuDNN the layout it reads.
    last = is_channels_last(x)
    layout = torch.channels_last if last else torch.preserve_format
    if up:
        weight = weight.transpose(0, 1).to(x.dtype, memory_format=layout)
        x = F.conv_transpose2d(x, weight, stride=2)
    else:
        x = F.conv2d(x, weight.to(x.dtype, memory_format=layout), padding=padding)
    if f is not None:
        # The transposed convolution reaches over the edges; the filter crops what it may.
        taps = f.shape[-1]
        p0 = k // 2 + (taps + 1) // 2 - (k - 1)
        p1 = k // 2 + (taps - 2) // 2 - (k - 2)
        once, pad = (1, 1), (p0, p1, p0, p1)
        x = upfirdn2d(x, f, up=once, down=once, padding=pad, flip_filter=False, gain=4.0)
    return scale_bias_act(
        x,
        demod,
        None if noise is None else noise.float(),
        None if b is None else b.to(x.dtype),
        act=act,
        alpha=alpha,
        gain=gain,
        clamp=clamp,
    )


def _scales(
    x: Tensor, weight: Tensor, styles: Tensor, demodulate: bool, input_gain: Tensor | None
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Return the weight, what x is multiplied by and what the result is; None = nothing.

    As in the reference: the weight of a single sample with more activations than weights is
    multiplied instead.
    """
    demod = None
    if demodulate:
        if x.dtype == torch.float16:
            # The norm cancels the scale of either factor; unit scale keeps 16 bit in range.
            weight = weight * (weight.square().mean([1, 2, 3], keepdim=True) + 1e-20).rsqrt()
            styles = styles * (styles.square().mean(1, keepdim=True) + 1e-20).rsqrt()
        demod = (styles.square() @ weight.square().sum([2, 3]).t() + 1e-8).rsqrt()
    if input_gain is not None:
        styles = styles * input_gain
    if x.shape[0] > 1 or x.numel() <= weight.numel():
        return weight, styles.float(), None if demod is None else demod.float()
    weight = weight * styles[0, None, :, None, None]
    return (weight if demod is None else weight * demod[0, :, None, None, None]), None, None
