"""The same StyleGAN2 traced and run by OpenVINO, the strongest general CPU runtime measured here.

An extra of the benchmark, not a dependency: `pip install openvino` beside the other packages.
Where the processor has AVX-512 both are measured once as they are and once limited to AVX2, which
most desktop processors end at; oneDNN, under OpenVINO, is told so by an environment variable, and
what its convolutions ran as is read from OpenVINO afterwards.
"""

from __future__ import annotations

import importlib
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

import torch

from cuda_ops.cpu import library
from explorer.bench.apart import answer, run_apart
from explorer.bench.clock import interleaved
from explorer.bench.networks import by, picture_case
from explorer.errors import UserError
from networks import create_model
from networks.steps import Inputs, run

RESOLUTION = 256
REQUIRED_RATIO = 2.3


# Before the first import, hence in a process of its own: ours, torch's, MKL's and OpenVINO's.
LIMITED_TO_AVX2 = {
    "LATENT_EXPLORER_OPS": "avx2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}


@dataclass(frozen=True)
class Peer:
    """Medians of interleaved pictures.

    native_kernels: instruction set of ours: "avx512", "avx2" or "neon".
    peer_kernels:   what the peer's convolutions ran as, by its own account, the most frequent
                    first, such as "brgconv_avx512_f32".
    difference:     largest between the two pictures, as a share of the largest value.
    """

    network: str
    peer: str
    threads: int
    native_kernels: str
    peer_kernels: tuple[str, ...]
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


def measure(
    threads: int,
    *,
    rounds: int,
    budget_secs: float,
    said: Callable[[str], None],
    resolution: int = RESOLUTION,
) -> list[Peer]:
    """Let both make pictures in turn; then again with AVX2 only, if the processor has more.

    Raises UserError if the peer did not heed the limit: its time would say nothing.
    """
    arguments = {"threads": threads, "rounds": rounds, "budget_secs": budget_secs}
    limits = [{}, LIMITED_TO_AVX2] if library.current().isa == "avx512" else [{}]
    peers = []
    for limit in limits:
        only = ", both limited to AVX2" if limit else ""
        said(f"StyleGAN2-{resolution}: OpenVINO and ours in turn{only}; a minute or two")
        peer = run_apart(__name__, {**arguments, "resolution": resolution}, limit)
        peers.append(Peer(**{**peer, "peer_kernels": tuple(peer["peer_kernels"])}))
        if limit:
            _check_limit(peers[-1])
    return peers


def _check_limit(peer: Peer) -> None:
    kernels = (peer.native_kernels, *peer.peer_kernels)
    if any("avx512" in name for name in kernels):
        raise UserError(
            f"{peer.peer} cannot be limited to AVX2 here: convolutions ran as {', '.join(kernels)}"
        )


def work(threads: int, rounds: int, budget_secs: float, resolution: int) -> dict[str, Any]:
    """Trace StyleGAN2 with random weights, and let both make pictures in turn."""
    model = create_model("stylegan2", resolution=resolution, seed=0, randomise=True)
    compiled, version = _converted(model.generator, threads)
    case = picture_case(model, "native")
    torch.set_num_threads(threads)
    ws = torch.randn(_shape(model.generator), generator=torch.Generator().manual_seed(0))
    values = ws.numpy()
    theirs = torch.from_numpy(compiled(values)[0])
    with torch.inference_mode():
        ours = model.generator.synthesis(ws)
    times = interleaved(
        {"peer": lambda: compiled(values), "native": case}, rounds=rounds, budget_secs=budget_secs
    )
    return asdict(
        Peer(
            f"StyleGAN2-{resolution}",
            f"OpenVINO {version}",
            threads,
            library.current().isa,
            _convolutions(compiled),
            times["peer"].median_ms,
            times["native"].median_ms,
            float((ours - theirs).abs().max() / ours.abs().max()),
        )
    )


def _convolutions(compiled: Any) -> tuple[str, ...]:
    """Return what a compiled model's convolutions run as, the most frequent first."""
    found = Counter()
    for operation in compiled.get_runtime_model().get_ops():
        about = operation.get_rt_info()
        if about["layerType"].astype(str) in ("Convolution", "Deconvolution"):
            found[about["primitiveType"].astype(str)] += 1
    return tuple(name for name, _ in found.most_common())


class _Synthesis(torch.nn.Module):
    """ws to a picture without the checks, which tracing would warn about."""

    def __init__(self, generator: Any) -> None:
        super().__init__()
        self.synthesis = generator.synthesis

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        img = run(self.synthesis.steps(), Inputs(ws=ws)).activations.out
        assert img is not None
        return img


def _converted(generator: Any, threads: int) -> tuple[Any, str]:
    openvino: Any = importlib.import_module("openvino")

    shape = _shape(generator)
    with warnings.catch_warnings(), torch.no_grad(), by("reference"):
        warnings.simplefilter("ignore")
        module = _Synthesis(generator).eval()
        traced = openvino.convert_model(module, example_input=torch.zeros(shape), input=shape)
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    return openvino.compile_model(traced, "CPU", settings), openvino.__version__.split("-")[0]


def _shape(generator: Any) -> list[int]:
    return [1, generator.num_ws, generator.mapping.w_dim]


if __name__ == "__main__":
    answer(work)
