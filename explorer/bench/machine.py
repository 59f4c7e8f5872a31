"""What this machine is, and how fast it multiplies matrices and copies memory."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import torch

import cuda_ops
from explorer.cli import version
from explorer.launcher.requirements import PROJECT_DIR
from explorer.render.device import cores, cpu_name

SGEMM_SIZE = 1536
COPY_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Machine:
    """Where and on what the other numbers were measured.

    commit:  of this program, "" if it is not a checkout; "+" behind it = with changes.
    kernels: one sentence per operator and device: what runs and why.
    load:    programs that wanted a core when the benchmark began; None = not known.
    """

    processor: str
    cores: int
    memory_gb: float | None
    capability: str
    system: str
    python: str
    torch: str
    version: str
    commit: str
    date: str
    load: float | None
    kernels: tuple[str, ...]


def describe() -> Machine:
    """Look at the machine."""
    return Machine(
        processor=cpu_name(),
        cores=cores(),
        memory_gb=_memory_gb(),
        capability=torch.backends.cpu.get_cpu_capability(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        torch=str(torch.__version__),
        version=version(),
        commit=_commit(),
        date=datetime.now(UTC).date().isoformat(),
        load=_load(),
        kernels=tuple(
            f"{op.op} on {op.device}: {op.implementation}. {op.reason}"
            for op in cuda_ops.status().ops
        ),
    )


def sgemm_case(size: int = SGEMM_SIZE) -> Callable[[], object]:
    """Return what multiplies two float32 matrices [size, size] once."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    out = torch.empty(size, size)
    return lambda: torch.mm(a, b, out=out)


def sgemm_gflops(ms: float, size: int = SGEMM_SIZE) -> float:
    """Return GFLOP/s of an sgemm_case that took `ms`."""
    return 2 * size**3 / ms / 1e6


def copy_gb_per_sec() -> float:
    """Return how fast memory is copied, bytes read plus bytes written, best of five."""
    source = torch.zeros(COPY_BYTES // 4)
    target = torch.zeros_like(source)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        target.copy_(source)
        best = min(best, time.perf_counter() - started)
    return 2 * COPY_BYTES / best / 1e9


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(PROJECT_DIR), *words], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "--short", "HEAD")
        return commit + ("+" if commit and git("status", "--porcelain") else "")
    except OSError:  # no git
        return ""


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)
    except (AttributeError, ValueError, OSError):  # Windows
        return None


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None
