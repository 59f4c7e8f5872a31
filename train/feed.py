"""Real pictures for each step, read ahead while the step before is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import torch

from train.feed_order import ArrayPictures, Order, Pictures
from train.trainer import Shard, Trainer

__all__ = ["ArrayPictures", "Feed", "Order", "Pictures", "feeding", "first_pictures"]


class Feed:
    """The pictures of each step of a trainer.

    Args:
        pictures: the data set.
        trainer:  whose indices are read.
        workers:  threads that read; 0 = read when asked.
    """

    def __init__(self, pictures: Pictures, trainer: Trainer, workers: int) -> None:
        self._pictures, self._trainer = pictures, trainer
        config = trainer.config
        self._order = Order(trainer.draws, pictures.shape.count, config.mirror)
        self._pool = ThreadPoolExecutor(workers, "pictures") if workers > 0 else None
        self._ahead: dict[int, list[Future[np.ndarray]]] = {}

    def take(self) -> list[Shard]:
        """Return the shards of the next step, and start reading those of the one after.

        Raises DataError or OSError if a picture cannot be read; nothing has changed then.
        """
        trainer = self._trainer
        start, indices = trainer.cur_nimg, trainer.my_indices()
        flat = [index for shard in indices for index in shard]
        if self._pool is None:
            images = [self._read(index) for index in flat]
        else:
            futures = self._ahead.pop(start, None) or self._submit(flat)
            self._ahead = {start + trainer.batch: self._submit([i + trainer.batch for i in flat])}
            images = [future.result() for future in futures]
        position = 0
        shards = []
        for part in indices:
            block = np.stack(images[position : position + len(part)])
            position += len(part)
            reals = torch.from_numpy(block).to(trainer.device).to(trainer.dtype) / 127.5 - 1
            shards.append(Shard(part, reals, self._labels(part)))
        return shards

    def close(self) -> None:
        """Stop reading."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, indices: Sequence[int]) -> list[Future[np.ndarray]]:
        assert self._pool is not None
        # The order is looked up here: it keeps a permutation, and threads would race for it.
        places = [(self._order.picture(i), self._order.mirrored(i)) for i in indices]
        return [self._pool.submit(self._picture, *place) for place in places]

    def _read(self, index: int) -> np.ndarray:
        return self._picture(self._order.picture(index), self._order.mirrored(index))

    def _picture(self, number: int, mirrored: bool) -> np.ndarray:
        image = self._pictures.read(number)
        return image[:, :, ::-1] if mirrored else image

    def _labels(self, indices: Sequence[int]) -> torch.Tensor | None:
        trainer = self._trainer
        if trainer.labels is None:
            return None
        rows = trainer.labels[[self._order.picture(index) for index in indices]]
        return torch.from_numpy(rows).to(device=trainer.device, dtype=trainer.dtype)


@contextmanager
def feeding(pictures: Pictures, trainer: Trainer, workers: int) -> Iterator[Feed]:
    """A Feed that is closed at the end, whatever happens."""
    feed = Feed(pictures, trainer, workers)
    try:
        yield feed
    finally:
        feed.close()


def first_pictures(pictures: Pictures, count: int) -> torch.Tensor:
    """Return up to `count` real pictures spread over the data set, [n, C, H, W] in [-1, 1]."""
    total = pictures.shape.count
    numbers = sorted({round(i * (total - 1) / max(count - 1, 1)) for i in range(min(count, total))})
    block = np.stack([pictures.read(number) for number in numbers])
    return torch.from_numpy(block).float() / 127.5 - 1
