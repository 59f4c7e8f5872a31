"""bias_act on the kernels: linear, relu and lrelu with gain > 0 and slope >= 0."""

from __future__ import annotations

import math
from ctypes import c_float, c_int64, c_void_p
from typing import Any

import torch
from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu import library, memory, ops

_ACTS = {"linear": 0, "relu": 1, "lrelu": 2}
_SIZES = (c_int64, c_int64, c_int64)
_OPTIONS = (c_int64, c_float, c_float, c_float, c_int64)
_forward = library.Function("le_bias_act", c_void_p, c_void_p, c_void_p, *_SIZES, *_OPTIONS)
_backward = library.Function(
    "le_bias_act_backward", c_void_p, c_void_p, c_void_p, c_void_p, *_SIZES, *_OPTIONS
)
_channel_sums = library.Function("le_channel_sums", c_void_p, c_void_p, *_SIZES, c_int64)


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
    """See cuda_ops.bias_act; x and b float32 on the CPU.

    The derivative is taken from the result alone, so x need not be kept: that needs an increasing
    activation of straight pieces and a positive gain. Everything else runs the reference. Where
    the result is exactly at the clamp, the derivative is 0 (of the reference, the slope).
    """
    if act not in _ACTS or gain <= 0 or alpha < 0:
        return reference.bias_act(x, b, dim=dim, act=act, alpha=alpha, gain=gain, clamp=clamp)
    bound = math.inf if clamp is None else float(clamp)
    return _bias_act(x, b, dim, _ACTS[act], float(alpha), float(gain), bound)


def _sizes(x: Tensor, dim: int) -> tuple[int, int, int]:
    shape = x.shape
    if not shape:
        return 1, 1, 1
    return math.prod(shape[:dim]), shape[dim], math.prod(shape[dim + 1 :])


def _pointer(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _run(
    x: Tensor, b: Tensor | None, dim: int, act: int, alpha: float, gain: float, clamp: float
) -> Tensor:
    x = x.contiguous()
    b = None if b is None else b.contiguous()
    y = memory.empty(*x.shape)
    threads = library.threads()
    _forward(
        x.data_ptr(), _pointer(b), y.data_ptr(), *_sizes(x, dim), act, alpha, gain, clamp, threads
    )
    return y


def _run_backward(
    g: Tensor,
    b: Tensor | None,
    y: Tensor,
    dim: int,
    act: int,
    alpha: float,
    gain: float,
    clamp: float,
    sums: bool,
) -> tuple[Tensor, Tensor]:
    g, y = g.contiguous(), y.contiguous()
    b = None if b is None else b.contiguous()
    d = memory.empty(*g.shape)
    sizes, threads = _sizes(g, dim), library.threads()
    options = (act, alpha, gain, clamp, threads)
    _backward(g.data_ptr(), _pointer(b), y.data_ptr(), d.data_ptr(), *sizes, *options)
    channel_sums = torch.empty([g.shape[dim] if sums else 0])
    if sums:
        _channel_sums(d.data_ptr(), channel_sums.data_ptr(), *sizes, threads)
    return d, channel_sums


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    _, b, *ctx.options = inputs
    ctx.has_bias = b is not None
    ctx.save_for_backward(output)


def _differentiate(ctx: Any, g: Tensor | None) -> tuple[Tensor | None, ...]:
    if g is None:
        return (None,) * 7
    (y,) = ctx.saved_tensors
    sums = ctx.has_bias and ctx.needs_input_grad[1]
    d, db = _bias_act_backward(g, None, y, *ctx.options, sums)
    return d, db if sums else None, *(None,) * 5


# (g, b) -> ((g + b) m, sum of (g + b) m), with m the slopes found from y, is linear, and its own
# transpose: one operator is every derivative from the first on. m is constant almost everywhere.
def _save_backward(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    _, b, y, *ctx.options, ctx.sums = inputs
    ctx.has_bias = b is not None
    ctx.save_for_backward(y)


def _differentiate_backward(
    ctx: Any, gd: Tensor | None, gsums: Tensor | None
) -> tuple[Tensor | None, ...]:
    (y,) = ctx.saved_tensors
    gsums = gsums if ctx.sums else None
    if gd is None and gsums is None:
        return (None,) * 9
    sums = ctx.has_bias and ctx.needs_input_grad[1]
    if gd is None:
        gd = torch.zeros_like(y)
    g, gb = _bias_act_backward(gd, gsums, y, *ctx.options, sums)
    return g, gb if sums else None, *(None,) * 7


def _fake(x: Tensor, b: Tensor | None, *options: Any) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)


def _fake_backward(
    g: Tensor, b: Tensor | None, y: Tensor, dim: int, *options: Any
) -> tuple[Tensor, Tensor]:
    d = torch.empty_like(g, memory_format=torch.contiguous_format)
    return d, g.new_empty([g.shape[dim] if options[-1] else 0])


_bias_act = ops.define(
    "bias_act(Tensor x, Tensor? b, int dim, int act, float alpha, float gain, float clamp)"
    " -> Tensor",
    _run,
    _fake,
    backward=_differentiate,
    save=_save,
)
_bias_act_backward = ops.define(
    "bias_act_backward(Tensor g, Tensor? b, Tensor y, int dim, int act, float alpha, float gain,"
    " float clamp, bool sums) -> (Tensor, Tensor)",
    _run_backward,
    _fake_backward,
    backward=_differentiate_backward,
    save=_save_backward,
)
