"""Convolution with weights scaled per sample, and what follows it (arXiv 1912.04958, section 2.2).

One operator from a layer's input to its output: the kernels need not write down what lies between.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from cuda_ops import reference_conv
from cuda_ops.bias_act import ACTIVATIONS, bias_act
from cuda_ops.conv2d import conv2d, conv_transpose2d
from cuda_ops.cpu import modulated_conv2d as cpu
from cuda_ops.dispatch import choose, cuda_kernels
from cuda_ops.upfirdn2d import upfirdn2d


def modulated_conv2d(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    *,
    demodulate: bool = True,
    up: bool = False,
    padding: int = 0,
    input_gain: Tensor | None = None,
    f: Tensor | None = None,
    noise: Tensor | None = None,
    b: Tensor | None = None,
    act: str = "linear",
    alpha: float | None = None,
    gain: float | None = None,
    clamp: float | None = None,
    impl: str = "auto",
) -> Tensor:
    """Convolve with weights scaled per sample, filter, add noise and bias, activate.

    w'_oikl = s_i w_oikl                                            (equation 1)
    w''     = w' / sqrt(sum_ikl w'^2 + 1e-8), if demodulate         (equation 3)
    u       = conv(x, w'' g), or with up its transpose of stride 2, filtered by f
    y       = bias_act(u + noise, b)

    Without gradients, what the kernels cover runs in one piece: 1x1 and 3x3 weights, float32,
    f separable with 4 taps, act linear, relu or lrelu. Everything else is computed as written
    above, step by step, with the native operators where there are any.

    Args:
        x:          [N, in, H, W], any floating dtype.
        weight:     [out, in, k, k]; kept in a transformed form while it lives and does not change.
        styles:     [N, in], s.
        demodulate: divide by the norm of each output's weights.
        up:         double the size: 2 H + k - 2 without f, 2 H with it.
        padding:    zeros on each side, >= 0 (0 with up).
        input_gain: g, a scalar tensor; None = 1.
        f:          resampling filter behind up, as in upfirdn2d; None = none.
        noise:      [H_out, W_out], or [N or 1, 1, H_out, W_out]; None = none.
        b:          [out]; None = 0.
        act, alpha, gain, clamp: as in bias_act.
        impl:       "auto", "reference" or "native".

    Returns [N, out, H_out, W_out], dtype of x; differentiable any number of times.
    Raises ValueError if a shape does not fit or an argument is outside what is said above.
    """
    _check(x, weight, styles, up, padding, f, b)
    if act not in ACTIVATIONS:
        names = ", ".join(ACTIVATIONS)
        raise ValueError(f"modulated_conv2d: act must be one of {names}, got {act!r}")
    if clamp is not None and clamp < 0:
        raise ValueError(f"modulated_conv2d: clamp must be at least 0, got {clamp}")
    alpha = ACTIVATIONS[act].alpha if alpha is None else alpha
    gain = ACTIVATIONS[act].gain if gain is None else gain
    impl = choose("modulated_conv2d", impl, x, weight, styles, input_gain, noise, b)
    if impl == "native":
        kernels = cuda_kernels("modulated_conv2d") if x.is_cuda else cpu
        y = kernels.modulated_conv2d(
            x,
            weight,
            styles,
            demodulate=demodulate,
            up=up,
            padding=padding,
            input_gain=input_gain,
            f=f,
            noise=noise,
            b=b,
            act=act,
            alpha=alpha,
            gain=gain,
            clamp=clamp,
        )
        if y is not None:
            return y
        impl = "auto"
    x = reference_conv.modulated_conv2d(
        x,
        weight,
        styles,
        demodulate=demodulate,
        up=up,
        padding=padding,
        input_gain=input_gain,
        convolve=partial(conv2d, impl=impl),
        transpose=partial(conv_transpose2d, impl=impl),
    )
    if f is not None:
        # The transposed convolution reaches over the edges; the filter crops what it may.
        k, taps = weight.shape[2], f.shape[-1]
        p0 = k // 2 + (taps + 1) // 2 - (k - 1)
        p1 = k // 2 + (taps - 2) // 2 - (k - 2)
        x = upfirdn2d(x, f, padding=[p0, p1, p0, p1], gain=4, impl=impl)
    if noise is not None:
        x = x + noise.to(x.dtype)
    if b is None and act == "linear" and gain == 1 and clamp is None:
        return x
    return bias_act(x, b, act=act, alpha=alpha, gain=gain, clamp=clamp, impl=impl)


def _check(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    up: bool,
    padding: int,
    f: Tensor | None,
    b: Tensor | None,
) -> None:
    if x.ndim != 4:
        raise ValueError(f"modulated_conv2d: x must have shape [N, in, H, W], got {list(x.shape)}")
    n, channels = x.shape[:2]
    if weight.ndim != 4 or weight.shape[1] != channels or weight.shape[2] != weight.shape[3]:
        raise ValueError(
            f"modulated_conv2d: weight must have shape [out, {channels}, k, k] to fit x "
            f"{list(x.shape)}, got {list(weight.shape)}"
        )
    if channels and weight.numel() == 0:
        raise ValueError(
            f"modulated_conv2d: weight must have an output and a tap at least, got "
            f"{list(weight.shape)}"
        )
    if styles.shape != (n, channels):
        raise ValueError(
            f"modulated_conv2d: styles must have shape [{n}, {channels}] to fit x "
            f"{list(x.shape)}, got {list(styles.shape)}"
        )
    if b is not None and b.shape != (weight.shape[0],):
        raise ValueError(
            f"modulated_conv2d: b must have shape [{weight.shape[0]}] to fit weight "
            f"{list(weight.shape)}, got {list(b.shape)}"
        )
    if padding < 0 or (up and padding):
        wanted = "0 with up" if up else "at least 0"
        raise ValueError(f"modulated_conv2d: padding must be {wanted}, got {padding}")
    if f is not None and not up:
        raise ValueError("modulated_conv2d: f filters behind up, so up must be True with it")
    if f is not None and (f.ndim not in (1, 2) or f.numel() == 0):
        raise ValueError(
            f"modulated_conv2d: f must have one or two dimensions and a tap at least, got "
            f"{list(f.shape)}"
        )
    size = min(x.shape[2:]) + 2 * padding
    if not up and size < weight.shape[2]:
        raise ValueError(
            f"modulated_conv2d: the picture after padding is {size} pixels, less than the "
            f"{weight.shape[2]} of weight"
        )
