"""3x3 convolutions for training on the kernels, and the gradient of their weights.

Of the same size, to half of it (stride 2) and, transposed, to twice of it. With `turned`, weights
are read with inputs and outputs exchanged (and, at the same size, taps in reverse order): then the
derivative of each with respect to x is another one of them with weights turned, the derivative of
the gradient of the weights likewise, and two operators are all derivatives of any order.
"""

from __future__ import annotations

from ctypes import Structure, addressof, c_int64, c_void_p
from typing import Any

import torch
from torch import Tensor

from cuda_ops.cpu import library, memory, ops

SAME, HALVING, DOUBLING = 0, 1, 2  # enum Conv2dKind of src/conv2d.h
_ADJOINT = {SAME: SAME, HALVING: DOUBLING, DOUBLING: HALVING}
_AREA = 9  # taps
_SIZES = ("n", "cin", "cout", "h", "w", "oh", "ow", "padding", "kind", "step_out", "step_in")


class _Arguments(Structure):
    """struct Conv2d of src/conv2d.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("x", "weight", "y")),
        *((name, c_int64) for name in (*_SIZES, "flip", "threads")),
    ]


_kernel = library.Function("le_conv2d", c_void_p)
_weight_kernel = library.Function("le_conv2d_weight", c_void_p, c_void_p)


def conv2d(x: Tensor, weight: Tensor, padding: int) -> Tensor:
    """Convolve x [N, in, H, W] with weight [out, in, 3, 3]; float32 on the CPU.

    Args:
        padding: zeros on each side, 0 to 2.

    Returns [N, out, H + 2 padding - 2, W + 2 padding - 2], differentiable any number of times.
    """
    h, w = (side + 2 * padding - 2 for side in x.shape[2:])
    return _conv2d(x, weight, SAME, padding, h, w, False)


def conv2d_halving(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve with a stride of 2 -> [N, out, (H - 1) // 2, (W - 1) // 2]; see conv2d."""
    h, w = ((side - 1) // 2 for side in x.shape[2:])
    return _conv2d(x, weight, HALVING, 0, h, w, False)


def conv2d_doubling(x: Tensor, weight: Tensor) -> Tensor:
    """Transposed convolution with a stride of 2 -> [N, out, 2 H + 1, 2 W + 1]; see conv2d.

    Args:
        weight: [out, in, 3, 3]; PyTorch's has inputs first.
    """
    h, w = (2 * side + 1 for side in x.shape[2:])
    return _conv2d(x, weight, DOUBLING, 0, h, w, False)


def _run(
    x: Tensor, weight: Tensor, kind: int, padding: int, oh: int, ow: int, turned: bool
) -> Tensor:
    x, weight = x.contiguous(), weight.contiguous()
    y = memory.empty(x.shape[0], weight.shape[1 if turned else 0], oh, ow)
    if x.numel() == 0 or y.numel() == 0:
        return y.zero_()
    arguments = _arguments(x, weight.data_ptr(), y, kind, padding, turned)
    _kernel(addressof(arguments))
    return y


def _run_weight(x: Tensor, g: Tensor, kind: int, padding: int, turned: bool) -> Tensor:
    x, g = x.contiguous(), g.contiguous()
    gw = torch.empty(_weight_shape(x, g, turned))
    if x.numel() == 0 or g.numel() == 0:
        return gw.zero_()
    arguments = _arguments(x, None, g, kind, padding, turned)
    _weight_kernel(addressof(arguments), gw.data_ptr())
    return gw


def _arguments(
    x: Tensor, weight: int | None, y: Tensor, kind: int, padding: int, turned: bool
) -> _Arguments:
    n, cin, h, w = x.shape
    cout, oh, ow = y.shape[1:]
    step_out, step_in = (_AREA, cout * _AREA) if turned else (cin * _AREA, _AREA)
    sizes = (n, cin, cout, h, w, oh, ow, padding, kind, step_out, step_in)
    flip = turned and kind == SAME
    return _Arguments(x.data_ptr(), weight, y.data_ptr(), *sizes, flip, library.threads())


def _weight_shape(x: Tensor, g: Tensor, turned: bool) -> list[int]:
    sides = (x.shape[1], g.shape[1]) if turned else (g.shape[1], x.shape[1])
    return [*sides, 3, 3]


def _weight_gradient(x: Tensor, g: Tensor, kind: int, padding: int, turned: bool) -> Tensor:
    """Return the gradient of the weights of _conv2d(x, weight, kind, padding, ..., turned)."""
    if kind == DOUBLING:
        return _weight(g, x, HALVING, 0, not turned)
    if kind == SAME and turned:
        return _weight(g, x, SAME, 2 - padding, False)
    return _weight(x, g, kind, padding, turned)


def _kept(tensor: Tensor) -> Tensor:
    """Return what may be saved: tensors of inference mode, such as a loaded model's, may not."""
    return tensor.clone() if tensor.is_inference() else tensor


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, ctx.kind, ctx.padding, _, _, ctx.turned = inputs
    ctx.save_for_backward(_kept(x), _kept(weight))


def _differentiate(ctx: Any, g: Tensor | None) -> tuple[Tensor | None, ...]:
    if g is None:
        return (None,) * 7
    x, weight = ctx.saved_tensors
    gx = gw = None
    if ctx.needs_input_grad[0]:
        gx = _adjoint(g, weight, ctx.kind, ctx.padding, x, not ctx.turned)
    if ctx.needs_input_grad[1]:
        gw = _weight_gradient(x, g, ctx.kind, ctx.padding, ctx.turned)
    return gx, gw, *(None,) * 5


def _adjoint(g: Tensor, weight: Tensor, kind: int, padding: int, x: Tensor, turned: bool) -> Tensor:
    other = 2 - padding if kind == SAME else 0
    return _conv2d(g, weight, _ADJOINT[kind], other, *x.shape[2:], turned)


def _save_weight(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, g, ctx.kind, ctx.padding, ctx.turned = inputs
    ctx.save_for_backward(_kept(x), _kept(g))


def _differentiate_weight(ctx: Any, gw: Tensor | None) -> tuple[Tensor | None, ...]:
    if gw is None:
        return (None,) * 5
    x, g = ctx.saved_tensors
    gx = gg = None
    if ctx.needs_input_grad[0]:
        gx = _adjoint(g, gw, ctx.kind, ctx.padding, x, not ctx.turned)
    if ctx.needs_input_grad[1]:
        gg = _conv2d(x, gw, ctx.kind, ctx.padding, *g.shape[2:], ctx.turned)
    return gx, gg, *(None,) * 3


_conv2d = ops.define(
    "conv2d(Tensor x, Tensor weight, int kind, int padding, int oh, int ow, bool turned) -> Tensor",
    _run,
    lambda x, weight, kind, padding, oh, ow, turned: x.new_empty(
        [x.shape[0], weight.shape[1 if turned else 0], oh, ow]
    ),
    backward=_differentiate,
    save=_save,
)
_weight = ops.define(
    "conv2d_weight(Tensor x, Tensor g, int kind, int padding, bool turned) -> Tensor",
    _run_weight,
    lambda x, g, kind, padding, turned: x.new_empty(_weight_shape(x, g, turned)),
    backward=_differentiate_weight,
    save=_save_weight,
)
