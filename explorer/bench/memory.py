"""How much memory a picture takes at most, over the loaded model, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explorer.bench.apart import answer, run_apart

REQUIRED_MB = 1536.0  # 1.5 GiB
_STATUS, _CLEAR_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Memory:
    """Resident memory in MiB.

    weights_mb:  of the model's tensors.
    loaded_mb:   the whole process once the model is in memory, before the first picture.
    prepared_mb: weights as the kernels read them, made with the first picture: they count as
                 loaded.
    picture_mb:  peak of three pictures by the pipeline, over loaded_mb and prepared_mb; what the
                 window keeps for the next picture included.
    """

    network: str
    threads: int
    weights_mb: float
    loaded_mb: float
    prepared_mb: float
    picture_mb: float


def available() -> bool:
    """True where the system tells a process its peak."""
    return sys.platform.startswith("linux") and _CLEAR_PEAK.exists()


def measure(name: str, path: str, *, threads: int, said: Callable[[str], None]) -> Memory:
    """Make pictures of a model in a file in another process, and watch its memory."""
    said(f"{name}: peak memory of a picture")
    return Memory(**run_apart(__name__, {"name": name, "path": path, "threads": threads}))


def work(name: str, path: str, threads: int) -> dict[str, Any]:
    """Measure this process; return the fields of Memory."""
    import torch

    from cuda_ops.cpu.prepared import prepared_bytes
    from explorer.arrays import ArrayStore
    from explorer.render.engine import always
    from explorer.render.torch_engine import TorchEngine
    from explorer.request import request_from
    from explorer.settings import Compute, Settings, seed_latent

    torch.set_num_threads(threads)
    engine = TorchEngine(ArrayStore())
    loaded = engine.library.load(path)
    for tensor in loaded.model.generator.state_dict().values():
        tensor.sum()  # what is only mapped from the file becomes resident
    before = _status_mb("VmRSS")
    _CLEAR_PEAK.write_text("5")
    for seed in range(3):
        settings = Settings(
            model=loaded.ref, latent=seed_latent(seed), compute=Compute(threads=threads)
        )
        request = request_from(settings)
        assert request is not None
        engine.render(request, always)
    prepared = prepared_bytes() / 2**20
    over = _status_mb("VmHWM") - before - prepared
    return asdict(Memory(name, threads, loaded.size_bytes / 2**20, before, prepared, over))


def _status_mb(field: str) -> float:
    for line in _STATUS.read_text("ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"{_STATUS} has no {field}")


if __name__ == "__main__":
    answer(work)
