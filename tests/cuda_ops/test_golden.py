"""The reference operators against the golden numbers: values, gradients, gradients of gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import cuda_ops
from tests.golden import golden_error, load_golden

TOLERANCE = 1e-6  # the inputs are float64, but the golden filters were applied as float32 values


def _call(case: dict[str, Any], inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    options = {key: value for key, value in case.items() if key != "kind"}
    if "padding_x0x1y0y1" in options:
        options["padding"] = options.pop("padding_x0x1y0y1")
    x, b = inputs["x"], inputs.get("b")
    if case["kind"] == "upfirdn2d":
        return cuda_ops.upfirdn2d(x, inputs.get("f"), **options)
    if case["kind"] == "bias_act":
        return cuda_ops.bias_act(x, b, **options)
    return cuda_ops.filtered_lrelu(x, inputs.get("fu"), inputs.get("fd"), b, **options)


@pytest.mark.parametrize("index", range(33))
def test_op_matches_golden_to_second_order(index: int):
    golden = load_golden("pytorch/ops.npz")
    cases = golden["cases_json"]
    assert len(cases) == 33
    prefix = f"{index}/in/"
    inputs = {k[len(prefix) :]: torch.tensor(v) for k, v in golden.items() if k.startswith(prefix)}
    varied = {name: t.requires_grad_() for name, t in inputs.items() if name in ("x", "b")}

    y = _call(cases[index], inputs)
    assert golden_error(y.detach(), golden[f"{index}/y"]) < TOLERANCE

    gy = torch.tensor(golden[f"{index}/gy"], requires_grad=True)
    grads = torch.autograd.grad((y * gy).sum(), list(varied.values()), create_graph=True)
    for name, grad in zip(varied, grads, strict=True):
        assert golden_error(grad.detach(), golden[f"{index}/grad/{name}"]) < TOLERANCE, name

    ggw = torch.tensor(golden[f"{index}/ggw"])
    (gradgrad,) = torch.autograd.grad((grads[0] * ggw).sum(), [gy])
    assert golden_error(gradgrad, golden[f"{index}/gradgrad/gy"]) < TOLERANCE
