"""What training needs of a data set, and in which order it sees the pictures; no torch."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from train.config import DataShape
from train.random import Draws


class Pictures(Protocol):
    """A data set: pictures by number.

    name:        for people.
    shape:       of its pictures.
    labels:      [count, c_dim], float32; None = none.
    class_names: one per class, or ().
    """

    name: str
    shape: DataShape
    labels: np.ndarray | None
    class_names: tuple[str, ...]

    def read(self, index: int) -> np.ndarray:
        """Return picture `index`, uint8 [C, H, W]. Raises DataError or OSError."""
        ...


class ArrayPictures:
    """A data set in memory, for measuring and for tests.

    Args:
        pictures: uint8 [count, C, H, H].
        labels:   [count, c_dim]; None = none.
    """

    name = "memory"
    class_names: tuple[str, ...] = ()

    def __init__(self, pictures: np.ndarray, labels: np.ndarray | None = None) -> None:
        self._pictures, self.labels = pictures, labels
        count, channels, height, _ = pictures.shape
        c_dim = 0 if labels is None else labels.shape[1]
        self.shape = DataShape(height, channels, c_dim, count)

    def read(self, index: int) -> np.ndarray:
        """See Pictures."""
        return self._pictures[index]


class Order:
    """Which picture is sample i of the run: every pass over the data in an order of its own.

    Args:
        draws:  of the run.
        count:  pictures in the data set.
        mirror: mirror each sample with probability 1/2.
    """

    def __init__(self, draws: Draws, count: int, mirror: bool) -> None:
        self._draws, self._count, self._mirror = draws, count, mirror
        self._passes: dict[int, np.ndarray] = {}

    def picture(self, index: int) -> int:
        """Return the number of the picture that global sample `index` shows."""
        number, place = divmod(index, self._count)
        if number not in self._passes:
            if len(self._passes) > 2:
                self._passes.clear()
            self._passes[number] = self._draws.rng("order", number).permutation(self._count)
        return int(self._passes[number][place])

    def mirrored(self, index: int) -> bool:
        """Return whether global sample `index` is shown mirrored."""
        return self._mirror and self._draws.rng("mirror", index).random() < 0.5
