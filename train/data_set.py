"""What training needs of a data set; no torch."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from train.config import DataShape, TrainConfig
from train.data.dataset import Dataset
from train.errors import DataError


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


def open_pictures(config: TrainConfig) -> Pictures:
    """Open the data set of a configuration. Raises DataError if it cannot be used."""
    if not config.data:
        raise DataError("data names no data set; make one with `dataset` and give it as --data")
    return Dataset(config.data)
