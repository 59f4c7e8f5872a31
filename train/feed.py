"""Real pictures for each step, read ahead while the step before is computed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from train.data.loader import Pending, Reader
from train.data.sampler import Order
from train.data_set import Pictures
from train.trainer import Shard, Trainer

AHEAD = 2  # steps whose pictures are read before they are asked for


class Feed:
    """The pictures of each step of a trainer.

    Args:
        pictures: the data set.
        trainer:  whose indices are read.
        workers:  threads that read; 0 = read when asked.
    """

    def __init__(self, pictures: Pictures, trainer: Trainer, workers: int) -> None:
        self._trainer = trainer
        config = trainer.config
        order = Order(trainer.draws, pictures.shape.count, config.mirror)
        pin = trainer.device.type == "cuda"
        self._reader = Reader(pictures, order, workers, pin=pin)
        self._ahead: dict[int, Pending] = {}

    def take(self) -> list[Shard]:
        """Return the shards of the next step, and start reading those of the steps after.

        Raises DataError if a picture cannot be read; nothing has changed then.
        """
        trainer = self._trainer
        now, batch = trainer.cur_nimg, trainer.batch
        parts = trainer.my_indices()
        flat = [index - now for part in parts for index in part]
        wanted = [now + i * batch for i in range(AHEAD + 1 if self._reader.threaded else 1)]
        self._ahead = {
            start: self._ahead.get(start) or self._reader.start([start + n for n in flat])
            for start in wanted
        }
        images, labels = self._ahead.pop(now).result()
        reals = images.to(trainer.device, non_blocking=True).to(trainer.dtype) / 127.5 - 1
        c = None
        if trainer.labels is not None and labels is not None:
            c = labels.to(device=trainer.device, dtype=trainer.dtype)
        size = len(parts[0])
        return [
            Shard(part, reals[i : i + size], None if c is None else c[i : i + size])
            for i, part in zip(range(0, len(flat), size), parts, strict=True)
        ]

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()


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
