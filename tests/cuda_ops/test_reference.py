"""The reference operators against their definitions, their derivatives, and their error texts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from cuda_ops import ACTIVATIONS, bias_act, filtered_lrelu, upfirdn2d


def _normal(*shape: int, seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def _by_definition(
    x: torch.Tensor, f: torch.Tensor, up: tuple[int, int], down: tuple[int, int], pad: list[int]
) -> torch.Tensor:
    """Zero-stuff, pad, convolve and decimate, literally. up and down are (x, y)."""
    n, c, height, width = x.shape
    big = x.new_zeros(n, c, height * up[1], width * up[0])
    big[:, :, :: up[1], :: up[0]] = x
    big = torch.nn.functional.pad(big, pad)
    rows, columns = big.shape[2] - f.shape[0] + 1, big.shape[3] - f.shape[1] + 1
    y = x.new_zeros(n, c, rows, columns)
    flipped = f.flip([0, 1])
    for i in range(f.shape[0]):
        for j in range(f.shape[1]):
            y += flipped[i, j] * big[:, :, i : i + rows, j : j + columns]
    return y[:, :, :: down[1], :: down[0]]


@pytest.mark.parametrize("up", [1, 2, 3, (4, 1), (1, 2)])
@pytest.mark.parametrize("down", [1, 2, (3, 1)])
@pytest.mark.parametrize("taps", [(1, 1), (4, 4), (5, 2), (12, 12)])
@pytest.mark.parametrize("pad", [[0, 0, 0, 0], [7, 4, 5, 6], [-1, 9, 8, -2]])
def test_upfirdn2d_is_what_its_docstring_says(up: Any, down: Any, taps: Any, pad: list[int]):
    x, f = _normal(2, 3, 7, 6), _normal(*taps, seed=1)
    up_xy = up if isinstance(up, tuple) else (up, up)
    down_xy = down if isinstance(down, tuple) else (down, down)
    expected_size = [
        (size * u + p0 + p1 - t) // d + 1
        for size, u, d, t, p0, p1 in (
            (7, up_xy[1], down_xy[1], taps[0], pad[2], pad[3]),
            (6, up_xy[0], down_xy[0], taps[1], pad[0], pad[1]),
        )
    ]
    if 7 * up_xy[1] + pad[2] + pad[3] < taps[0] or 6 * up_xy[0] + pad[0] + pad[1] < taps[1]:
        with pytest.raises(ValueError, match=r"less than the (2|4|5|12) taps of f"):
            upfirdn2d(x, f, up=up, down=down, padding=pad)
        return
    y = upfirdn2d(x, f, up=up, down=down, padding=pad, gain=1.5)
    assert list(y.shape[2:]) == expected_size
    torch.testing.assert_close(y, _by_definition(x, f, up_xy, down_xy, pad) * 1.5)


def test_a_one_dimensional_filter_is_its_outer_product_and_flips():
    x, f = _normal(1, 2, 9, 8), _normal(5, seed=1)
    for flip in (False, True):
        options: dict[str, Any] = {"up": 2, "down": 3, "padding": 4, "flip_filter": flip, "gain": 3}
        separable = upfirdn2d(x, f, **options)
        torch.testing.assert_close(separable, upfirdn2d(x, torch.outer(f, f), **options))
    flipped = upfirdn2d(x, f.flip(0), padding=4, flip_filter=True)
    torch.testing.assert_close(flipped, upfirdn2d(x, f, padding=4))


def test_filtered_lrelu_is_its_parts():
    x, b, fu, fd = (
        _normal(2, 3, 6, 5),
        _normal(3, seed=1),
        _normal(4, seed=2),
        _normal(3, 3, seed=3),
    )
    y = filtered_lrelu(x, fu, fd, b, up=2, down=2, padding=[3, 2, 1, 4], clamp=1.0, slope=0.3)
    v = upfirdn2d(x + b[:, None, None], fu, up=2, padding=[3, 2, 1, 4], gain=4)
    v = bias_act(v, act="lrelu", alpha=0.3, clamp=1.0)
    torch.testing.assert_close(y, upfirdn2d(v, fd, down=2))


@pytest.mark.parametrize("act", ACTIVATIONS)
def test_bias_act_differentiates_twice(act: str):
    x, b = _normal(2, 3, 4).requires_grad_(), _normal(3, seed=1).requires_grad_()

    def call(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return bias_act(x, b, act=act, clamp=1.5)

    assert gradcheck(call, (x, b))
    assert gradgradcheck(call, (x, b))


def test_resampling_differentiates_twice():
    x, b = _normal(1, 2, 5, 4).requires_grad_(), _normal(2, seed=1).requires_grad_()
    fu, fd = _normal(6, seed=2), _normal(4, 4, seed=3)

    def call(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return filtered_lrelu(x, fu, fd, b, up=2, down=2, padding=[4, 3, 4, 3])

    assert gradcheck(call, (x, b))
    assert gradgradcheck(call, (x, b))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_results_keep_the_dtype(dtype: torch.dtype):
    x, b, f = _normal(1, 2, 6, 6).to(dtype), _normal(2).to(dtype), torch.ones(4)
    assert bias_act(x, b, act="lrelu", clamp=1).dtype == dtype
    assert upfirdn2d(x, f, up=2, padding=2).dtype == dtype
    y = filtered_lrelu(x, f, f, b, up=2, down=2, padding=3)
    assert y.dtype == dtype
    exact = filtered_lrelu(x.double(), f, f, b.double(), up=2, down=2, padding=3)
    assert (y.double() - exact).abs().max() < 0.05 * exact.abs().max()


def test_inputs_are_never_written():
    x, b, f = _normal(1, 2, 6, 6), _normal(2), torch.ones(4)
    before = [t.clone() for t in (x, b, f)]
    filtered_lrelu(x, f, f, b, up=2, down=2, padding=3, clamp=0.1)
    bias_act(x, None, act="linear", clamp=0.1)
    upfirdn2d(x, None, gain=2)
    assert all(torch.equal(t, kept) for t, kept in zip((x, b, f), before, strict=True))


def test_errors_say_what_is_allowed():
    x, f = _normal(1, 2, 4, 4), torch.ones(4)
    with pytest.raises(ValueError, match=r"act must be one of linear, relu, .* got 'gelu'"):
        bias_act(x, act="gelu")
    with pytest.raises(ValueError, match=r"b must have shape \[2\] to fit dimension 1"):
        bias_act(x, torch.ones(3))
    with pytest.raises(ValueError, match="clamp must be at least 0, got -1"):
        bias_act(x, clamp=-1)
    with pytest.raises(ValueError, match=r"dim must be in \[0, 3\], got 4"):
        bias_act(x, torch.ones(2), dim=4)
    with pytest.raises(ValueError, match=r"x must have shape \[N, C, H, W\]"):
        upfirdn2d(x[0], f)
    with pytest.raises(ValueError, match="up must be an integer >= 1 or two of them, got 0"):
        upfirdn2d(x, f, up=0)
    with pytest.raises(ValueError, match="padding must be one, two or four integers"):
        upfirdn2d(x, f, padding=[1, 2, 3])
    with pytest.raises(ValueError, match="f must have one or two dimensions"):
        upfirdn2d(x, torch.ones(2, 2, 2))
    with pytest.raises(ValueError, match=r"b must have shape \[2\]"):
        filtered_lrelu(x, b=torch.ones(3))
    with pytest.raises(ValueError, match="the width after padding is 4, but the filters need more"):
        filtered_lrelu(x, torch.ones(12), None)
    with pytest.raises(ValueError, match="impl must be 'auto', 'reference' or 'native', got 'gpu'"):
        upfirdn2d(x, f, impl="gpu")
