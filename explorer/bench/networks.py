"""Pictures of the standard networks, one at a time, by each implementation of the operators.

r = (2 x direct multiply-adds / time) / sgemm, both of one run with the same threads: 1 means that
a picture's convolutions, counted the plain way, run as fast as a large matrix product. Winograd's
algorithm and what is not convolution move it up and down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

import cuda_ops
from cuda_ops.cpu.library import using
from explorer.bench.clock import Times, interleaved
from explorer.bench.machine import sgemm_case, sgemm_gflops
from networks import create_model
from networks.macs import direct_macs


@dataclass(frozen=True)
class Subject:
    """A network that is measured.

    required_r, aimed_r: what the project wants of the native kernels with two threads.
    """

    name: str
    architecture: str
    resolution: int
    required_r: float
    aimed_r: float


SUBJECTS = (
    Subject("StyleGAN2-256", "stylegan2", 256, 1.5, 1.8),
    Subject("StyleGAN2-1024", "stylegan2", 1024, 1.2, 1.6),
    Subject("StyleGAN3-T-256", "stylegan3-t", 256, 1.8, 2.2),
    Subject("StyleGAN3-R-256", "stylegan3-r", 256, 0.5, 0.6),
)


IMPLEMENTATIONS = ("native", "reference")


def by(implementation: str) -> AbstractContextManager[object]:
    """Let operators meanwhile run by plain PyTorch, or stay native: by what the program chose.

    Choosing kernels reads them from the disk, which must not be part of a measurement.
    """
    return using("reference") if implementation == "reference" else nullcontext()


@dataclass(frozen=True)
class Row:
    """One network, implementation and number of threads."""

    network: str
    implementation: str
    threads: int
    direct_gmac: float
    times: Times
    sgemm_gflops: float

    @property
    def r(self) -> float:
        """See the module."""
        return 2 * self.direct_gmac / (self.times.median_ms / 1000) / self.sgemm_gflops


def picture_case(model: Any, implementation: str) -> Callable[[], object]:
    """Return what makes one exact picture of a fixed w."""
    generator = model.generator
    z = torch.randn([1, generator.mapping.z_dim], generator=torch.Generator().manual_seed(0))

    @torch.inference_mode()
    def work() -> object:
        with by(implementation):
            return generator.synthesis(ws)

    with torch.inference_mode():
        ws = generator.mapping(z)
    return work


def measure(
    subject: Subject,
    threads: Sequence[int],
    *,
    rounds: int,
    budget_secs: float,
    reference: bool,
    said: Callable[[str], None],
) -> list[Row]:
    """Measure one network.

    Args:
        threads:     numbers of threads, one after the other.
        rounds:      pictures of each implementation, at most; the reference is given one less.
        budget_secs: of a thread number; one round is always made.
        reference:   whether plain PyTorch is measured beside the native kernels.
    """
    said(f"{subject.name}: random weights")
    model = create_model(
        subject.architecture, resolution=subject.resolution, seed=0, randomise=True
    )
    gmac = sum(direct_macs(model.generator).values()) / 1e9
    names = [*(["native"] if cuda_ops.status().native else []), *(["reference"] * reference)]
    rows = []
    before = torch.get_num_threads()
    try:
        for count in threads:
            torch.set_num_threads(count)
            cases = {name: picture_case(model, name) for name in names}
            times = interleaved(
                {"sgemm": _several(sgemm_case(), 5), **cases},
                rounds=rounds,
                budget_secs=budget_secs,
                said=lambda what: said(f"{subject.name}, {count} threads: {what}"),  # noqa: B023
            )
            gflops = 5 * sgemm_gflops(times["sgemm"].median_ms)
            rows += [Row(subject.name, n, count, gmac, times[n], gflops) for n in names]
    finally:
        torch.set_num_threads(before)
    return rows


def _several(work: Callable[[], object], count: int) -> Callable[[], object]:
    def several() -> None:
        for _ in range(count):
            work()

    return several
