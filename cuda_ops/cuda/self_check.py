"""A first run on a GPU, held against plain PyTorch, before the program relies on the kernels there.

They were only emulated where they were made. A few small cases cost a few milliseconds, and on
the first start the second or two that compiling takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from cuda_ops import reference, reference_conv
from cuda_ops.cuda import bias_act, filtered_lrelu, modulated_conv2d, upfirdn2d
from cuda_ops.cuda.launch import is_channels_last

_TOLERANCE = {torch.float32: 1e-4, torch.float16: 1e-2}  # of the largest value


def differing_case(device: torch.device) -> str | None:
    """Run every kind of kernel on a GPU, forward and backward; name the first that is wrong.

    Returns None if all agree with the reference on the CPU.
    """
    with torch.inference_mode(False):  # what is asked for a picture comes in inference mode
        return _differing_case(device)


def _differing_case(device: torch.device) -> str | None:
    for dtype, tolerance in _TOLERANCE.items():
        for name, module, call in _cases():
            x = _numbers(2, 3, 20, 18).to(dtype)
            mine = _with_gradient(partial(call, module), x.to(device))
            wanted = _with_gradient(partial(call, reference), x.float())
            for got, expected in zip(mine, wanted, strict=True):
                error = (got.cpu().float() - expected).abs().max()
                if not error <= tolerance * expected.abs().max():
                    return f"{name} in {str(dtype).removeprefix('torch.')}"
    return None


def differing_layout(device: torch.device) -> str | None:
    """Run layers in float16 and channels-last on a GPU; name the first that is wrong.

    Wrong is also a result in another layout: then something on the way was turned around. Returns
    None if all is well.
    """
    f = torch.outer(*[torch.tensor([1.0, 3, 3, 1]) / 8] * 2)
    with torch.inference_mode():
        for name, kernel, channels, up in (
            ("3x3", 3, 32, False),
            ("3x3 doubling", 3, 32, True),
            ("1x1", 1, 8, False),
        ):
            x, styles = _numbers(1, 32, 12, 12), 1 + _numbers(1, 32) / 4
            weight = _numbers(channels, 32, kernel, kernel)
            options = {"demodulate": True, "up": up, "padding": 0 if up else kernel // 2}
            wanted = reference_conv.modulated_conv2d(x, weight, styles, input_gain=None, **options)
            if up:
                once = {"up": (1, 1), "down": (1, 1), "padding": (1, 1, 1, 1)}
                wanted = reference.upfirdn2d(wanted, f, **once, flip_filter=False, gain=4.0)
            half = x.to(device, torch.float16, memory_format=torch.channels_last)
            mine = modulated_conv2d.modulated_conv2d(
                half,
                weight.to(device),
                styles.to(device),
                **options,
                input_gain=None,
                f=f.to(device) if up else None,
                noise=None,
                b=None,
                act="linear",
                alpha=0.0,
                gain=1.0,
                clamp=None,
            )
            if mine is None or not is_channels_last(mine):
                return f"the result of {name} is in planes"
            error = (mine.cpu().float() - wanted).abs().max()
            if not error <= _TOLERANCE[torch.float16] * wanted.abs().max():
                return f"{name} is wrong"
    return None


def _numbers(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def _with_gradient(call: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        y = call(x)
        (gradient,) = torch.autograd.grad(y, x, y.detach())
    return y.detach(), gradient


def _cases() -> Iterator[tuple[str, ModuleType, Callable[[Any, Tensor], Tensor]]]:
    f = torch.tensor([1.0, 3, 3, 1]) / 8
    fir = torch.sin(torch.arange(1.0, 13)).abs() / 8
    once, twice = (1, 1), (2, 2)

    def activate(ops: Any, x: Tensor) -> Tensor:
        b = torch.tensor([0.5, -0.5, 0.125], device=x.device, dtype=x.dtype)
        return ops.bias_act(x, b, dim=1, act="lrelu", alpha=0.2, gain=1.4, clamp=None)

    def double(ops: Any, x: Tensor) -> Tensor:
        options: dict[str, Any] = {"padding": (2, 1, 2, 1), "flip_filter": False, "gain": 4.0}
        return ops.upfirdn2d(x, torch.outer(f, f), up=twice, down=once, **options)

    def filter_twice(ops: Any, x: Tensor) -> Tensor:
        options: dict[str, Any] = {"gain": 1.4, "slope": 0.2, "clamp": None, "flip_filter": False}
        pad = (11, 10, 11, 10)
        return ops.filtered_lrelu(x, fir, fir, None, up=twice, down=twice, padding=pad, **options)

    yield "bias_act", bias_act, activate
    yield "upfirdn2d", upfirdn2d, double
    yield "filtered_lrelu", filtered_lrelu, filter_twice
