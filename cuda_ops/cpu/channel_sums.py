"""The gradient of a bias: sums over samples and pixels, with the same bits for any threads."""

from __future__ import annotations

from ctypes import c_int64, c_void_p
from typing import Any

import torch
from torch import Tensor

from cuda_ops.cpu import library, ops

_kernel = library.Function(
    "le_channel_sums", c_void_p, c_void_p, c_int64, c_int64, c_int64, c_int64
)


def channel_sums(x: Tensor) -> Tensor:
    """Sum x [N, C, H, W] over all but C -> [C]; float32 on the CPU, differentiable."""
    return _channel_sums(x)


def _run(x: Tensor) -> Tensor:
    x = x.contiguous()
    n, c, height, width = x.shape
    sums = torch.empty([c])
    _kernel(x.data_ptr(), sums.data_ptr(), n, c, height * width, library.threads())
    return sums


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.shape = inputs[0].shape


def _differentiate(ctx: Any, g: Tensor | None) -> tuple[Tensor | None, ...]:
    return (None if g is None else g[None, :, None, None].expand(ctx.shape),)


_channel_sums = ops.define(
    "channel_sums(Tensor x) -> Tensor",
    _run,
    lambda x: x.new_empty([x.shape[1]]),
    backward=_differentiate,
    save=_save,
)
