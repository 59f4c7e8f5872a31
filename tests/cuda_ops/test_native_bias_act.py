"""bias_act's kernels against the reference: values, both derivatives, odd shapes, threads."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from cuda_ops import bias_act
from tests.cuda_ops.native import assert_close, isa, normal

__all__ = ["isa"]

SHAPES = [((2, 3, 5, 7), 1), ((4, 37), 1), ((1, 2, 65, 64), 1), ((3,), 0), ((6, 5, 3), 0)]


def _to_second_order(x: Tensor, b: Tensor | None, **options: Any) -> list[Tensor]:
    varied = [x.clone().requires_grad_(), *([] if b is None else [b.clone().requires_grad_()])]
    y = bias_act(*varied, **options)
    gy = normal(*y.shape, seed=5).requires_grad_()
    grads = torch.autograd.grad(y, varied, gy, create_graph=True)
    loss = sum((g * normal(*g.shape, seed=6)).sum() for g in grads)
    assert isinstance(loss, Tensor)
    return [y, *grads, *torch.autograd.grad(loss, [gy])]


@pytest.mark.parametrize("shape, dim", SHAPES)
@pytest.mark.parametrize("act", ["linear", "relu", "lrelu"])
@pytest.mark.parametrize("options", [{}, {"clamp": 0.7}, {"gain": 0.3, "alpha": 0.1}])
def test_it_is_the_reference_to_second_order(
    isa: str, shape: tuple[int, ...], dim: int, act: str, options: dict[str, Any]
):
    x = normal(*shape)
    for b in (None, normal(shape[dim], seed=1)):
        native, reference = (
            [t.detach() for t in _to_second_order(x, b, dim=dim, act=act, impl=impl, **options)]
            for impl in ("native", "reference")
        )
        assert_close(native, reference)


@pytest.mark.parametrize("act, options", [("tanh", {}), ("lrelu", {"gain": -1.0}), ("swish", {})])
def test_what_the_kernels_do_not_have_runs_the_reference(act: str, options: dict[str, Any]):
    x, b = normal(2, 3, 4, 4), normal(3, seed=1)
    native = bias_act(x, b, act=act, impl="native", **options)
    assert torch.equal(native, bias_act(x, b, act=act, impl="reference", **options))


@pytest.mark.parametrize("act", ["linear", "relu", "lrelu"])
@pytest.mark.parametrize("clamp", [None, 2.0])
def test_nan_and_infinity_go_through(isa: str, act: str, clamp: float | None):
    values = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1e38, -1e38, 1e-42]
    x = torch.tensor(values * 5)[None, :, None]  # some in whole vectors, some in the rest
    x = x.expand(2, -1, 7).contiguous()
    native, reference = (
        bias_act(x, None, act=act, clamp=clamp, impl=impl) for impl in ("native", "reference")
    )
    torch.testing.assert_close(native, reference, equal_nan=True)


def test_strided_inputs_are_taken_as_they_are(isa: str):
    x = normal(2, 8, 6, 9).transpose(2, 3)[:, ::2]
    b = normal(8, seed=1)[::2]
    assert_close([bias_act(x, b, impl="native")], [bias_act(x, b, impl="reference")])


def test_bits_do_not_depend_on_threads_or_batch(isa: str):
    x, b = normal(4, 24, 40, 41), normal(24, seed=1)
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            results.append(_to_second_order(x, b, act="lrelu", impl="native"))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))
    alone = bias_act(x[2:3], b, act="lrelu", impl="native")
    assert torch.equal(alone, results[0][0][2:3])


def test_empty_tensors_stay_empty(isa: str):
    for shape in ((0, 3, 4, 4), (2, 0, 4, 4), (2, 3, 0, 4)):
        b = normal(shape[1])
        y, gx, gb, _ = _to_second_order(normal(*shape), b, impl="native")
        assert y.shape == gx.shape == shape
        assert torch.equal(gb, torch.zeros(shape[1]))


def test_torch_accepts_the_operators():
    call = torch.ops.latent_explorer
    x, b = normal(2, 3, 4).requires_grad_(), normal(3, seed=1).requires_grad_()
    options = (1, 2, 0.2, 1.4, 0.7)  # dim, lrelu, alpha, gain, clamp
    torch.library.opcheck(call.bias_act.default, (x, b, *options))
    y = bias_act(x, b, act="lrelu").detach()
    torch.library.opcheck(call.bias_act_backward.default, (x, b, y, *options, True))
