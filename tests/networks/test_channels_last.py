"""Which layers run in 16 bit, and how they lie in memory there; on the CPU by overruling both."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from networks import create_model, stylegan2, stylegan3
from networks.steps import Activations
from tests.golden import golden_error
from tests.networks.random_models import SMALL, random_model, random_ws

STYLEGAN2 = ["stylegan2-skip", "stylegan2-resnet-labels", "stylegan2-orig-rgba"]


def half(weight: torch.Tensor, use_fp16: bool, force_fp32: bool) -> torch.dtype:
    return torch.float16 if use_fp16 and not force_fp32 else weight.dtype


def by_step(generator: Any, ws: torch.Tensor) -> dict[str, Activations]:
    """Return what there is after each step."""
    inputs, acts, found = generator.inputs(ws), Activations(), {}
    for step in generator.steps():
        acts = found[step.name] = step.run(acts, inputs)
    return found


def lies_last(x: torch.Tensor) -> bool:
    return x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()


@pytest.mark.parametrize("kind", STYLEGAN2)
def test_half_precision_stays_channels_last_and_gives_the_same_picture(
    kind: str, monkeypatch: pytest.MonkeyPatch
):
    generator = random_model(kind).generator
    ws = random_ws(random_model(kind))
    monkeypatch.setattr(stylegan2, "compute_dtype", half)
    planes = by_step(generator, ws)
    monkeypatch.setattr(stylegan2, "CHANNELS_AT_ONCE", 4)
    monkeypatch.setattr(stylegan2, "runs_channels_last", lambda device: True)
    last = by_step(generator, ws)
    for name, acts in last.items():
        for x in (acts.x, acts.residual):
            if x is not None:
                assert lies_last(x) == (x.dtype == torch.float16 and x.shape[1] % 4 == 0), name
        if acts.img is not None:
            assert acts.img.is_contiguous(), name
    assert any(acts.x is not None and lies_last(acts.x) for acts in last.values())
    assert not any(acts.x is not None and lies_last(acts.x) for acts in planes.values())
    one, other = last["output"].img, planes["output"].img
    assert one is not None
    assert other is not None
    assert golden_error(one, other) < 1e-2


def test_too_few_channels_stay_in_planes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stylegan2, "runs_channels_last", lambda device: True)
    device = torch.device("cpu")
    assert stylegan2.layer_format(torch.float16, 64, device) == torch.channels_last
    assert stylegan2.layer_format(torch.float16, 48, device) == torch.contiguous_format
    assert stylegan2.layer_format(torch.float32, 64, device) == torch.contiguous_format


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_stylegan2_runs_the_highest_resolutions_in_16_bit(
    count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stylegan2, "compute_dtype", half)
    model = create_model("stylegan2", resolution=32, num_fp16_res=count, map_depth=2, **SMALL)
    ran = by_step(model.generator, random_ws(model))
    expected = {r: r in (32, 16, 8)[:count] for r in (4, 8, 16, 32)}  # never 4 x 4
    for step in model.generator.steps()[:-1]:
        x = ran[step.name].x
        assert x is not None
        assert (x.dtype == torch.float16) == expected[step.resolution], step.name
    picture = ran["output"].img
    assert picture is not None
    assert picture.dtype == torch.float32


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_stylegan3_runs_the_highest_sampling_rates_in_16_bit(
    count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stylegan3, "compute_dtype", half)
    model = create_model("stylegan3-t", resolution=64, num_fp16_res=count, map_depth=2, **SMALL)
    ran = by_step(model.generator, random_ws(model))
    synthesis: Any = model.generator.synthesis
    for layer in synthesis.layers:
        x = ran[layer.name].x
        assert x is not None
        wanted = max(layer.in_sampling_rate, layer.out_sampling_rate) * 2**count > 64
        assert (x.dtype == torch.float16) == wanted, layer.name


def test_the_cpu_keeps_float32_in_planes():
    model = random_model("stylegan2-skip")
    for name, acts in by_step(model.generator, random_ws(model)).items():
        assert acts.x is not None
        assert acts.x.dtype == torch.float32, name
        assert acts.x.is_contiguous(), name
    assert not stylegan2.runs_channels_last(torch.device("cpu"))
