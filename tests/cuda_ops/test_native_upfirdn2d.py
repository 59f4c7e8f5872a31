"""upfirdn2d's kernels against the reference: every mode of both axes, derivatives, filters."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from cuda_ops import upfirdn2d
from cuda_ops.cpu.upfirdn2d import factorise
from tests.cuda_ops.native import assert_close, isa, normal

__all__ = ["isa"]

FACTORS = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3), (4, 3)]  # up, down
SIZES = [1, 7, 16, 33, 70]  # around the 8 and 16 lanes of a vector
PADS = [(0, 0), (7, 4), (2, 1), (-1, 9), (12, -3)]


def _derivatives(x: Tensor, f: Tensor, **options: Any) -> list[Tensor]:
    x = x.clone().requires_grad_()
    y = upfirdn2d(x, f, **options)
    gy = normal(*y.shape, seed=5).requires_grad_()
    (gx,) = torch.autograd.grad(y, [x], gy, create_graph=True)
    (ggy,) = torch.autograd.grad((gx * normal(*x.shape, seed=6)).sum(), [gy])
    return [y.detach(), gx.detach(), ggy]


def _compare(x: Tensor, f: Tensor, **options: Any) -> None:
    assert_close(
        _derivatives(x, f, impl="native", **options),
        _derivatives(x, f, impl="reference", **options),
    )


@pytest.mark.parametrize("taps", [1, 2, 4, 5, 12])
@pytest.mark.parametrize("factors", FACTORS)
def test_it_is_the_reference_to_second_order(isa: str, factors: tuple[int, int], taps: int):
    up, down = factors
    f = normal(taps, seed=1)
    for index, width in enumerate(SIZES):
        # The other axis takes other values, so that exchanged axes cannot go unseen.
        pads, other = PADS[(index + taps) % 5], PADS[(index + taps + 1) % 5]
        if width * up + sum(pads) < taps or -min(pads) > width:
            continue  # no output, or more cropped than the reference can
        _compare(
            normal(1, 2, 9, width),
            torch.outer(normal(3, seed=2), f),
            up=(up, 2 if index % 2 else 1),
            down=(down, 1 if index % 2 else 2),
            padding=[*pads, *other],
            flip_filter=index % 3 == 0,
            gain=1.5,
        )


@pytest.mark.parametrize("factors", FACTORS)
@pytest.mark.parametrize("shape", [(4, 4), (1, 5), (6, 3)])
def test_filters_that_are_not_separable(isa: str, factors: tuple[int, int], shape: tuple[int, int]):
    f = normal(*shape, seed=1)
    up, down = factors
    for flip in (False, True):
        _compare(normal(2, 2, 11, 37), f, up=up, down=down, padding=[5, 4, 3, 6], flip_filter=flip)


def test_one_dimension_stands_for_both(isa: str):
    _compare(normal(1, 2, 20, 21), normal(6, seed=1), up=2, padding=[3, 2, 4, 1], gain=4)


@pytest.mark.parametrize("factors", [(1, 1), (2, 1), (1, 2)])
def test_four_taps(isa: str, factors: tuple[int, int]):
    """Have a kernel of their own; the taps differ, so that none can stand in for another."""
    up, down = factors
    f = torch.outer(normal(4, seed=1), normal(4, seed=2))
    for index, size in enumerate(SIZES):
        for pads in ([2, 1, 3, 2], [5, 4, 2, 3], [1, 6, -1, 7]):
            _compare(
                normal(2, 3, 7 + size, size),
                f,
                up=up,
                down=down,
                padding=pads,
                flip_filter=index % 2 == 0,
                gain=1.5,
            )


def test_what_the_networks_use(isa: str):
    f = torch.tensor([1.0, 3, 3, 1])
    f = torch.outer(f, f) / 64
    for size in (4, 8, 64):
        x = normal(2, 3, size, size)
        _compare(x, f, up=2, padding=[2, 1, 2, 1], gain=4)
        _compare(x, f, down=2, padding=[1, 1, 1, 1])
        _compare(x, f, padding=[2, 2, 2, 2])
        _compare(normal(2, 3, size + 1, size + 1), f, padding=[1, 1, 1, 1], gain=4)


def test_factors_are_found_kept_and_found_again_after_a_change():
    f = torch.outer(normal(4), normal(5, seed=1))
    fx, fy = factorise(f)
    assert fy is not None
    assert (torch.outer(fy, fx) - f).abs().max() < 1e-6 * f.abs().max()
    assert factorise(f)[0] is fx
    f[0, 0] += 0.1
    assert factorise(f)[1] is None
    f.zero_()
    assert_close([upfirdn2d(normal(1, 1, 8, 8), f, impl="native")], [torch.zeros(1, 1, 5, 4)])


def test_filters_far_from_one_keep_their_size(isa: str):
    f = torch.outer(normal(4), normal(4, seed=1))
    for scale in (1e-30, 1e30):
        _compare(normal(1, 2, 9, 9), f * scale, padding=2)


def test_a_filter_in_another_dtype_or_that_trains(isa: str):
    x, f = normal(1, 2, 9, 9), normal(4, 4, seed=1)
    _compare(x, f.double(), up=2, padding=2)
    trained = f.clone().requires_grad_()
    upfirdn2d(x, trained, padding=2, impl="native").sum().backward()
    assert trained.grad is not None


def test_nan_and_infinity_go_through(isa: str):
    f = torch.outer(torch.ones(3), torch.ones(4))
    for value in (float("nan"), float("inf")):
        x = normal(1, 1, 20, 40)
        x[0, 0, 9, 17] = value
        native, reference = (upfirdn2d(x, f, impl=impl) for impl in ("native", "reference"))
        assert torch.equal(native.isfinite(), reference.isfinite())


def test_nothing_outside_the_tensors_is_read_or_written(isa: str):
    x = torch.full([3, 5, 7], float("nan"))
    x[1] = normal(5, 7)
    for up, down in FACTORS:
        y = upfirdn2d(x[None], normal(4, 4), up=up, down=down, padding=3, impl="native")
        alone = upfirdn2d(x[None, 1:2], normal(4, 4), up=up, down=down, padding=3, impl="native")
        assert y[0, 1].isfinite().all()
        assert torch.equal(y[:, 1:2], alone)


def test_bits_do_not_depend_on_threads(isa: str):
    x, f = normal(3, 8, 61, 67), torch.outer(normal(4), normal(4, seed=1))
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            results.append(_derivatives(x, f, up=2, padding=2, impl="native"))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_empty_batches_stay_empty(isa: str):
    assert upfirdn2d(normal(0, 3, 8, 8), torch.ones(4), impl="native").shape == (0, 3, 5, 5)


def test_torch_accepts_the_operator():
    x, f = normal(1, 2, 8, 8).requires_grad_(), normal(4)
    sizes = (2, 2, 1, 1, 2, 2, 16, 16)  # up, down, pads, output
    torch.library.opcheck(
        torch.ops.latent_explorer.upfirdn2d.default, (x, f, f, *sizes, False, 4.0)
    )
