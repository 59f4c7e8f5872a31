"""bias_act on the GPU kernels, and with it what follows a modulated convolution."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu.ops import define
from cuda_ops.cuda.args import ACTS, BiasActArgs
from cuda_ops.cuda.kernels import THREADS
from cuda_ops.cuda.launch import DTYPES, allocate, dense, empty, launch, pointer, runs_natively

_ELEMENTS = 4 * THREADS  # per block and round
_MOST_BLOCKS = 4096  # fills any GPU; each block goes round for the rest


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
    """See cuda_ops.bias_act; x and b float32 or float16 on a GPU.

    The derivative is taken from the result, so x need not be kept: that needs linear, relu or
    lrelu with a slope of at least 0. Everything else runs the reference. Where the result is
    exactly at the clamp, the derivative is 0 (of the reference, the slope).
    """
    b = None if b is None else b.to(x.dtype)
    if act not in ACTS or alpha < 0 or not runs_natively(x, b):
        return reference.bias_act(x, b, dim=dim, act=act, alpha=alpha, gain=gain, clamp=clamp)
    bound = math.inf if clamp is None else float(clamp)
    return _bias_act(x, None, None, b, dim, act, float(alpha), float(gain), bound)


def scale_bias_act(
    x: Tensor,
    scale: Tensor | None,
    noise: Tensor | None = None,
    b: Tensor | None = None,
    *,
    act: str = "linear",
    alpha: float = 0.0,
    gain: float = 1.0,
    clamp: float | None = None,
) -> Tensor:
    """Compute clip(act(x * scale + noise + b) * gain, -clamp, clamp) in one pass.

    Args:
        x:     [N, C, H, W], float32 or float16; runs_natively(x, b) holds.
        scale: [N, C], float32.
        noise: [H, W] or [N, 1, H, W], float32.
        b:     [C], dtype of x.
        act:   "linear", "relu" or "lrelu"; alpha: its slope, at least 0.

    Returns a tensor shaped like x, of its dtype; differentiable any number of times.
    """
    bound = math.inf if clamp is None else float(clamp)
    return _bias_act(x, scale, noise, b, 1, act, float(alpha), float(gain), bound)


def _run(
    x: Tensor,
    scale: Tensor | None,
    noise: Tensor | None,
    b: Tensor | None,
    dim: int,
    act: str,
    alpha: float,
    gain: float,
    clamp: float,
) -> Tensor:
    x = dense(x)
    scale, noise, b = (None if t is None else t.contiguous() for t in (scale, noise, b))
    out = allocate(list(x.shape), x)
    args = _args(x, out, act, alpha, gain, clamp)
    args.scale, args.noise, args.b = pointer(scale), pointer(noise), pointer(b)
    if x.ndim:
        args.channels, args.channel_step = x.shape[dim], max(x.stride(dim), 1)
        args.sample_size = x.numel() // x.shape[0]
    if x.ndim == 4:
        height, width = x.shape[2:]
        args.pixels = height * width
        args.pixel_step = x.stride(3) if width > 1 else x.stride(2) if height > 1 else 1
    if noise is not None and noise.ndim == 4 and noise.shape[0] > 1:
        args.noise_stride = noise.shape[2] * noise.shape[3]
    _launch(f"bias_act_{DTYPES[x.dtype]}", args, x, out, out)
    return out


def _run_gradient(
    dy: Tensor, y: Tensor, act: str, alpha: float, gain: float, clamp: float
) -> Tensor:
    y = dense(y)
    channels_last = torch.channels_last if not y.is_contiguous() else torch.contiguous_format
    dy = dy.contiguous(memory_format=channels_last)
    out = allocate(list(y.shape), y)
    args = _args(dy, out, act, alpha, gain, clamp)
    args.y = y.data_ptr()
    _launch(f"bias_act_gradient_{DTYPES[y.dtype]}", args, dy, y, out)
    return out


def _args(x: Tensor, out: Tensor, act: str, alpha: float, gain: float, clamp: float) -> BiasActArgs:
    return BiasActArgs(
        x=x.data_ptr(),
        out=out.data_ptr(),
        count=x.numel(),
        channels=1,
        channel_step=1,
        pixels=1,
        pixel_step=1,
        sample_size=x.numel(),
        act=ACTS[act],
        alpha=alpha,
        gain=gain,
        clamp=clamp,
    )


def _launch(name: str, args: BiasActArgs, *tensors: Tensor) -> None:
    step = 4 * tensors[0].element_size()
    args.vectorised = all(t.data_ptr() % step == 0 for t in tensors)
    blocks = min(-(-args.count // _ELEMENTS), _MOST_BLOCKS)
    launch(name, args, blocks, tensors[0].device)


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, scale, noise, b, ctx.dim, *ctx.options = inputs
    ctx.noise_shape = None if noise is None else noise.shape
    ctx.has_bias = b is not None
    ctx.save_for_backward(output, scale, x if scale is not None else None)


def _differentiate(ctx: Any, dy: Tensor | None) -> tuple[Tensor | None, ...]:
    if dy is None:
        return (None,) * 9
    y, scale, x = ctx.saved_tensors
    wanted = ctx.needs_input_grad
    act, _, gain, clamp = ctx.options
    plain = act == "linear" and gain == 1 and clamp == math.inf
    g = dy if plain else _gradient(dy, y, *ctx.options)
    dx = dscale = dnoise = db = None
    if wanted[0]:
        dx = g if scale is None else _scaled(g, scale)
    if scale is not None and wanted[1]:
        dscale = (g.float() * x.float()).sum([2, 3])
    if ctx.noise_shape is not None and wanted[2]:
        dnoise = g.sum(1, keepdim=True, dtype=torch.float32).sum_to_size(ctx.noise_shape)
    if ctx.has_bias and wanted[3]:
        db = g.sum([i for i in range(g.ndim) if i != ctx.dim]) if g.ndim > 1 else g
    return dx, dscale, dnoise, db, *(None,) * 5


def _scaled(x: Tensor, scale: Tensor) -> Tensor:
    return _bias_act(x, scale, None, None, 1, "linear", 0.0, 1.0, math.inf)


def _save_gradient(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    _, y, *ctx.options = inputs
    ctx.save_for_backward(y)


def _differentiate_gradient(ctx: Any, ddy: Tensor | None) -> tuple[Tensor | None, ...]:
    # Linear in dy, and constant in y almost everywhere: its own transpose.
    (y,) = ctx.saved_tensors
    return None if ddy is None else _gradient(ddy, y, *ctx.options), *(None,) * 5


_bias_act = define(
    "cuda_bias_act(Tensor x, Tensor? scale, Tensor? noise, Tensor? b, int dim, str act,"
    " float alpha, float gain, float clamp) -> Tensor",
    _run,
    lambda x, *_: empty(list(x.shape), x),
    backward=_differentiate,
    save=_save,
    device="CUDA",
)
_gradient = define(
    "cuda_bias_act_gradient(Tensor dy, Tensor y, str act, float alpha, float gain, float clamp)"
    " -> Tensor",
    _run_gradient,
    lambda dy, y, *_: empty(list(y.shape), y),
    backward=_differentiate_gradient,
    save=_save_gradient,
    device="CUDA",
)
