"""Upsampling, FIR filtering and downsampling of pictures in one step."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu import upfirdn2d as cpu
from cuda_ops.dispatch import choose, cuda_kernels


def upfirdn2d(
    x: Tensor,
    f: Tensor | None,
    *,
    up: int | Sequence[int] = 1,
    down: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    flip_filter: bool = False,
    gain: float = 1.0,
    impl: str = "auto",
) -> Tensor:
    """Upsample by inserting zeros, pad, filter, keep every down-th pixel.

    1. up - 1 zeros are put after every pixel, to the right and below.
    2. The result is padded with zeros; negative padding crops.
    3. It is convolved with f; only positions where f fits entirely are kept.
    4. Rows and columns 0, down, 2 down, ... remain.

    H_out = floor((H * up + y0 + y1 - taps_y) / down) + 1, the same for W.

    Args:
        x:           [N, C, H, W], any floating dtype.
        f:           [taps_y, taps_x], or [taps] for the separable filter outer(f, f);
                     None = one tap of 1. Any dtype; used in that of x.
        up, down:    integers >= 1, or (x, y).
        padding:     pixels after upsampling: [x0, x1, y0, y1], [x, y], or one for all sides.
        flip_filter: False = convolution, True = correlation.
        gain:        factor of the result.
        impl:        "auto", "reference" or "native".

    Returns [N, C, H_out, W_out], dtype of x; differentiable any number of times.
    Raises ValueError if a shape or factor does not fit, or if no output pixel would remain.
    """
    if x.ndim != 4:
        raise ValueError(f"upfirdn2d: x must have shape [N, C, H, W], got {list(x.shape)}")
    if f is not None and (f.ndim not in (1, 2) or f.numel() == 0):
        raise ValueError(f"upfirdn2d: f must have one or two dimensions, got {list(f.shape)}")
    up_xy = factors("upfirdn2d", "up", up)
    down_xy = factors("upfirdn2d", "down", down)
    pad = sides("upfirdn2d", padding)
    taps_x, taps_y = (1, 1) if f is None else (f.shape[-1], f.shape[0])
    for axis, size, taps, i in (
        ("width", x.shape[3], taps_x, 0),
        ("height", x.shape[2], taps_y, 1),
    ):
        padded = size * up_xy[i] + pad[2 * i] + pad[2 * i + 1]
        if padded < taps:
            raise ValueError(
                f"upfirdn2d: the {axis} after padding is {padded}, less than the {taps} taps of f"
            )
    native = choose("upfirdn2d", impl, x) == "native"
    kernels = cuda_kernels("upfirdn2d") if native and x.is_cuda else cpu
    return (kernels if native else reference).upfirdn2d(
        x, f, up=up_xy, down=down_xy, padding=pad, flip_filter=flip_filter, gain=gain
    )


def factors(op: str, name: str, value: int | Sequence[int]) -> tuple[int, int]:
    """Return a factor argument as (x, y); ValueError unless both are >= 1."""
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or min(pair) < 1:
        raise ValueError(f"{op}: {name} must be an integer >= 1 or two of them, got {value!r}")
    return pair[0], pair[1]


def sides(op: str, value: int | Sequence[int]) -> tuple[int, int, int, int]:
    """Return a padding argument as (x0, x1, y0, y1)."""
    values = (value,) * 4 if isinstance(value, int) else tuple(value)
    if len(values) == 2:
        values = (values[0], values[0], values[1], values[1])
    if len(values) != 4:
        raise ValueError(f"{op}: padding must be one, two or four integers, got {value!r}")
    return values[0], values[1], values[2], values[3]
