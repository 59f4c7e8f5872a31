"""upfirdn2d on the kernels: any factors and filters; made fast for factors of 1 and 2."""

from __future__ import annotations

from ctypes import c_float, c_int64, c_void_p
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from cuda_ops import reference
from cuda_ops.cpu import library, memory, ops

_kernel = library.Function("le_upfirdn2d", *(c_void_p,) * 4, *(c_int64,) * 14, c_float, c_int64)
_RANK_TOLERANCE = 1e-6  # of the largest tap: what rounding a product of float32 taps leaves


def upfirdn2d(
    x: Tensor,
    f: Tensor | None,
    *,
    up: tuple[int, int],
    down: tuple[int, int],
    padding: tuple[int, int, int, int],
    flip_filter: bool,
    gain: float,
) -> Tensor:
    """See cuda_ops.upfirdn2d; x float32 on the CPU.

    The gradient is this operator with up and down exchanged. There is none with respect to f: an f
    that requires one runs the reference, as does no filter at all, which needs no kernel.
    """
    if f is None or f.requires_grad:
        return reference.upfirdn2d(
            x, f, up=up, down=down, padding=padding, flip_filter=flip_filter, gain=gain
        )
    fx, fy = factorise(f)
    width, height = _out_sizes(x, fx, fy, up, down, padding)
    pads = (padding[0], padding[2])
    return _upfirdn2d(x, fx, fy, *up, *down, *pads, width, height, flip_filter, float(gain))


_factors: WeakTensorKeyDictionary = WeakTensorKeyDictionary()


def factorise(f: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return f's taps along x and y if it is separable, else f and None; kept per tensor.

    Args:
        f: [taps], standing for outer(f, f), or [taps_y, taps_x]; any dtype and device.

    Returns float32 tensors on the CPU. Separable means that the outer product of the two differs
    from f by rounding only.
    """
    if f.is_inference():  # has no version to tell whether it was written into
        return _factorise(f.to("cpu", torch.float32).contiguous())
    known, version = _factors.get(f), f._version
    if known is not None and known[0] == version:
        return known[1]
    factors = _factorise(f.detach().to("cpu", torch.float32).contiguous())
    _factors[f] = (version, factors)
    return factors


def _factorise(f: Tensor) -> tuple[Tensor, Tensor | None]:
    if f.ndim == 1:
        return f, f
    exact = f.double()
    row, column = divmod(int(exact.abs().argmax()), f.shape[1])
    largest = exact[row, column]
    if largest == 0:
        return torch.zeros_like(f[0]), torch.zeros_like(f[:, 0])
    # Of equal size, so that neither factor leaves float32's range before their product does.
    scale = largest.abs().sqrt()
    fx, fy = exact[row] / scale, exact[:, column] / largest * scale
    if (torch.outer(fy, fx) - exact).abs().max() > _RANK_TOLERANCE * largest.abs():
        return f, None
    return fx.float(), fy.float()


def _out_sizes(
    x: Tensor,
    fx: Tensor,
    fy: Tensor | None,
    up: tuple[int, int],
    down: tuple[int, int],
    padding: tuple[int, int, int, int],
) -> tuple[int, int]:
    taps_x, taps_y = fx.shape[-1], (fx if fy is None else fy).shape[0]
    x0, x1, y0, y1 = padding
    return (
        (x.shape[3] * up[0] + x0 + x1 - taps_x) // down[0] + 1,
        (x.shape[2] * up[1] + y0 + y1 - taps_y) // down[1] + 1,
    )


def _run(
    x: Tensor,
    fx: Tensor,
    fy: Tensor | None,
    up_x: int,
    up_y: int,
    down_x: int,
    down_y: int,
    pad_x: int,
    pad_y: int,
    width: int,
    height: int,
    flip: bool,
    gain: float,
) -> Tensor:
    x = x.contiguous()
    n, c, in_y, in_x = x.shape
    y = memory.empty(n, c, height, width)
    _kernel(
        x.data_ptr(),
        fx.data_ptr(),
        None if fy is None else fy.data_ptr(),
        y.data_ptr(),
        n * c,
        in_x,
        in_y,
        width,
        height,
        up_x,
        up_y,
        down_x,
        down_y,
        pad_x,
        pad_y,
        fx.shape[-1],
        (fx if fy is None else fy).shape[0],
        flip,
        gain,
        library.threads(),
    )
    return y


def _fake(x: Tensor, *options: Any) -> Tensor:
    width, height = options[8:10]
    return x.new_empty([x.shape[0], x.shape[1], height, width])


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, fx, fy, *ctx.options = inputs
    ctx.size = x.shape[3], x.shape[2]
    ctx.save_for_backward(fx, *([] if fy is None else [fy]))


def _differentiate(ctx: Any, g: Tensor | None) -> tuple[Tensor | None, ...]:
    if g is None:
        return (None,) * 13
    fx, *fy = ctx.saved_tensors
    up_x, up_y, down_x, down_y, pad_x, pad_y, _, _, flip, gain = ctx.options
    taps_x, taps_y = fx.shape[-1], (fy or [fx])[0].shape[0]
    # y[m] = sum_j k[j] x[(m down + j - pad) / up], so x[i] meets y[(i up + pad - j) / down]: the
    # mirrored filter, whose first tap is taps - 1 - pad before.
    pads = (taps_x - 1 - pad_x, taps_y - 1 - pad_y)
    factors = (down_x, down_y, up_x, up_y)
    gx = _upfirdn2d(g, fx, fy[0] if fy else None, *factors, *pads, *ctx.size, not flip, gain)
    return gx, *(None,) * 12


_upfirdn2d = ops.define(
    "upfirdn2d(Tensor x, Tensor fx, Tensor? fy, int up_x, int up_y, int down_x, int down_y,"
    " int pad_x, int pad_y, int width, int height, bool flip, float gain) -> Tensor",
    _run,
    _fake,
    backward=_differentiate,
    save=_save,
)
