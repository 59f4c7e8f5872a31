"""The convolution's kernels against PyTorch in float64, on every set of kernels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cuda_ops import conv2d, modulated_conv2d
from cuda_ops.conv2d import conv_transpose2d
from cuda_ops.cpu import conv2d as cpu
from cuda_ops.cpu import library
from tests.cuda_ops.native import error, isa, normal

__all__ = ["isa"]

# Of the largest value. PyTorch in float32 is off by 1e-5 where a quarter of a million are summed.
TOLERANCE = 3e-5

# (N, in, out, H, W), padding: tiles that do not fill lines, channels that do not fill lanes, every
# padding, pictures of one tile and less, more lines than fit one task
CASES = [
    ((2, 3, 5, 7, 9), 1),
    ((16, 16, 16, 64, 64), 1),
    ((3, 33, 17, 13, 38), 2),
    ((2, 64, 70, 4, 4), 1),
    ((2, 20, 16, 10, 10), 0),
    ((1, 1, 1, 3, 3), 0),
    ((1, 1, 1, 1, 1), 2),
    ((1, 130, 48, 17, 200), 1),
]


# The same, of sizes that are odd, even, a tile's and one output's.
RESAMPLED = [
    (2, 3, 5, 7, 9),
    (16, 16, 32, 65, 65),
    (3, 33, 17, 13, 38),
    (2, 64, 70, 4, 4),
    (1, 1, 1, 3, 3),
    (2, 20, 18, 10, 150),
]

Convolution = Callable[[Tensor, Tensor], Tensor]


def _derivatives(convolve: Convolution, x: Tensor, weight: Tensor, g: Tensor) -> tuple[Tensor, ...]:
    """Return y, its two gradients, and the gradients of a function of these by x, weight and g."""
    x, weight, g = (t.detach().requires_grad_(True) for t in (x, weight, g))
    y = convolve(x, weight)
    first = torch.autograd.grad(y, (x, weight), g, create_graph=True)
    second = torch.autograd.grad(first[0].pow(3).sum() + first[1].pow(3).sum(), (x, weight, g))
    return (y.detach(), *(d.detach() for d in first), *second)


def _assert_the_same(native: Convolution, exact: Convolution, sizes: tuple[int, ...]) -> None:
    n, cin, out, h, w = sizes
    x, weight = normal(n, cin, h, w), normal(out, cin, 3, 3, seed=1) / (9 * cin) ** 0.5
    g = normal(*exact(x.double(), weight.double()).shape, seed=2)
    ours = _derivatives(native, x, weight, g)
    right = _derivatives(exact, x.double(), weight.double(), g.double())
    for value, expected in zip(ours, right, strict=True):
        assert value.dtype == torch.float32
        assert error(value.double(), expected) < TOLERANCE


@pytest.mark.parametrize(("sizes", "padding"), CASES)
@pytest.mark.usefixtures("isa")
def test_result_and_both_orders_of_derivatives_are_the_references(
    sizes: tuple[int, ...], padding: int
) -> None:
    _assert_the_same(
        partial(conv2d, padding=padding, impl="native"),
        lambda x, weight: F.conv2d(x, weight, padding=padding),
        sizes,
    )


@pytest.mark.parametrize("sizes", RESAMPLED)
@pytest.mark.usefixtures("isa")
def test_halving_and_doubling_are_the_references_and_so_are_their_derivatives(
    sizes: tuple[int, ...],
) -> None:
    _assert_the_same(
        partial(conv2d, stride=2, impl="native"),
        lambda x, weight: F.conv2d(x, weight, stride=2),
        sizes,
    )
    _assert_the_same(
        partial(conv_transpose2d, impl="native"),
        lambda x, weight: F.conv_transpose2d(x, weight.transpose(0, 1), stride=2),
        sizes,
    )


@pytest.mark.usefixtures("isa")
def test_the_gradients_of_a_small_convolution_are_its_slopes() -> None:
    """Against differences, not against another derivative: float32, so coarse steps."""
    x, weight = normal(1, 2, 5, 6).requires_grad_(True), normal(3, 2, 3, 3, seed=1)
    weight.requires_grad_(True)
    # A convolution is linear in each argument: differences are exact but for rounding.
    options: dict[str, Any] = {"eps": 0.5, "atol": 1e-3, "rtol": 1e-3, "nondet_tol": 0.0}
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        with pytest.warns(UserWarning, match="double precision"):
            check(lambda a, b: conv2d(a, b, padding=1, impl="native"), (x, weight), **options)


@pytest.mark.usefixtures("isa")
def test_no_samples_give_no_pixels_and_weights_without_gradient() -> None:
    x, weight = normal(0, 3, 8, 8), normal(4, 3, 3, 3, seed=1).requires_grad_(True)
    y = conv2d(x, weight, padding=1, impl="native")
    y.sum().backward()
    assert y.shape == (0, 4, 8, 8)
    assert weight.grad is not None
    assert not weight.grad.any()


@pytest.mark.usefixtures("isa")
def test_bits_depend_on_neither_threads_nor_batch() -> None:
    x, weight = normal(5, 24, 30, 30), normal(40, 24, 3, 3, seed=1)
    g = normal(5, 40, 30, 30, seed=2)
    convolve = partial(conv2d, padding=1, impl="native")
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 7):
            torch.set_num_threads(threads)
            results.append(_derivatives(convolve, x, weight, g))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))
    alone = conv2d(x[3:4], weight, padding=1, impl="native")
    assert torch.equal(alone, results[0][0][3:4])


@pytest.mark.usefixtures("isa")
def test_views_are_read_as_what_they_show() -> None:
    x, weight = (
        normal(9, 2, 8, 11).permute(1, 3, 2, 0),
        normal(3, 3, 11, 5, seed=1).permute(3, 2, 0, 1),
    )
    y = conv2d(x, weight, padding=1, impl="native")
    exact = F.conv2d(x.double(), weight.double(), padding=1)
    assert error(y.double(), exact) < TOLERANCE


@pytest.mark.usefixtures("isa")
def test_not_a_number_stays_where_its_tiles_are() -> None:
    """Lanes beyond the last channel repeat it; they must not reach another's results."""
    x, weight = normal(2, 3, 16, 16), normal(5, 3, 3, 3, seed=1)
    x[0, 2, 0, 0] = torch.nan
    y = conv2d(x, weight, padding=1, impl="native")
    assert y[0, :, 0, 0].isnan().all()
    assert not y[1].isnan().any()
    assert not y[0, :, 8:].isnan().any()


