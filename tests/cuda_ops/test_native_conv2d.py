"""The convolution's kernels against PyTorch in float64, on every set of kernels."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cuda_ops import conv2d, modulated_conv2d
from cuda_ops.cpu import conv2d as cpu
from cuda_ops.cpu import library
from tests.cuda_ops.native import error, isa, normal

__all__ = ["isa"]

TOLERANCE = 1e-5  # of the largest value

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


def _derivatives(
    x: Tensor, weight: Tensor, g: Tensor, padding: int, impl: str
) -> tuple[Tensor, ...]:
    """Return y, its two gradients, and the gradients of a function of these by x, weight and g."""
    x, weight, g = (t.detach().requires_grad_(True) for t in (x, weight, g))
    y = conv2d(x, weight, padding=padding, impl=impl)
    first = torch.autograd.grad(y, (x, weight), g, create_graph=True)
    second = torch.autograd.grad(first[0].pow(3).sum() + first[1].pow(3).sum(), (x, weight, g))
    return (y.detach(), *(d.detach() for d in first), *second)


@pytest.mark.parametrize(("sizes", "padding"), CASES)
@pytest.mark.usefixtures("isa")
def test_result_and_both_orders_of_derivatives_are_the_references(
    sizes: tuple[int, ...], padding: int
) -> None:
    n, cin, out, h, w = sizes
    x, weight = normal(n, cin, h, w), normal(out, cin, 3, 3, seed=1) / (9 * cin) ** 0.5
    g = normal(n, out, h + 2 * padding - 2, w + 2 * padding - 2, seed=2)
    ours = _derivatives(x, weight, g, padding, "native")
    exact = _derivatives(x.double(), weight.double(), g.double(), padding, "reference")
    for value, right in zip(ours, exact, strict=True):
        assert value.dtype == torch.float32
        assert error(value.double(), right) < TOLERANCE


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
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 7):
            torch.set_num_threads(threads)
            results.append(_derivatives(x, weight, g, 1, "native"))
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
    torch.library.opcheck(ops.conv2d.default, (x, weight, 1, False), test_utils=checks)
    g = normal(2, 4, 6, 6, seed=2)
    torch.library.opcheck(ops.conv2d_weight.default, (x, g, 1), test_utils=checks)
