"""filtered_lrelu on the kernels: any factors and filters; made fast for what StyleGAN3 uses."""

from __future__ import annotations

import ctypes
import math
from ctypes import c_float, c_int64, c_void_p
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu import library, memory, ops
from cuda_ops.cpu.bias_act import bias_act
from cuda_ops.cpu.channel_sums import channel_sums
from cuda_ops.cpu.separable import separate

_FEW_TERMS = 2  # are as fast as the filter as a whole
_NO_MASK, _SAVE_MASK, _USE_MASK = range(3)


class _Shape(ctypes.Structure):
    """le_filtered_lrelu_shape; its integers in one array, in the order they have there."""

    _fields_ = (
        ("sizes", c_int64 * 22),
        ("gain", c_float),
        ("slope", c_float),
        ("clamp", c_float),
    )


_kernel = library.Function(
    "le_filtered_lrelu", *(c_void_p,) * 8, ctypes.POINTER(_Shape), c_int64, c_int64, c_int64
)


def filtered_lrelu(
    x: Tensor,
    fu: Tensor | None,
    fd: Tensor | None,
    b: Tensor | None,
    *,
    up: tuple[int, int],
    down: tuple[int, int],
    padding: tuple[int, int, int, int],
    gain: float,
    slope: float,
    clamp: float | None,
    flip_filter: bool,
) -> Tensor:
    """See cuda_ops.filtered_lrelu; x and b float32 on the CPU.

    For its derivatives a mask of 2 bits per upsampled sample is kept, and no activations. There is
    none with respect to the filters: those that require one run the reference, as does a gain that
    is not positive. A filter that is not separable runs as the sum of as many separable ones as it
    takes to leave less than 1e-6 of it out.
    """
    trained = any(f is not None and f.requires_grad for f in (fu, fd))
    if trained or gain <= 0:
        return reference.filtered_lrelu(
            x,
            fu,
            fd,
            b,
            up=up,
            down=down,
            padding=padding,
            gain=gain,
            slope=slope,
            clamp=clamp,
            flip_filter=flip_filter,
        )
    if fu is fd is None and up == down == (1, 1) and slope >= 0:
        x = bias_act(x, b, dim=1, act="lrelu", alpha=slope, gain=gain, clamp=clamp)
        return F.pad(x, padding) if any(padding) else x
    ux, uy, _ = separate(fu)
    dx, dy, mirrored = separate(fd)
    mid = (
        x.shape[3] * up[0] + padding[0] + padding[1] - ux.shape[1] + 1,
        x.shape[2] * up[1] + padding[2] + padding[3] - uy.shape[1] + 1,
    )
    out = ((mid[0] - dx.shape[1]) // down[0] + 1, (mid[1] - dy.shape[1]) // down[1] + 1)
    if mirrored is not None and not (_can_fold(mirrored, down) and len(dx) > _FEW_TERMS):
        mirrored = None
    geometry = [*up, *down, padding[0], padding[2], 0, 0, *mid, *out]
    options = (float(gain * up[0] * up[1]), float(slope), math.inf if clamp is None else clamp)
    keep = torch.is_grad_enabled() and (x.requires_grad or (b is not None and b.requires_grad))
    filters = (ux, uy, dx, dy, mirrored)
    return _filtered_lrelu(x, b, *filters, geometry, *options, flip_filter, keep)[0]


def _can_fold(f: Tensor, down: tuple[int, int]) -> bool:
    """Whether the kernels run this filter, with its rows mirrored, as a whole."""
    return down[0] == 2 and f.shape[1] == 12 and f.shape[0] % 2 == 0


@lru_cache(maxsize=512)
def _shape(gain: float, slope: float, clamp: float, *sizes: int) -> _Shape:
    return _Shape((c_int64 * 22)(*sizes), gain, slope, clamp)


def _launch(
    x: Tensor,
    b: Tensor | None,
    filters: tuple[Tensor, Tensor, Tensor, Tensor],
    folded: bool,
    mask: Tensor | None,
    geometry: list[int],
    options: tuple[float, float, float],
    flip: bool,
    mode: int,
) -> Tensor:
    x = x.contiguous()
    b = None if b is None else b.contiguous()
    n, c, in_h, in_w = x.shape
    up_x, up_y, down_x, down_y, pad_x, pad_y, offset_x, offset_y, *sizes = geometry
    y = memory.empty(n, c, sizes[3], sizes[2])
    if y.numel() == 0:  # the gradient of no pixels, which is cut into no tiles
        return y
    taps = [f.shape[1] for f in filters]
    ranks = len(filters[0]), 0 if folded else len(filters[2])
    factors, places = (up_x, up_y, down_x, down_y), (pad_x, pad_y, offset_x, offset_y)
    shape = _shape(*options, n * c, c, in_w, in_h, *sizes, *factors, *taps, *ranks, *places)
    _kernel(
        x.data_ptr(),
        None if b is None else b.data_ptr(),
        y.data_ptr(),
        *(f.data_ptr() for f in filters),
        None if mask is None else mask.data_ptr(),
        shape,
        flip,
        mode,
        library.threads(),
    )
    return y


def _mask_bytes(x: Tensor, geometry: list[int]) -> int:
    # Two bits a sample, for 16 planes together so that it is one size for all instruction sets.
    return -(-x.shape[0] * x.shape[1] // 16) * 4 * geometry[8] * geometry[9]


def _run(
    x: Tensor,
    b: Tensor | None,
    ux: Tensor,
    uy: Tensor,
    dx: Tensor,
    dy: Tensor,
    mirrored: Tensor | None,
    geometry: list[int],
    gain: float,
    slope: float,
    clamp: float,
    flip: bool,
    keep: bool,
) -> tuple[Tensor, Tensor]:
    mask = torch.empty([_mask_bytes(x, geometry) if keep else 0], dtype=torch.uint8)
    mode = _SAVE_MASK if keep else _NO_MASK
    options = (gain, slope, clamp)
    folded = mirrored is not None
    filters = (ux, uy, mirrored if folded else dx, dy)
    return _launch(x, b, filters, folded, mask, geometry, options, flip, mode), mask


def _fake(x: Tensor, b: Tensor | None, *options: Any) -> tuple[Tensor, Tensor]:
    geometry, keep = options[5], options[-1]
    y = x.new_empty([x.shape[0], x.shape[1], geometry[11], geometry[10]])
    return y, x.new_empty([_mask_bytes(x, geometry) if keep else 0], dtype=torch.uint8)


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    x, b, *filters, _, geometry, gain, slope, _, flip, _ = inputs
    ctx.save_for_backward(output[1], *filters)
    ctx.options = geometry, gain, slope, flip
    ctx.size = x.shape[3], x.shape[2]
    ctx.has_bias = b is not None


def _differentiate(ctx: Any, g: Tensor | None, _: Tensor | None) -> tuple[Tensor | None, ...]:
    if g is None:
        return (None,) * 13
    gx = _transposed(ctx, g)
    gb = channel_sums(gx) if ctx.has_bias and ctx.needs_input_grad[1] else None
    return gx, gb, *(None,) * 11


def _transposed(ctx: Any, g: Tensor) -> Tensor:
    """Run the transpose of a linear filtered_lrelu: its parts in reverse, each mirrored."""
    mask, ux, uy, dx, dy = ctx.saved_tensors
    geometry, gain, slope, flip = ctx.options
    up_x, up_y, down_x, down_y, pad_x, pad_y, offset_x, offset_y, mid_w, mid_h, _, _ = geometry
    # mid[t] meets x[(t + j - pad) / up] and y[(t - k - offset) / down]. Counting the taps of a
    # mirrored filter from its other end moves pad and offset by taps - 1.
    turned = [
        *(down_x, down_y, up_x, up_y),
        *(offset_x + dx.shape[1] - 1, offset_y + dy.shape[1] - 1),
        *(pad_x - ux.shape[1] + 1, pad_y - uy.shape[1] + 1),
        *(mid_w, mid_h, *ctx.size),
    ]
    return _masked(g, mask, dx, dy, ux, uy, turned, gain, slope, not flip)


# x -> down(m up(x)), with m the slopes that the mask tells, is linear; its transpose is of the same
# kind, so it is every derivative from the first on. m is constant almost everywhere.
def _run_masked(
    x: Tensor,
    mask: Tensor,
    ux: Tensor,
    uy: Tensor,
    dx: Tensor,
    dy: Tensor,
    geometry: list[int],
    gain: float,
    slope: float,
    flip: bool,
) -> Tensor:
    options = (gain, slope, math.inf)
    filters = (ux, uy, dx, dy)
    return _launch(x, None, filters, False, mask, geometry, options, flip, _USE_MASK)


def _fake_masked(x: Tensor, *options: Any) -> Tensor:
    geometry = options[5]
    return x.new_empty([x.shape[0], x.shape[1], geometry[11], geometry[10]])


def _save_masked(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, mask, *filters, geometry, gain, slope, flip = inputs
    ctx.save_for_backward(mask, *filters)
    ctx.options = geometry, gain, slope, flip
    ctx.size = x.shape[3], x.shape[2]


def _differentiate_masked(ctx: Any, g: Tensor | None) -> tuple[Tensor | None, ...]:
    return None if g is None else _transposed(ctx, g), *(None,) * 9


_FILTERS = "Tensor ux, Tensor uy, Tensor dx, Tensor dy"
_OPTIONS = "int[] geometry, float gain, float slope"
_filtered_lrelu = ops.define(
    f"filtered_lrelu(Tensor x, Tensor? b, {_FILTERS}, Tensor? mirrored, {_OPTIONS}, float clamp,"
    " bool flip, bool keep) -> (Tensor, Tensor)",
    _run,
    _fake,
    backward=_differentiate,
    save=_save,
)
_masked = ops.define(
    f"filtered_lrelu_masked(Tensor x, Tensor mask, {_FILTERS}, {_OPTIONS}, bool flip) -> Tensor",
    _run_masked,
    _fake_masked,
    backward=_differentiate_masked,
    save=_save_masked,
)
