"""Batches of real pictures, read in threads ahead of the step.

What a batch holds depends on the seed and its position alone: not on threads, on the number of
processes, or on what was read before. So the state of a loader is the number of samples consumed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from train.config import DataShape
from train.data.sampler import WINDOW, Order, interleaved
from train.random import Draws

_CHUNK = 16  # pictures per task, at least: handing over a task costs as much as reading two


class Pictures(Protocol):
    """What a loader reads: train.data.dataset.Dataset, or a stand-in.

    labels: [count, c_dim]; None = no labels.
    """

    shape: DataShape

    labels: NDArray[np.float32] | None

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return picture `index`, uint8 [C, H, W]."""
        ...


@dataclass(frozen=True, eq=False)
class Batch:
    """One process's share of a batch.

    position: global number of the whole batch's first sample.
    indices:  global numbers of these samples, n of them.
    images:   uint8 [n, C, H, W].
    labels:   float32 [n, c_dim]; None = no labels.
    """

    position: int
    indices: tuple[int, ...]
    images: Tensor
    labels: Tensor | None


class Reader:
    """Reads samples of a run by their global numbers, in threads.

    Args:
        workers: threads; 0 = read when asked.
        pin:     put batches into page-locked memory, from which CUDA copies without waiting.
    """

    def __init__(
        self, pictures: Pictures, order: Order, workers: int = 2, *, pin: bool = False
    ) -> None:
        self._pictures, self._order, self._pin = pictures, order, pin
        self._workers = workers
        self.threaded = workers > 0
        self._pool = ThreadPoolExecutor(workers, "pictures") if workers > 0 else None

    def start(self, indices: Sequence[int]) -> Pending:
        """Start reading samples; `result()` of what is returned waits for them."""
        shape = self._pictures.shape
        size = [len(indices), shape.img_channels, shape.resolution, shape.resolution]
        images = torch.empty(size, dtype=torch.uint8, pin_memory=self._pin)
        out = images.numpy()
        # The order is looked up here: it keeps passes, and threads would race for them.
        numbers = self._order.pictures(indices)
        mirrored = [self._order.mirrored(index) for index in indices]
        chunk = max(-(-len(indices) // max(self._workers, 1)), _CHUNK)
        starts = range(0, len(indices), chunk)
        tasks: list[Future[None]] = []
        for first in starts:
            part = slice(first, first + chunk)
            if self._pool is None:
                self._fill(out[part], numbers[part], mirrored[part])
            else:
                tasks.append(
                    self._pool.submit(self._fill, out[part], numbers[part], mirrored[part])
                )
        rows = self._pictures.labels
        labels = None if rows is None else torch.from_numpy(rows[numbers])
        return Pending(images, labels, tasks)

    def close(self) -> None:
        """Stop reading."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(
        self, out: NDArray[np.uint8], numbers: NDArray[np.intp], mirrored: Sequence[bool]
    ) -> None:
        for row, (number, flip) in enumerate(zip(numbers, mirrored, strict=True)):
            image = self._pictures.read(int(number))
            out[row] = image[:, :, ::-1] if flip else image


@dataclass(frozen=True, eq=False)
class Pending:
    """Samples being read."""

    images: Tensor
    labels: Tensor | None
    tasks: Sequence[Future[None]]

    def result(self) -> tuple[Tensor, Tensor | None]:
        """Wait and return images and labels; raises DataError if a picture cannot be read."""
        for task in self.tasks:
            task.result()
        return self.images, self.labels


class Loader:
    """An endless iterator over batches, some read ahead.

    Args:
        seed:     of the run.
        batch:    samples per step, over all processes.
        rank:     number of this process; it gets every ranks-th sample from `rank` on.
        position: samples consumed before; where a resumed run goes on.
        mirror:   show every sample mirrored with probability 1/2.
        workers:  threads that read.
        ahead:    batches read before they are asked for.

    Attributes:
        position:    samples consumed: those of all batches handed out, over all processes.
        waited_secs: how long the caller has waited for pictures in all; should hardly grow.
    """

    def __init__(
        self,
        pictures: Pictures,
        *,
        seed: int,
        batch: int,
        rank: int = 0,
        ranks: int = 1,
        position: int = 0,
        mirror: bool = False,
        window: float = WINDOW,
        workers: int = 2,
        ahead: int = 3,
        pin: bool = False,
    ) -> None:
        self.position, self.waited_secs = position, 0.0
        self._batch, self._rank, self._ranks, self._ahead = batch, rank, ranks, ahead
        order = Order(Draws(seed), pictures.shape.count, mirror, window=window)
        self._reader = Reader(pictures, order, workers, pin=pin)
        self._pending: deque[Pending] = deque()
        self._requested = position

    def __iter__(self) -> Loader:
        """Return itself: it never ends."""
        return self

    def __next__(self) -> Batch:
        """Return the next batch; raises DataError naming a picture that cannot be read."""
        while len(self._pending) <= (self._ahead if self._reader.threaded else 0):
            self._pending.append(self._reader.start(self._indices(self._requested)))
            self._requested += self._batch
        started = time.perf_counter()
        images, labels = self._pending[0].result()
        self.waited_secs += time.perf_counter() - started
        self._pending.popleft()
        position = self.position
        self.position += self._batch
        return Batch(position, tuple(self._indices(position)), images, labels)

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    def __enter__(self) -> Loader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _indices(self, position: int) -> range:
        return interleaved(position, self._batch, self._rank, self._ranks)
