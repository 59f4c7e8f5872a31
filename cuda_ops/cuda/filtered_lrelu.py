"""filtered_lrelu on the GPU kernels: fused for StyleGAN3's layers, else one pass per operator."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu.ops import define
from cuda_ops.cuda.args import FilteredLreluArgs
from cuda_ops.cuda.bias_act import bias_act
from cuda_ops.cuda.kernels import FUSED_TILES, FusedTile
from cuda_ops.cuda.launch import (
    DTYPES,
    INDICES,
    allocate,
    dense,
    empty,
    launch,
    pointer,
    runs_natively,
    strides,
)
from cuda_ops.cuda.upfirdn2d import upfirdn2d

_PLAIN, _WRITE, _READ = 0, 1, 2


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
    """See cuda_ops.filtered_lrelu; x and b float32 or float16 on a GPU.

    One kernel where kernels.FUSED_TILES has the case, with 2 bits kept per value between the
    filters for the derivative; else one pass per operator. Where the gradient of a filter is asked
    for, or the slope is negative, the reference runs.
    """
    b = None if b is None else b.to(x.dtype)
    filter_gradient = any(f is not None and f.requires_grad for f in (fu, fd))
    if filter_gradient or slope < 0 or not runs_natively(x, b):
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
    size = _size(x, fu, fd, up, down, padding)
    tile = _tile(up, down, _shape(fu), _shape(fd)) if _mid_fits(x, size, down, fd) else None
    if tile is None:
        return _by_parts(
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
    assert fu is not None
    assert fd is not None
    filters = (f.detach().to(device=x.device, dtype=torch.float32).contiguous() for f in (fu, fd))
    keep = torch.is_grad_enabled() and (x.requires_grad or (b is not None and b.requires_grad))
    bound = math.inf if clamp is None else float(clamp)
    options = ([up[0], down[0]], [padding[0], padding[2]], size, flip_filter)
    return _filtered_lrelu(x, *filters, b, *options, float(gain), float(slope), bound, keep)[0]


def _by_parts(
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
    once, none = (1, 1), (0, 0, 0, 0)
    if fu is not None or up != once or padding != none:
        if b is not None:
            x = bias_act(x, b, dim=1, act="linear", alpha=0, gain=1, clamp=None)
            b = None
        up_gain = up[0] * up[1]
        x = upfirdn2d(
            x, fu, up=up, down=once, padding=padding, flip_filter=flip_filter, gain=up_gain
        )
    x = bias_act(x, b, dim=1, act="lrelu", alpha=slope, gain=gain, clamp=clamp)
    if fd is not None or down != once:
        x = upfirdn2d(x, fd, up=once, down=down, padding=none, flip_filter=flip_filter, gain=1.0)
    return x


def _shape(f: Tensor | None) -> tuple[int, ...]:
    return () if f is None else tuple(f.shape)


def _size(
    x: Tensor,
    fu: Tensor | None,
    fd: Tensor | None,
    up: tuple[int, int],
    down: tuple[int, int],
    padding: tuple[int, int, int, int],
) -> list[int]:
    taps = [
        sum(f.shape[-1 - i if f.ndim == 2 else 0] - 1 for f in (fu, fd) if f is not None)
        for i in range(2)
    ]
    width, height = (
        (x.shape[3 - i] * up[i] + padding[2 * i] + padding[2 * i + 1] - taps[i] - 1) // down[i] + 1
        for i in range(2)
    )
    return [height, width]


def _tile(
    up: tuple[int, int], down: tuple[int, int], fu: tuple[int, ...], fd: tuple[int, ...]
) -> FusedTile | None:
    """Return the fused kernel for these factors and shapes of filters."""
    for tile in FUSED_TILES:
        shapes = (
            (tile.taps_up,) * (1 + tile.radial_up),
            (tile.taps_down,) * (1 + tile.radial_down),
        )
        if up == (tile.up,) * 2 and down == (tile.down,) * 2 and (fu, fd) == shapes:
            return tile
    return None


def _mid_fits(x: Tensor, size: list[int], down: tuple[int, int], fd: Tensor | None) -> bool:
    taps = 0 if fd is None else fd.shape[0]
    return x.shape[0] * x.shape[1] * math.prod(s * down[0] + taps for s in size) < INDICES


def _needed(size: list[int], down: int, taps: int) -> tuple[int, int]:
    """Return height and width of what the down filter reads for a result of `size`."""
    return (size[0] - 1) * down + taps, (size[1] - 1) * down + taps


def _run(
    x: Tensor,
    fu: Tensor,
    fd: Tensor,
    b: Tensor | None,
    factors: list[int],
    pad: list[int],
    size: list[int],
    flip: bool,
    gain: float,
    slope: float,
    clamp: float,
    keep: bool,
) -> tuple[Tensor, Tensor]:
    up, down = factors
    b = None if b is None else b.contiguous()
    height, width = _needed(size, down, fd.shape[0])
    shift = -pad[1] % up
    rows = -(-(height + shift) // 4)
    # Not like x: a mask is never channels-last.
    shape = [x.shape[0], x.shape[1], rows, width] if keep else [0]
    mask = allocate(shape, fu, dtype=torch.uint8)
    args = FilteredLreluArgs(
        b=pointer(b),
        mask=mask.data_ptr() if keep else None,
        mask_w=width,
        mask_h=height,
        mask_rows=rows,
        mask_shift=shift,
        mode=_WRITE if keep else _PLAIN,
        up_gain=up * up,
        gain=gain,
        slope=slope,
        clamp=clamp,
    )
    return _launch(args, x, fu, fd, factors, pad, size, flip), mask


def _run_masked(
    x: Tensor,
    mask: Tensor,
    fu: Tensor,
    fd: Tensor,
    factors: list[int],
    pad: list[int],
    size: list[int],
    mask_at: list[int],
    mask_height: int,
    flip: bool,
    up_gain: float,
    gain: float,
    slope: float,
) -> Tensor:
    args = FilteredLreluArgs(
        mask=mask.data_ptr(),
        mask_w=mask.shape[3],
        mask_h=mask_height,
        mask_rows=mask.shape[2],
        mask_x=mask_at[0],
        mask_y=mask_at[1],
        mask_shift=mask_at[2],
        mode=_READ,
        up_gain=up_gain,
        gain=gain,
        slope=slope,
        clamp=math.inf,
    )
    return _launch(args, x, fu, fd, factors, pad, size, flip)


def _launch(
    args: FilteredLreluArgs,
    x: Tensor,
    fu: Tensor,
    fd: Tensor,
    factors: list[int],
    pad: list[int],
    size: list[int],
    flip: bool,
) -> Tensor:
    up, down = factors
    tile = _tile((up, up), (down, down), _shape(fu), _shape(fd))
    assert tile is not None
    x = dense(x)
    y = allocate([*x.shape[:2], *size], x)
    args.x, args.fu, args.fd, args.y = (t.data_ptr() for t in (x, fu, fd, y))
    args.x_strides, args.y_strides = strides(x), strides(y)
    args.n, args.c, args.in_h, args.in_w = x.shape
    args.out_h, args.out_w = size
    args.pad_x, args.pad_y = pad
    args.flip = flip
    blocks = x.shape[0] * x.shape[1] * -(-size[0] // tile.height) * -(-size[1] // tile.width)
    launch(f"{tile.name}_{DTYPES[x.dtype]}", args, blocks, x.device)
    return y


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    x, fu, fd, b, ctx.factors, ctx.pad, size, ctx.flip, ctx.gain, ctx.slope, _, keep = inputs
    assert keep
    ctx.x_size = list(x.shape[2:])
    ctx.mask_height = _needed(size, ctx.factors[1], fd.shape[0])[0]
    ctx.has_bias = b is not None
    ctx.save_for_backward(output[1], fu, fd)


def _differentiate(ctx: Any, dy: Tensor | None, _: None) -> tuple[Tensor | None, ...]:
    if dy is None:
        return (None,) * 12
    mask, fu, fd = ctx.saved_tensors
    up = ctx.factors[0]
    mask_at = [0, 0, -ctx.pad[1] % up]
    dx = _transposed(
        dy,
        mask,
        fu,
        fd,
        ctx.factors,
        ctx.pad,
        ctx.x_size,
        mask_at,
        ctx.mask_height,
        ctx.flip,
        float(up * up),
        ctx.gain,
        ctx.slope,
    )
    db = dx.sum([0, 2, 3]) if ctx.has_bias and ctx.needs_input_grad[3] else None
    return dx, None, None, db, *(None,) * 8


def _transposed(
    dy: Tensor,
    mask: Tensor,
    fu: Tensor,
    fd: Tensor,
    factors: list[int],
    pad: list[int],
    size: list[int],
    mask_at: list[int],
    *options: Any,
) -> Tensor:
    """Apply the transpose of the masked operator with these arguments; the result has `size`.

    The mirrored filters change places and so do the factors. Where the operator met tap l of fu
    and tap j of fd, y[o] and s[m + l - pad], m = o * down + j, its transpose walks the axis of v
    from pad - (taps_u - 1) on: that is where its mask starts.
    """
    height, flip, *gains = options
    reach_u, reach_d = fu.shape[-1] - 1, fd.shape[-1] - 1
    pad_t = [reach_u + reach_d - p for p in pad]
    at_t = [mask_at[i] + pad[i] - reach_u for i in range(2)]
    return _masked(
        dy, mask, fd, fu, factors[::-1], pad_t, size, [*at_t, mask_at[2]], height, not flip, *gains
    )


def _save_masked(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, mask, fu, fd, ctx.factors, ctx.pad, _, ctx.mask_at, *ctx.options = inputs
    ctx.x_size = list(x.shape[2:])
    ctx.save_for_backward(mask, fu, fd)


def _differentiate_masked(ctx: Any, dy: Tensor | None) -> tuple[Tensor | None, ...]:
    if dy is None:
        return (None,) * 13
    mask, fu, fd = ctx.saved_tensors
    dx = _transposed(dy, mask, fu, fd, ctx.factors, ctx.pad, ctx.x_size, ctx.mask_at, *ctx.options)
    return dx, *(None,) * 12


def _fake(
    x: Tensor,
    fu: Tensor,
    fd: Tensor,
    b: Tensor | None,
    factors: list[int],
    pad: list[int],
    size: list[int],
    *options: Any,
) -> tuple[Tensor, Tensor]:
    height, width = _needed(size, factors[1], fd.shape[0])
    rows = -(-(height + -pad[1] % factors[0]) // 4)
    shape = [*x.shape[:2], rows, width] if options[-1] else [0]
    return empty([*x.shape[:2], *size], x), empty(shape, fu, dtype=torch.uint8)


def _fake_masked(
    x: Tensor,
    mask: Tensor,
    fu: Tensor,
    fd: Tensor,
    factors: list[int],
    pad: list[int],
    size: list[int],
    *options: Any,
) -> Tensor:
    return empty([*x.shape[:2], *size], x)


_filtered_lrelu = define(
    "cuda_filtered_lrelu(Tensor x, Tensor fu, Tensor fd, Tensor? b, int[] factors, int[] pad,"
    " int[] size, bool flip, float gain, float slope, float clamp, bool keep) -> (Tensor, Tensor)",
    _run,
    _fake,
    backward=_differentiate,
    save=_save,
    device="CUDA",
)
_masked = define(
    "cuda_filtered_lrelu_masked(Tensor x, Tensor mask, Tensor fu, Tensor fd, int[] factors,"
    " int[] pad, int[] size, int[] mask_at, int mask_height, bool flip, float up_gain, float gain,"
    " float slope) -> Tensor",
    _run_masked,
    _fake_masked,
    backward=_differentiate_masked,
    save=_save_masked,
    device="CUDA",
)
