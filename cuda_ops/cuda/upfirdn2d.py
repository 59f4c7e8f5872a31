"""upfirdn2d on the GPU kernels."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu.ops import define
from cuda_ops.cuda.args import Upfirdn2dArgs
from cuda_ops.cuda.kernels import RESAMPLE_TILES, THREADS, ResampleTile
from cuda_ops.cuda.launch import (
    DTYPES,
    INDICES,
    allocate,
    empty,
    is_channels_last,
    launch,
    runs_natively,
    strides,
)

_MOST_BLOCKS = 65536


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
    """See cuda_ops.upfirdn2d; x float32 or float16 on a GPU, any strides.

    The filter is used in float32. Where its gradient is asked for, the reference runs.
    """
    taps = (1, 1) if f is None else (f.shape[-1], f.shape[0])
    width, height = (
        (x.shape[3 - i] * up[i] + padding[2 * i] + padding[2 * i + 1] - taps[i]) // down[i] + 1
        for i in range(2)
    )
    count = x.shape[0] * x.shape[1] * width * max(height, x.shape[2])
    if not runs_natively(x) or not 0 < count < INDICES or (f is not None and f.requires_grad):
        return reference.upfirdn2d(
            x, f, up=up, down=down, padding=padding, flip_filter=flip_filter, gain=gain
        )
    f = torch.ones([1, 1], device=x.device) if f is None else f
    f = f.detach().to(device=x.device, dtype=torch.float32)
    x0, _, y0, _ = padding
    if f.ndim == 2:
        options = ([*up, *down], [x0, y0], [height, width], flip_filter, float(gain))
        return _upfirdn2d(x, f.contiguous(), *options)
    factors = [up[0], 1, down[0], 1]
    half = math.sqrt(abs(gain))
    x = _upfirdn2d(x, f[None, :], factors, [x0, 0], [x.shape[2], width], flip_filter, half)
    factors = [1, up[1], 1, down[1]]
    half = math.copysign(half, gain)
    return _upfirdn2d(x, f[:, None], factors, [0, y0], [height, width], flip_filter, half)


def _run(
    x: Tensor,
    f: Tensor,
    factors: list[int],
    pad: list[int],
    size: list[int],
    flip: bool,
    gain: float,
) -> Tensor:
    x = x if _extent(x) < INDICES else x.contiguous()
    f = f.contiguous()
    channels_last = is_channels_last(x)
    y = allocate([*x.shape[:2], *size], x)
    args = Upfirdn2dArgs(
        x=x.data_ptr(),
        f=f.data_ptr(),
        y=y.data_ptr(),
        x_strides=strides(x),
        y_strides=strides(y),
        n=x.shape[0],
        c=x.shape[1],
        in_h=x.shape[2],
        in_w=x.shape[3],
        out_h=size[0],
        out_w=size[1],
        up_x=factors[0],
        up_y=factors[1],
        down_x=factors[2],
        down_y=factors[3],
        pad_x=pad[0],
        pad_y=pad[1],
        taps_x=f.shape[1],
        taps_y=f.shape[0],
        flip=flip,
        channels_last=channels_last,
        gain=gain,
    )
    tile = _tile(factors, f.shape, channels_last)
    name = "upfirdn2d" if tile is None else tile.name
    blocks = -(-y.numel() // THREADS) if tile is None else _blocks(tile, args)
    if tile is None:
        blocks = min(blocks, _MOST_BLOCKS)
    launch(f"{name}_{DTYPES[x.dtype]}", args, blocks, x.device)
    return y


def _extent(x: Tensor) -> int:
    return 1 + sum((size - 1) * stride for size, stride in zip(x.shape, x.stride(), strict=True))


def _tile(factors: list[int], taps: torch.Size, channels_last: bool) -> ResampleTile | None:
    for tile in RESAMPLE_TILES:
        if (
            factors == [tile.up, tile.up, tile.down, tile.down]
            and tuple(taps) == (tile.taps, tile.taps)
            and channels_last == (tile.channels > 1)
        ):
            return tile
    return None


def _blocks(tile: ResampleTile, args: Upfirdn2dArgs) -> int:
    # Tiles start at whole samples, up to up - 1 pixels before the result.
    across = -(-(args.out_w + -args.pad_x % tile.up) // tile.width)
    down = -(-(args.out_h + -args.pad_y % tile.up) // tile.height)
    return across * down * -(-args.c // tile.channels) * args.n


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, f, ctx.factors, ctx.pad, _, ctx.flip, ctx.gain = inputs
    ctx.size = list(x.shape[2:])
    ctx.save_for_backward(f)


def _differentiate(ctx: Any, dy: Tensor | None) -> tuple[Tensor | None, ...]:
    if dy is None:
        return (None,) * 7
    (f,) = ctx.saved_tensors
    # The transpose: the mirrored filter, up and down exchanged.
    up_x, up_y, down_x, down_y = ctx.factors
    factors = [down_x, down_y, up_x, up_y]
    pad = [f.shape[1] - 1 - ctx.pad[0], f.shape[0] - 1 - ctx.pad[1]]
    dx = _upfirdn2d(dy, f, factors, pad, ctx.size, not ctx.flip, ctx.gain)
    return dx, *(None,) * 6


_upfirdn2d = define(
    "cuda_upfirdn2d(Tensor x, Tensor f, int[] factors, int[] pad, int[] size, bool flip,"
    " float gain) -> Tensor",
    _run,
    lambda x, f, factors, pad, size, *_: empty([*x.shape[:2], *size], x),
    backward=_differentiate,
    save=_save,
    device="CUDA",
)
