"""Real pictures by the number of their sample, read in threads ahead of the step.

What a sample shows depends on the seed and its number alone: not on threads, on the number of
processes, or on what was read before. So there is no state but the number of samples consumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from train.data.sampler import Order
from train.data_set import Pictures

_CHUNK = 16  # pictures per task, at least: handing over a task costs as much as reading two


class Reader:
    """Reads samples of a run by their global numbers, in threads.

    Args:
        workers: threads; 0 = read when asked.
        pin:     put batches into page-locked memory, from which CUDA copies without waiting.
    """

    def __init__(
        self, pictures: Pictures, order: Order, workers: int, *, pin: bool = False
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
