"""16 bit, which only CUDA runs: here its code runs on the CPU by overruling the choice of dtype."""

from __future__ import annotations

import pytest
import torch

from networks import stylegan2, stylegan2_discriminator, stylegan3
from networks.layers import compute_dtype
from tests.golden import golden_error
from tests.networks.random_models import KINDS, random_labels, random_model, random_ws


@pytest.fixture
def half_on_cpu(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    asked: list[bool] = []

    def choose(weight: torch.Tensor, use_fp16: bool, force_fp32: bool) -> torch.dtype:
        asked.append(use_fp16 and not force_fp32)
        return torch.float16 if asked[-1] else weight.dtype

    for module in (stylegan2, stylegan2_discriminator, stylegan3):
        monkeypatch.setattr(module, "compute_dtype", choose)
    return asked


@pytest.mark.parametrize("kind", KINDS)
def test_16_bit_is_close_to_32_bit_and_can_be_forced_off(kind: str, half_on_cpu: list[bool]):
    model, ws = random_model(kind), random_ws(random_model(kind))
    exact = model.generator.synthesis(ws, force_fp32=True)
    assert not any(half_on_cpu)
    half = model.generator.synthesis(ws)
    assert any(half_on_cpu)
    assert half.dtype == torch.float32
    assert 0 < golden_error(half, exact) < 2e-2

    assert model.discriminator is not None
    c = random_labels(model)
    logits = model.discriminator(exact, c)
    assert logits.dtype == torch.float32
    assert 0 < golden_error(logits, model.discriminator(exact, c, force_fp32=True)) < 5e-2


def test_the_cpu_computes_in_32_bit_whatever_the_file_says():
    assert compute_dtype(torch.zeros(1), use_fp16=True, force_fp32=False) == torch.float32
    assert compute_dtype(torch.zeros(1).double(), True, False) == torch.float64
