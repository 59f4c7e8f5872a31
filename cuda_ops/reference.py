"""The operators in plain PyTorch, written to be read; what every faster version is held against.

Arguments are already checked and normalised by the public functions of the same names.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = tuple[int, int]  # x, y


def bias_act(
    x: Tensor,
    b: Tensor | None,
    *,
    dim: int,
    act: str,
    alpha: float,
    gain: float,
    clamp: float | None,
) -> Tensor:
    """See cuda_ops.bias_act."""
    if b is not None:
        x = x + b.to(x.dtype).reshape([-1 if i == dim else 1 for i in range(x.ndim)])
    x = activate(x, act, alpha)
    if gain != 1:
        x = x * gain
    if clamp is not None:
        x = x.clamp(-clamp, clamp)
    return x


def activate(x: Tensor, act: str, alpha: float) -> Tensor:
    """Apply the activation function named act; alpha is the slope of lrelu below 0."""
    match act:
        case "linear":
            return x
        case "relu":
            return F.relu(x)
        case "lrelu":
            return F.leaky_relu(x, alpha)
        case "tanh":
            return x.tanh()
        case "sigmoid":
            return x.sigmoid()
        case "elu":
            return F.elu(x)
        case "selu":
            return F.selu(x)
        case "softplus":
            return F.softplus(x)
        case "swish":
            return x * x.sigmoid()
    raise AssertionError(act)


def upfirdn2d(
    x: Tensor,
    f: Tensor | None,
    *,
    up: Pair,
    down: Pair,
    padding: tuple[int, int, int, int],
    flip_filter: bool,
    gain: float,
) -> Tensor:
    """See cuda_ops.upfirdn2d."""
    if f is None and up == down == (1, 1):
        x0, x1, y0, y1 = padding
        x = F.pad(x, [x0, x1, y0, y1])
        return x if gain == 1 else x * gain
    if f is None:
        f = torch.ones([1, 1], device=x.device)
    # Correlating with the mirrored filter is convolving with the filter.
    f = f.to(device=x.device, dtype=x.dtype)
    kernel = (f if flip_filter else f.flip(list(range(f.ndim)))) * gain ** (f.ndim / 2)
    if kernel.ndim == 2:
        return _resample(x, kernel, up, down, padding)
    x0, x1, y0, y1 = padding
    x = _resample(x, kernel[None, :], (up[0], 1), (down[0], 1), (x0, x1, 0, 0))
    return _resample(x, kernel[:, None], (1, up[1]), (1, down[1]), (0, 0, y0, y1))


def _resample(
    x: Tensor, kernel: Tensor, up: Pair, down: Pair, padding: tuple[int, int, int, int]
) -> Tensor:
    """Insert zeros, pad, correlate with kernel [taps_y, taps_x], decimate.

    The inserted zeros are never computed with: output pixels up * a + b of one phase b see only
    every up-th tap, so each phase is a short correlation of x itself, and the up * up phases are
    channels of one convolution (polyphase form).
    """
    n, c, height, width = x.shape
    ix, pad_x, out_w = _phases(width, kernel.shape[1], up[0], padding[0], padding[1])
    iy, pad_y, out_h = _phases(height, kernel.shape[0], up[1], padding[2], padding[3])
    taps = F.pad(kernel, [0, 1, 0, 1])  # index -1 of either axis is a tap of 0
    phases = taps[iy.to(x.device)[:, None, :, None], ix.to(x.device)[None, :, None, :]]
    weight = phases.flatten(0, 1)[:, None].repeat(c, 1, 1, 1)  # [C * up_y * up_x, 1, ly, lx]
    stride_x, stride_y = (d if u == 1 else 1 for u, d in zip(up, down, strict=True))
    x = F.pad(x, [*pad_x, *pad_y])
    x = F.conv2d(x, weight, stride=(stride_y, stride_x), groups=c)
    if up != (1, 1):
        rows, columns = x.shape[2:]
        x = x.reshape(n, c, up[1], up[0], rows, columns).permute(0, 1, 4, 2, 5, 3)
        x = x.reshape(n, c, rows * up[1], columns * up[0])
    step_x, step_y = down[0] // stride_x, down[1] // stride_y
    if step_x > 1 or step_y > 1 or up != (1, 1):
        stop_x, stop_y = (out_w if up[0] > 1 else None), (out_h if up[1] > 1 else None)
        x = x[:, :, :stop_y:step_y, :stop_x:step_x]
    return x


def _phases(size: int, taps: int, up: int, pad0: int, pad1: int) -> tuple[Tensor, Pair, int]:
    """Split one axis of a zero-inserting correlation into `up` phases.

    Output m = up a + b is the sum over taps j of kernel[j] * stuffed[m + j - pad0], where only
    indices divisible by up hold a sample. For phase b these are the taps j = first + up l, and
    they meet the samples a + offset + l.

    Returns
        index:   int64 [up, length], the tap that meets sample a + l of the padded axis; -1 = none.
        padding: samples to add (or, negative, remove) before and after the axis.
        out:     outputs before decimation.
    """
    out = size * up + pad0 + pad1 - taps + 1
    first = [(pad0 - b) % up for b in range(up)]
    offset = [(b + first[b] - pad0) // up for b in range(up)]
    start = min(offset)
    length = max(o - start + len(range(j, taps, up)) for o, j in zip(offset, first, strict=True))
    index = torch.full([up, length], -1)
    for b in range(up):
        chosen = range(first[b], taps, up)
        index[b, offset[b] - start :][: len(chosen)] = torch.tensor(chosen, dtype=torch.int64)
    outputs_per_phase = -(-out // up)
    return index, (-start, start + outputs_per_phase + length - 1 - size), out


def filtered_lrelu(
    x: Tensor,
    fu: Tensor | None,
    fd: Tensor | None,
    b: Tensor | None,
    *,
    up: Pair,
    down: Pair,
    padding: tuple[int, int, int, int],
    gain: float,
    slope: float,
    clamp: float | None,
    flip_filter: bool,
) -> Tensor:
    """See cuda_ops.filtered_lrelu."""
    once, none = (1, 1), (0, 0, 0, 0)
    x = bias_act(x, b, dim=1, act="linear", alpha=0, gain=1, clamp=None)
    x = upfirdn2d(
        x, fu, up=up, down=once, padding=padding, flip_filter=flip_filter, gain=up[0] * up[1]
    )
    x = bias_act(x, None, dim=1, act="lrelu", alpha=slope, gain=gain, clamp=clamp)
    return upfirdn2d(x, fd, up=once, down=down, padding=none, flip_filter=flip_filter, gain=1.0)
