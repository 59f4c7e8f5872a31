"""Leaky ReLU between an upsampling and a downsampling filter (arXiv 2106.12423, section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu import filtered_lrelu as cpu
from cuda_ops.dispatch import choose, cuda_kernels
from cuda_ops.upfirdn2d import factors, sides


def filtered_lrelu(
    x: Tensor,
    fu: Tensor | None = None,
    fd: Tensor | None = None,
    b: Tensor | None = None,
    *,
    up: int = 1,
    down: int = 1,
    padding: int | Sequence[int] = 0,
    gain: float = math.sqrt(2),
    slope: float = 0.2,
    clamp: float | None = None,
    flip_filter: bool = False,
    impl: str = "auto",
) -> Tensor:
    """Add a bias, upsample, apply leaky ReLU, downsample: a nonlinearity that does not alias.

    u = upfirdn2d(x + b, fu, up=up, padding=padding, gain=up^2)
    v = clip(lrelu(u, slope) * gain, -clamp, clamp)
    y = upfirdn2d(v, fd, down=down)

    Args:
        x:           [N, C, H, W], any floating dtype.
        fu, fd:      up and down filter, [taps_y, taps_x] or separable [taps]; None = one tap of 1.
        b:           [C], dtype of x; None = 0.
        up, down:    integers >= 1.
        padding:     pixels after upsampling: [x0, x1, y0, y1], [x, y], or one for all sides;
                     negative crops.
        gain:        factor after the leaky ReLU.
        slope:       factor of values below 0.
        clamp:       bound >= 0 of v's magnitude; None = unbounded.
        flip_filter: False = convolution, True = correlation, for both filters.
        impl:        "auto", "reference" or "native".

    Returns [N, C, H_out, W_out] with
    H_out = floor((H * up + y0 + y1 - (taps_u - 1) - (taps_d - 1) + (down - 1)) / down);
    dtype of x; differentiable any number of times.
    Raises ValueError if a shape or factor does not fit, or if no output pixel would remain.
    """
    if x.ndim != 4:
        raise ValueError(f"filtered_lrelu: x must have shape [N, C, H, W], got {list(x.shape)}")
    if b is not None and b.shape != (x.shape[1],):
        raise ValueError(f"filtered_lrelu: b must have shape [{x.shape[1]}], got {list(b.shape)}")
    if clamp is not None and clamp < 0:
        raise ValueError(f"filtered_lrelu: clamp must be at least 0, got {clamp}")
    for name, f in (("fu", fu), ("fd", fd)):
        if f is not None and (f.ndim not in (1, 2) or f.numel() == 0):
            raise ValueError(
                f"filtered_lrelu: {name} must have one or two dimensions and a tap at least, got "
                f"{list(f.shape)}"
            )
    up_xy = factors("filtered_lrelu", "up", up)
    down_xy = factors("filtered_lrelu", "down", down)
    pad = sides("filtered_lrelu", padding)
    for axis, i in (("width", 0), ("height", 1)):
        taps = sum(f.shape[-1 - i if f.ndim == 2 else 0] - 1 for f in (fu, fd) if f is not None)
        padded = x.shape[3 - i] * up_xy[i] + pad[2 * i] + pad[2 * i + 1]
        if padded <= taps:
            raise ValueError(
                f"filtered_lrelu: the {axis} after padding is {padded}, but the filters need more "
                f"than {taps}"
            )
    native = choose("filtered_lrelu", impl, x, b) == "native"
    kernels = cuda_kernels("filtered_lrelu") if native and x.is_cuda else cpu
    return (kernels if native else reference).filtered_lrelu(
        x,
        fu,
        fd,
        b,
        up=up_xy,
        down=down_xy,
        padding=pad,
        gain=gain,
        slope=slope,
        clamp=clamp,
        flip_filter=flip_filter,
    )
