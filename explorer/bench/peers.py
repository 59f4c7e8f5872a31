"""The same StyleGAN2 traced and run by OpenVINO, the strongest general CPU runtime measured here.

An extra of the benchmark, not a dependency: `pip install openvino` beside the other packages.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch

from cuda_ops.cpu.library import using
from explorer.bench.clock import interleaved
from explorer.bench.networks import picture_case
from networks import create_model
from networks.steps import Inputs, run

RESOLUTION = 256
REQUIRED_RATIO = 2.3


@dataclass(frozen=True)
class Peer:
    """Medians of interleaved pictures.

    difference: largest between the two pictures, as a share of the largest value.
    """

    network: str
    peer: str
    threads: int
    peer_ms: float
    native_ms: float
    difference: float

    @property
    def ratio(self) -> float:
        """How many times as fast the native kernels are."""
        return self.peer_ms / self.native_ms


def available() -> bool:
    """True if OpenVINO is installed."""
    return find_spec("openvino") is not None


def measure(threads: int, *, rounds: int, budget_secs: float, said: Callable[[str], None]) -> Peer:
    """Trace StyleGAN2-256 with random weights, and let both make pictures in turn."""
    name = f"StyleGAN2-{RESOLUTION}"
    said(f"{name}: converting for OpenVINO, about a minute")
    model = create_model("stylegan2", resolution=RESOLUTION, seed=0, randomise=True)
    compiled, version = _converted(model.generator, threads)
    ws = torch.randn(_shape(model.generator), generator=torch.Generator().manual_seed(0))
    theirs = torch.from_numpy(compiled(ws.numpy())[0])
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            ours = model.generator.synthesis(ws)
        values = ws.numpy()
        times = interleaved(
            {"openvino": lambda: compiled(values), "native": picture_case(model, "native")},
            rounds=rounds,
            budget_secs=budget_secs,
            said=lambda what: said(f"{name}: {what}"),
        )
    finally:
        torch.set_num_threads(before)
    return Peer(
        name,
        f"OpenVINO {version}",
        threads,
        times["openvino"].median_ms,
        times["native"].median_ms,
        float((ours - theirs).abs().max() / ours.abs().max()),
    )


class _Synthesis(torch.nn.Module):
    """ws to a picture without the checks, which tracing would warn about."""

    def __init__(self, generator: Any) -> None:
        super().__init__()
        self.synthesis = generator.synthesis

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        img = run(self.synthesis.steps(), Inputs(ws=ws)).activations.out
        assert img is not None
        return img


def _converted(generator: Any, threads: int) -> tuple[Callable[[Any], Any], str]:
    openvino: Any = importlib.import_module("openvino")

    shape = _shape(generator)
    with warnings.catch_warnings(), torch.no_grad(), using("reference"):
        warnings.simplefilter("ignore")
        module = _Synthesis(generator).eval()
        traced = openvino.convert_model(module, example_input=torch.zeros(shape), input=shape)
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    return openvino.compile_model(traced, "CPU", settings), openvino.__version__.split("-")[0]


def _shape(generator: Any) -> list[int]:
    return [1, generator.num_ws, generator.mapping.w_dim]
