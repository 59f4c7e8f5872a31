"""Before the start: will it fit, how fast will it be, when will it end.

Memory is forecast by running every phase on the "meta" device, where tensors have a size and no
contents, and adding up what is kept for the backward pass. Speed is measured with a trainer of its
own on random pictures; nothing of it reaches the run.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from train import losses
from train.averages import has_magnitudes
from train.build import Networks, build, build_empty
from train.config import DataShape, TrainConfig
from train.data_set import ArrayPictures
from train.distributed import Ranks
from train.errors import ConfigError
from train.feed import Feed
from train.trainer import Trainer

BASE_BYTES = 500 << 20  # Python, torch, and the largest temporary tensors
SAFETY = 1.2
MEASURE_SECS = 20.0


@dataclass(frozen=True)
class Forecast:
    """Memory of one process.

    fixed_bytes:      weights, averages, gradients and optimiser states.
    per_sample_bytes: kept for the backward pass, per picture computed at once.
    at_once:          pictures computed at once.
    available_bytes:  on the device; None = unknown.
    waiting_bytes:    per picture that waits for its round within a layer (StyleGAN3).
    share:            pictures of a step that this process computes.
    """

    fixed_bytes: int
    per_sample_bytes: int
    at_once: int
    available_bytes: int | None
    waiting_bytes: int = 0
    share: int = 0

    @property
    def needed_bytes(self) -> int:
        """All together."""
        kept = self.per_sample_bytes * self.at_once
        kept += self.waiting_bytes * max(self.share - self.at_once, 0)
        return int(self.fixed_bytes + SAFETY * kept) + BASE_BYTES

    @property
    def fits(self) -> bool:
        """Whether it fits, as far as is known."""
        return self.available_bytes is None or self.needed_bytes <= self.available_bytes

    def sentence(self) -> str:
        """Say it in one sentence."""
        text = f"Memory: about {_gb(self.needed_bytes)} per process"
        if self.available_bytes is not None:
            text += f" of {_gb(self.available_bytes)}"
        return text


@dataclass(frozen=True)
class Measured:
    """Speed of training, averaged over the intervals of regularisation.

    secs_per_kimg: of training alone.
    """

    secs_per_kimg: float

    def eta_secs(self, kimg: float) -> float:
        """Return the seconds that kimg takes."""
        return self.secs_per_kimg * kimg

    def sentence(self, kimg: float) -> str:
        """Say it in one sentence."""
        hours = self.eta_secs(kimg) / 3600
        length = f"{hours / 24:.1f} days" if hours > 48 else f"{hours:.1f} hours"
        return f"Speed: {self.secs_per_kimg:.1f} s/kimg, so {kimg:g} kimg take about {length}"


def forecast(config: TrainConfig, shape: DataShape) -> Forecast:
    """Forecast the memory of a resolved configuration."""
    networks = build_empty(config, shape, torch.device("meta"))
    fixed = 0
    for network, copies in ((networks.generator, 4), (networks.discriminator, 4)):
        # Weights, gradients, and two moments of Adam.
        fixed += copies * sum(p.numel() * p.element_size() for p in network.parameters())
        fixed += sum(b.numel() * b.element_size() for b in network.buffers())
    fixed += sum(t.numel() * t.element_size() for t in networks.average.state_dict().values())
    small, large = (config.mbstd_group or 1), 2 * (config.mbstd_group or 1)
    kept = [_kept_bytes(config, networks, n) for n in (small, large)]
    per_sample = max((kept[1] - kept[0]) // (large - small), 0)
    assert config.batch is not None
    assert config.batch_gpu is not None
    waiting = 0
    if has_magnitudes(networks.generator):
        steps = networks.generator.steps()
        waiting = max(step.channels * step.resolution**2 for step in steps)
        waiting *= next(networks.generator.parameters()).element_size()
    share = config.batch // config.gpus
    available = available_memory(config)
    return Forecast(fixed, per_sample, config.batch_gpu, available, waiting, share)


def check_memory(config: TrainConfig, shape: DataShape) -> Forecast:
    """Forecast the memory; ConfigError with a suggestion if it cannot fit."""
    found = forecast(config, shape)
    if found.fits:
        return found
    assert config.batch_gpu is not None
    group = config.mbstd_group or 1
    smaller = [n for n in range(config.batch_gpu - 1, 0, -1) if config.batch_gpu % n == 0]
    for n in smaller:
        if n % group == 0 and replace(found, at_once=n).fits:
            raise ConfigError(
                f"{found.sentence()}, which is too much; --batch-gpu {n} needs "
                f"{_gb(replace(found, at_once=n).needed_bytes)} for the same result"
            )
    raise ConfigError(
        f"{found.sentence()}, which is too much; a smaller mbstd_group with a smaller batch_gpu, "
        "fewer channels (channel_base, channel_max) or a smaller resolution needs less"
    )


def measure(config: TrainConfig, shape: DataShape, max_secs: float = MEASURE_SECS) -> Measured:
    """Measure the speed of a resolved configuration on this machine, in one process.

    Steps are timed one by one, and those with regularisation count as often as they come.
    """
    from train.worker import pick_device, use_threads

    use_threads(config)
    device = pick_device(config.device)
    assert config.batch is not None
    # One round of one process; the others do the same at the same time.
    alone = replace(config, gpus=1, batch=config.batch_gpu, workers=0, transfer=None, freeze_d=0)
    size = (16, shape.img_channels, shape.resolution, shape.resolution)
    pixels = np.random.default_rng(0).integers(0, 256, size).astype(np.uint8)
    labels = None
    if shape.c_dim > 0:
        labels = np.eye(shape.c_dim, dtype=np.float32)[np.arange(16) % shape.c_dim]
    pictures = ArrayPictures(pixels, labels)
    used = labels if config.conditional else None
    trainer = Trainer(alone, build(alone, shape, device), used, Ranks())
    feed = Feed(pictures, trainer, 0)
    trainer.step(feed.take())  # the first step is slower than the others
    phases = {
        "always": (trainer.generator_phase, trainer.discriminator_phase),
        "paths": (trainer.path_phase,) if trainer.regularises_paths else (),
        "r1": (trainer.r1_phase,) if (config.gamma or 0) > 0 else (),
    }
    intervals = {"always": 1, "paths": config.pl_interval, "r1": config.r1_interval}
    secs = 0.0
    started = time.monotonic()
    for name, calls in phases.items():
        times = []
        while calls and (not times or (len(times) < 3 and time.monotonic() - started < max_secs)):
            shards = feed.take()
            trainer.cur_nimg += trainer.batch
            begun = time.monotonic()
            for call in calls:
                call(shards)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            times.append(time.monotonic() - begun)
        secs += min(times, default=0.0) / intervals[name]
    return Measured(secs * 1000 / (trainer.batch * config.gpus))


def available_memory(config: TrainConfig) -> int | None:
    """Return the bytes that one process may use; None if unknown."""
    if config.memory_gb > 0:
        return int(config.memory_gb * 2**30)
    if config.device != "cpu" and torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    free = _free_memory()
    return None if free is None else free // max(config.gpus, 1)


def _free_memory() -> int | None:
    """Return the memory that programs can get without swapping."""
    if sys.platform == "win32":

        class Status(ctypes.Structure):
            _fields_ = (
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                *(
                    (name, ctypes.c_ulonglong)
                    for name in ("total", "free", "a", "b", "c", "d", "e")
                ),
            )

        status = Status()
        status.length = ctypes.sizeof(Status)
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
        return int(status.free)
    try:
        with open("/proc/meminfo", encoding="utf-8") as file:
            rows = dict(line.split(":", 1) for line in file)
        return int(rows["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _kept_bytes(config: TrainConfig, networks: Networks, n: int) -> int:
    """Return what the hungriest phase keeps for its backward pass with n pictures."""
    g, d = networks.generator, networks.discriminator
    weight = next(g.parameters())
    c = None if g.mapping.c_dim == 0 else weight.new_empty([n, g.mapping.c_dim])

    def fakes() -> tuple[Tensor, Tensor]:
        ws = g.mapping(weight.new_empty([n, g.mapping.z_dim]), c)
        return g.synthesis(ws, noise="none"), ws

    def generator() -> None:
        losses.generator_loss(d(fakes()[0], c)).sum()

    def paths() -> None:
        img, ws = fakes()
        losses.path_lengths(img, ws, torch.empty_like(img)).sum()

    def penalty() -> None:
        reals = weight.new_empty([n, g.config.img_channels, *[g.config.resolution] * 2])
        reals.requires_grad_(True)
        losses.r1_penalty(d(reals, c), reals).sum()

    phases = [generator, penalty, *([paths] if (config.pl_weight or 0) > 0 else [])]
    return max(_saved_by(phase) for phase in phases)


def _saved_by(phase: Callable[[], None]) -> int:
    """Return the bytes of the different storages that a computation keeps."""
    kept: dict[int, Tensor] = {}  # by storage; the tensors hold their storages, so none is reused

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        phase()
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def _gb(count: int) -> str:
    return f"{count / 2**30:.1f} GB"
