"""A finished data set, zip or folder: pictures and labels by number, decoded once if they fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.config import DataShape
from train.data.labels import Label, find_labels
from train.data.memory import available_bytes
from train.data.pictures import SUFFIXES, UnusableError, open_picture
from train.data.png import png_shape
from train.data.store import FolderStore, ZipStore
from train.errors import DataError

_HINT = "make a data set of equal pictures with `python main.py dataset SOURCE OUT.zip`"
_CACHE_AT_MOST = 4 << 30


class Dataset:
    """Pictures of one size with or without labels; `read` may be called from several threads.

    Attributes:
        name:        of the zip or folder, for people.
        path:        of the zip or folder.
        shape:       of its pictures.
        labels:      [count, c_dim], one-hot for classes; None = no labels.
        class_names: by class number; empty = none or unknown.
    """

    def __init__(self, path: str | Path, *, cache_bytes: int | None = None) -> None:
        """Open a data set; raises DataError with a sentence.

        cache_bytes: memory for decoded pictures; 0 = none, None = a quarter of what is free. All
                     pictures are kept if they fit, none otherwise.
        """
        self.path = Path(path)
        self.name, file = self.path.stem, self.path.name
        try:
            self._store = FolderStore(self.path) if self.path.is_dir() else ZipStore(self.path)
        except FileNotFoundError:
            raise DataError(f"There is no data set {self.path}") from None
        try:
            names = [name for name in self._store.names if name.lower().endswith(SUFFIXES)]
            if not names:
                raise DataError(f"{file} holds no pictures; {_HINT}")
            self._names = sorted(names)
            height, width, channels = self._first_shape()
            if height != width:
                raise DataError(f"{file} holds pictures of {width} x {height} px; {_HINT}")
            labels, self.class_names = self._read_labels()
            self.labels = None if labels is None else _rows(labels, len(self.class_names))
        except BaseException:
            self._store.close()
            raise
        c_dim = 0 if self.labels is None else self.labels.shape[1]
        self.shape = DataShape(height, channels, c_dim, len(self._names))
        self._decoded: NDArray[np.uint8] | None = None
        self._is_decoded = bytearray(len(self._names))
        size = [len(self._names), channels, height, width]
        budget = cache_bytes
        if budget is None:
            budget = min(available_bytes() // 4, _CACHE_AT_MOST)
        if np.prod(size) <= budget:
            self._decoded = np.empty(size, np.uint8)  # takes memory only as it fills

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._names)

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return picture `index`, uint8 [C, H, W], not to be written to.

        Raises DataError naming the file if it is gone, damaged or of another size.
        """
        if self._decoded is not None and self._is_decoded[index]:
            return self._decoded[index]
        image = self._decode(index).transpose(2, 0, 1)
        if self._decoded is not None:
            self._decoded[index] = image
            self._is_decoded[index] = 1
        return image

    @property
    def has_alpha(self) -> bool:
        """Whether the pictures have transparency, as their last channel."""
        return self.shape.img_channels in (2, 4)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decode(self, index: int) -> NDArray[np.uint8]:
        """Return picture `index`, uint8 [H, W, C]."""
        name = self._names[index]
        try:
            pixels = open_picture(self._store.read(name)).pixels
        except (DataError, UnusableError) as error:
            raise DataError(f"{name} in {self.path} cannot be used: {error}") from error
        expected = (self.shape.resolution, self.shape.resolution, self.shape.img_channels)
        if pixels.shape != expected:
            shown = " x ".join(map(str, pixels.shape))
            first = " x ".join(map(str, expected))
            raise DataError(f"{name} in {self.path} is {shown}, the first picture {first}; {_HINT}")
        return pixels

    def _first_shape(self) -> tuple[int, int, int]:
        try:
            data = self._store.read(self._names[0])
            shape = png_shape(data)
            if shape is not None and b"tRNS" not in data[:2048]:
                return shape[1], shape[0], shape[2]
            height, width, channels = open_picture(data).pixels.shape
        except (DataError, UnusableError) as error:
            text = f"{self._names[0]} in {self.path.name} cannot be used: {error}"
            raise DataError(text) from error
        return height, width, channels

    def _read_labels(self) -> tuple[list[Label] | None, tuple[str, ...]]:
        if "dataset.json" not in self._store.names:
            return None, ()
        text = self._store.read("dataset.json")
        found = find_labels(self._names, text, "auto", self.path.name)
        if not found.of:
            return None, ()
        missing = [name for name in self._names if name not in found.of]
        if missing:
            raise DataError(
                f"{len(missing):,} pictures of {self.path.name} have no label in its dataset.json, "
                f"{missing[0]} among them; {_HINT}"
            )
        return [found.of[name] for name in self._names], found.class_names


def _rows(labels: list[Label], named: int) -> NDArray[np.float32]:
    """Return [count, c_dim]: one-hot for class numbers, vectors as they are."""
    if isinstance(labels[0], tuple):
        return np.asarray(labels, np.float32)
    numbers = np.asarray(labels, np.int64)
    rows = np.zeros([len(labels), max(int(numbers.max()) + 1, named)], np.float32)
    rows[np.arange(len(labels)), numbers] = 1
    return rows
