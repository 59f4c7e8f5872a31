"""MNIST's idx files, plain or gzipped: Yann LeCun's format of 1998."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.bounds import open_maybe_gz, read_exactly
from train.data.choices import ImportChoices
from train.data.sources.arrays import ArraySource
from train.errors import DataError


def open_idx(path: Path, choices: ImportChoices) -> ArraySource:
    """Open a file of pictures; its labels are taken from the file beside it, if that is there."""
    images = read_idx(path)
    if images.ndim not in (3, 4):
        raise DataError(f"{path.name} holds labels; open the file with the pictures instead")
    labels = None
    beside = _labels_beside(path)
    if beside is not None:
        labels = read_idx(beside)
        if labels.shape != images.shape[:1]:
            raise DataError(
                f"{beside.name} has {len(labels):,} labels for {len(images):,} pictures"
            )
    images, notes = padded(images)
    names = [str(digit) for digit in range(10)] if labels is not None and labels.max() < 10 else ()
    return ArraySource(path.name, images, labels, choices, names, notes)


def padded(images: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Sequence[str]]:
    """Return 28-pixel digits with 2 black pixels around, as StyleGAN's tools do, and a note."""
    if images.shape[1:] != (28, 28):
        return images, ()
    return np.pad(images, [(0, 0), (2, 2), (2, 2)]), ("28 px digits get a black border: 32 px",)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read one idx file of bytes; raises DataError."""
    with open_maybe_gz(path) as file:
        magic = read_exactly(file, 4, path.name)
        if magic[:3] != b"\0\0\x08" or not 1 <= magic[3] <= 4:
            raise DataError(f"{path.name} is no idx file of bytes: it starts with {magic.hex(' ')}")
        sizes = np.frombuffer(read_exactly(file, 4 * magic[3], path.name), ">u4").tolist()
        data = read_exactly(file, math.prod(sizes), path.name)
    return np.frombuffer(data, np.uint8).reshape(sizes)


def is_idx(path: Path) -> bool:
    """Whether a name looks like the files of MNIST and its followers."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(("ubyte", ".idx")) or "idx3" in name


def _labels_beside(path: Path) -> Path | None:
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    for candidate in (name, name.removesuffix(".gz"), name + ".gz"):
        beside = path.with_name(candidate)
        if candidate != path.name and beside.is_file():
            return beside
    return None