@pytest.mark.usefixtures("isa")
def test_training_takes_the_kernels_and_only_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    run = cpu.conv2d
    monkeypatch.setattr(cpu, "conv2d", lambda *a: calls.append("kernel") or run(*a))
    x, styles = normal(2, 4, 8, 8), normal(2, 4, seed=2)
    weight = normal(4, 4, 3, 3, seed=1).requires_grad_(True)
    modulated_conv2d(x, weight, styles, padding=1)
    conv2d(x, weight, padding=1)
    assert calls == ["kernel"] * 2
    for arguments in (
        (x.double(), weight.double(), 1),
        (x, weight[:, :, :1, :1], 0),
        (x, weight, 3),
    ):
        conv2d(arguments[0], arguments[1], padding=arguments[2])
    conv2d(x, weight, padding=1, impl="reference")
    conv2d(x, weight, stride=2, impl="reference")
    with library.using("reference"):
        conv2d(x, weight, padding=1)
    assert calls == ["kernel"] * 2
    with pytest.raises(RuntimeError, match="impl='auto'"):
        conv2d(x, weight, padding=3, impl="native")


def test_torch_can_trace_both_operators() -> None:
    ops = torch.ops.latent_explorer
    x, weight = normal(2, 3, 6, 6).requires_grad_(True), normal(4, 3, 3, 3, seed=1)
    checks = ("test_schema", "test_autograd_registration", "test_faketensor")
    if library.current().handle is None:
        pytest.fail(library.current().reason)
    for kind, padding, size in ((cpu.SAME, 1, 6), (cpu.HALVING, 0, 2), (cpu.DOUBLING, 0, 13)):
        arguments = (x, weight, kind, padding, size, size, False)
        torch.library.opcheck(ops.conv2d.default, arguments, test_utils=checks)
        if kind != cpu.DOUBLING:
            g = normal(2, 4, size, size, seed=2)
            arguments = (x, g, kind, padding, False)
            torch.library.opcheck(ops.conv2d_weight.default, arguments, test_utils=checks)


@pytest.mark.usefixtures("isa")
def test_a_block_that_halves_and_a_layer_that_doubles_take_the_kernels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    for name in ("conv2d_halving", "conv2d_doubling"):
        run = getattr(cpu, name)
        monkeypatch.setattr(cpu, name, lambda *a, n=name, f=run: calls.append(n) or f(*a))
    x, weight = normal(2, 8, 16, 16), normal(8, 8, 3, 3, seed=1).requires_grad_(True)
    modulated_conv2d(x, weight, normal(2, 8, seed=2), up=True)
    conv2d(x, weight, stride=2)
    assert calls == ["conv2d_doubling", "conv2d_halving"]
    wide = normal(256, 256, 3, 3, seed=3).requires_grad_(True)
    conv2d(normal(1, 256, 9, 9), wide, stride=2)  # more weights than pixels: not worth it
    assert len(calls) == 2
