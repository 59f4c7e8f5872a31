"""Seconds per thousand pictures of the recipes, by the native kernels and by plain PyTorch.

Two trainings from the same weights on the same made-up pictures take turns, in a process that
keeps freed memory and whose threads sleep while they wait, as those of `train` do. Steps with R1
and those without are timed apart and weighted as they occur, so that a few steps stand for all.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from cuda_ops.cpu.heap import keep_freed_memory
from explorer.bench.apart import answer, run_apart
from explorer.bench.networks import IMPLEMENTATIONS, by
from train.build import build
from train.config import TrainConfig
from train.data_set import ArrayPictures
from train.distributed import Ranks
from train.feed import Feed
from train.presets import resolve
from train.recipes import recipe_of
from train.trainer import Trainer
from train.worker import use_threads

REQUIRED = {"toon-head-64": 1.5, "toon-head-64-stylegan3-t": 5.0}
PLAIN_STEPS = 2  # per round, beside one with R1
LOSSES = ("Loss/G/loss", "Loss/D/loss", "Loss/r1_penalty")
_PICTURES, _SEED = 256, 0


@dataclass(frozen=True)
class Training:
    """Medians of both; losses are compared step by step.

    first_difference: of the losses of the first step, from equal weights, relative to them.
    last_difference:  of the last one: differences in the last bits grow as training goes on.
    steps:            of each that were timed.
    """

    recipe: str
    threads: int
    native_secs_per_kimg: float
    reference_secs_per_kimg: float
    first_difference: float
    last_difference: float
    steps: int

    @property
    def ratio(self) -> float:
        """How many times as fast the native kernels are."""
        return self.reference_secs_per_kimg / self.native_secs_per_kimg


def measure(
    recipe: str,
    *,
    threads: int,
    rounds: int,
    budget_secs: float,
    said: Callable[[str], None],
    wishes: Mapping[str, Any] | None = None,
) -> Training:
    """Train by a recipe, in a process of its own.

    Args:
        rounds:      of one step with R1 and PLAIN_STEPS without, of both, after an uncounted one.
        budget_secs: no further round begins after this; the first always does.
        wishes:      fields that win over the recipe's.
    """
    said(f"training, recipe {recipe}: native and reference in turn")
    arguments = {"recipe": recipe, "threads": threads, "rounds": rounds, "wishes": wishes or {}}
    arguments["budget_secs"] = budget_secs
    return Training(**run_apart(__name__, arguments, {"OMP_WAIT_POLICY": "PASSIVE"}))


def made_up(size: int, channels: int) -> ArrayPictures:
    """Return coloured squares, as smooth as pictures are: training takes as long with any."""
    numbers = np.random.default_rng(_SEED).integers(0, 256, (_PICTURES, channels, 8, 8))
    large = numbers.repeat(size // 8, axis=2).repeat(size // 8, axis=3)
    return ArrayPictures(large.astype(np.uint8))


def work(
    recipe: str, threads: int, rounds: int, wishes: Mapping[str, Any], budget_secs: float
) -> dict[str, Any]:
    """Measure; return the fields of Training."""
    keep_freed_memory()
    runs = {name: _Run(name, recipe, wishes, threads) for name in IMPLEMENTATIONS}
    end = time.perf_counter() + budget_secs
    for number in range(rounds + 1):
        if number > 1 and time.perf_counter() > end:
            break
        for run in runs.values():
            run.round(counted=number > 0)
    native, reference = runs["native"], runs["reference"]
    return asdict(
        Training(
            recipe,
            threads,
            native.secs_per_kimg(),
            reference.secs_per_kimg(),
            _difference(native.losses[0], reference.losses[0]),
            _difference(native.losses[-1], reference.losses[-1]),
            len(native.plain_secs) + len(native.r1_secs),
        )
    )


class _Run:
    """A training without a folder, by one implementation."""

    def __init__(
        self, implementation: str, recipe: str, wishes: Mapping[str, Any], threads: int
    ) -> None:
        place = {"device": "cpu", "threads": threads}
        wanted = TrainConfig(**{**recipe_of(recipe).fields, **wishes, **place})
        pictures = made_up(wanted.resolution or 64, 3)
        config = resolve(wanted, pictures.shape)
        networks = build(config, pictures.shape, torch.device("cpu"))
        self._implementation = implementation
        self._trainer = Trainer(config, networks, None, Ranks(0, 1))
        assert not self._trainer.regularises_paths, "its steps would have to be timed apart, too"
        self._feed = Feed(pictures, self._trainer, workers=0)
        self.plain_secs: list[float] = []
        self.r1_secs: list[float] = []
        self.losses: list[dict[str, float]] = []  # by step

    def round(self, *, counted: bool) -> None:
        """Do one step with R1 and some without."""
        trainer = self._trainer
        interval = trainer.config.r1_interval
        # On to the next step that has R1: which one of them it is makes no difference.
        trainer.cur_nimg = -(-trainer.step_index // interval) * interval * trainer.batch
        for number in range(1 + PLAIN_STEPS):
            secs = self._step()
            if counted:
                (self.plain_secs if number else self.r1_secs).append(secs)

    def _step(self) -> float:
        with by(self._implementation):
            use_threads(self._trainer.config)
            started = time.perf_counter()
            self._trainer.step(self._feed.take())
            secs = time.perf_counter() - started
        found = self._trainer.statistics.collect(self._trainer.ranks)
        self.losses.append({k: v["mean"] for k, v in found.items() if k in LOSSES})
        return secs

    def secs_per_kimg(self) -> float:
        """Return the seconds per thousand pictures, R1 as often as the recipe has it."""
        interval = self._trainer.config.r1_interval
        plain, r1 = statistics.median(self.plain_secs), statistics.median(self.r1_secs)
        return ((interval - 1) * plain + r1) / interval / self._trainer.batch * 1000


def _difference(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Return the largest difference of two sets of losses, relative to the larger of the two."""
    assert a.keys() == b.keys()
    return max(abs(a[k] - b[k]) / max(abs(a[k]), abs(b[k]), 1e-12) for k in a)


if __name__ == "__main__":
    answer(work)
