"""The modulated convolution on the kernels: one call from a layer's input to its output."""

from __future__ import annotations

import math
from ctypes import Structure, addressof, c_float, c_int64, c_void_p
from functools import lru_cache

import torch
from torch import Tensor

from cuda_ops.cpu import library, memory
from cuda_ops.cpu.prepared import Plan, prepared
from cuda_ops.cpu.upfirdn2d import factorise

_POINTERS = ("x", "weight", "norms", "styles", "noise", "bias", "fir_x", "fir_y", "out")
_SIZES = ("n", "cin", "cout", "h", "w", "oh", "ow", "padding", "noise_n", "kind", "threads")
_FACTORS = ("input_gain", "slope", "gain", "clamp", "fir_gain")
_KIND_FEW = 5  # reads the weights as they are
_FIR_TAPS = 4
_DOUBLING_GAIN = 2.0  # of the filter in each direction: a quarter of the samples are not 0


class _Arguments(Structure):
    """struct ModulatedConv of src/modulated_conv2d.h."""

    _fields_ = [
        *((name, c_void_p) for name in _POINTERS),
        *((name, c_int64) for name in _SIZES),
        *((name, c_float) for name in _FACTORS),
    ]


_kernel = library.Function("le_modulated_conv2d", c_void_p)
_plan = library.Function("le_modulated_conv2d_plan", *(c_int64,) * 8, c_void_p)


def modulated_conv2d(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    *,
    demodulate: bool,
    up: bool,
    padding: int,
    input_gain: Tensor | None,
    f: Tensor | None,
    noise: Tensor | None,
    b: Tensor | None,
    act: str,
    alpha: float,
    gain: float,
    clamp: float | None,
) -> Tensor | None:
    """See cuda_ops.modulated_conv2d; float32 on the CPU. None: this case has no kernel.

    That is so where somebody may ask for a gradient: what the kernels skip would be needed for it.
    """
    inputs = (x, weight, styles, input_gain, f, noise, b)
    if torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in inputs):
        return None
    slopes = {"linear": 1.0, "relu": 0.0, "lrelu": float(alpha)}
    if act not in slopes or x.numel() == 0 or up != (f is not None):
        return None
    factors = None if f is None else factorise(f)
    fx, fy = (None, None) if factors is None else factors
    if fx is not None and (fy is None or fx.shape != (_FIR_TAPS,) or fy.shape != (_FIR_TAPS,)):
        return None
    n, cin, h, w = x.shape
    cout, _, taps, _ = weight.shape
    isa = library.current().isa
    plan = _plan_for(isa, cout, cin, taps, up, h, w, padding, demodulate)
    if plan is None:
        return None
    oh, ow = (2 * h, 2 * w) if up else (h + 2 * padding - taps + 1, w + 2 * padding - taps + 1)
    noise_n = 1
    if noise is not None:
        if noise.shape not in ((oh, ow), (1, 1, oh, ow), (n, 1, oh, ow)):
            return None
        noise = noise.contiguous()
        noise_n = noise.shape[0] if noise.ndim == 4 else 1
    x, styles = x.contiguous(), styles.contiguous()
    norms = None
    if plan.kind == _KIND_FEW:
        ready = weight.contiguous()
    else:
        ready, norms = prepared(weight, plan)
    b = None if b is None else b.contiguous()
    out = memory.empty(n, cout, oh, ow)
    arguments = _Arguments(
        x.data_ptr(),
        ready.data_ptr(),
        norms.data_ptr() if demodulate and norms is not None else None,
        styles.data_ptr(),
        None if noise is None else noise.data_ptr(),
        None if b is None else b.data_ptr(),
        None if fx is None else fx.data_ptr(),
        None if fy is None else fy.data_ptr(),
        out.data_ptr(),
        n,
        cin,
        cout,
        h,
        w,
        oh,
        ow,
        padding,
        noise_n,
        plan.kind,
        library.threads(),
        1.0 if input_gain is None else float(input_gain),
        slopes[act],
        gain,
        math.inf if clamp is None else clamp,
        _DOUBLING_GAIN,
    )
    _kernel(addressof(arguments))
    return out


@lru_cache(maxsize=4096)
def _plan_for(
    isa: str,
    cout: int,
    cin: int,
    taps: int,
    up: bool,
    h: int,
    w: int,
    padding: int,
    demodulate: bool,
) -> Plan | None:
    """Ask the kernels how they compute a layer; None = they do not."""
    answer = (c_int64 * 3)()
    _plan(cout, cin, taps, up, h, w, padding, demodulate, addressof(answer))
    kind, points, floats = answer
    return None if kind < 0 else Plan(isa, kind, points, floats)
