"""3x3 convolution for training on the kernels, and the gradient of its weights.

y = conv(x, w), or with `turned` conv(x, w'), where w' is w with its taps in reverse order and its
inputs and outputs exchanged: the derivative of the one with respect to x is the other. Two
operators are then all derivatives of each other, of any order.
"""

from __future__ import annotations

from ctypes import Structure, addressof, c_int64, c_void_p
from typing import Any

import torch
from torch import Tensor

from cuda_ops.cpu import library, memory, ops

_TAPS = 3
_SIZES = ("n", "cin", "cout", "h", "w", "oh", "ow", "padding", "step_out", "step_in", "flip")


class _Arguments(Structure):
    """struct Conv2d of src/conv2d.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("x", "weight", "y")),
        *((name, c_int64) for name in (*_SIZES, "threads")),
    ]


_kernel = library.Function("le_conv2d", c_void_p)
_weight_kernel = library.Function("le_conv2d_weight", c_void_p, c_void_p)


def conv2d(x: Tensor, weight: Tensor, padding: int) -> Tensor:
    """Convolve x [N, in, H, W] with weight [out, in, 3, 3]; float32 on the CPU.

    Args:
        padding: zeros on each side, 0 to 2.

    Returns [N, out, H + 2 padding - 2, W + 2 padding - 2], differentiable any number of times.
    """
    return _conv2d(x, weight, padding, False)


def _run(x: Tensor, weight: Tensor, padding: int, turned: bool) -> Tensor:
    x, weight = x.contiguous(), weight.contiguous()
    y = memory.empty(*_shape(x, weight, padding, turned))
    n, cin, h, w = x.shape
    cout, oh, ow = y.shape[1:]
    step_out, step_in = (_TAPS**2, cout * _TAPS**2) if turned else (cin * _TAPS**2, _TAPS**2)
    if y.numel() == 0 or x.numel() == 0:
        return y.zero_()
    sizes = (n, cin, cout, h, w, oh, ow, padding, step_out, step_in, turned)
    arguments = _Arguments(
        x.data_ptr(), weight.data_ptr(), y.data_ptr(), *sizes, torch.get_num_threads()
    )
    _kernel(addressof(arguments))
    return y


def _run_weight(x: Tensor, g: Tensor, padding: int) -> Tensor:
    x, g = x.contiguous(), g.contiguous()
    n, cin, h, w = x.shape
    cout, oh, ow = g.shape[1:]
    gw = torch.empty([cout, cin, _TAPS, _TAPS])
    if g.numel() == 0 or x.numel() == 0:
        return gw.zero_()
    sizes = (n, cin, cout, h, w, oh, ow, padding, 0, 0, 0)
    arguments = _Arguments(x.data_ptr(), None, g.data_ptr(), *sizes, torch.get_num_threads())
    _weight_kernel(addressof(arguments), gw.data_ptr())
    return gw


def _shape(x: Tensor, weight: Tensor, padding: int, turned: bool) -> list[int]:
    grown = 2 * padding - _TAPS + 1
    n, _, h, w = x.shape
    return [n, weight.shape[1 if turned else 0], h + grown, w + grown]


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, ctx.padding, ctx.turned = inputs
    ctx.save_for_backward(x, weight)


def _differentiate(ctx: Any, g: Tensor | None) -> tuple[Tensor | None, ...]:
    if g is None:
        return (None,) * 4
    x, weight = ctx.saved_tensors
    other = _TAPS - 1 - ctx.padding
    gx = gw = None
    if ctx.needs_input_grad[0]:
        gx = _conv2d(g, weight, other, not ctx.turned)
    if ctx.needs_input_grad[1]:
        gw = _weight(g, x, other) if ctx.turned else _weight(x, g, ctx.padding)
    return gx, gw, None, None


def _save_weight(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, g, ctx.padding = inputs
    ctx.save_for_backward(x, g)


def _differentiate_weight(ctx: Any, gw: Tensor | None) -> tuple[Tensor | None, ...]:
    if gw is None:
        return (None,) * 3
    x, g = ctx.saved_tensors
    gx = gg = None
    if ctx.needs_input_grad[0]:
        gx = _conv2d(g, gw, _TAPS - 1 - ctx.padding, True)
    if ctx.needs_input_grad[1]:
        gg = _conv2d(x, gw, ctx.padding, False)
    return gx, gg, None


_conv2d = ops.define(
    "conv2d(Tensor x, Tensor weight, int padding, bool turned) -> Tensor",
    _run,
    lambda x, weight, padding, turned: x.new_empty(_shape(x, weight, padding, turned)),
    backward=_differentiate,
    save=_save,
)
_weight = ops.define(
    "conv2d_weight(Tensor x, Tensor g, int padding) -> Tensor",
    _run_weight,
    lambda x, g, padding: x.new_empty([g.shape[1], x.shape[1], _TAPS, _TAPS]),
    backward=_differentiate_weight,
    save=_save_weight,
)
