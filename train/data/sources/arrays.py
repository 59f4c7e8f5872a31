"""Pictures in arrays: .npy, .npz, MNIST's idx files and CIFAR's archive all end here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.bounds import LIMITS, check_zip, read_member
from train.data.choices import ImportChoices
from train.data.sources.base import Entry, Payload, Source, spread
from train.errors import DataError

_IMAGE_KEYS = ("images", "image", "x", "x_train", "train_images", "data", "arr_0")
_LABEL_KEYS = ("labels", "label", "y", "y_train", "train_labels", "targets", "arr_1")


class ArraySource(Source):
    """Pictures held in one array.

    Args:
        images: [N, H, W], [N, H, W, C] or [N, C, H, W]; uint8, or floats in [0, 1] or [-1, 1].
        labels: [N] class numbers, or None.
    """

    def __init__(
        self,
        title: str,
        images: NDArray,
        labels: NDArray | None,
        choices: ImportChoices,
        class_names: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self._images, self._scale = _layout(images, title)
        count = len(self._images)
        if labels is not None and choices.labels in ("auto", "folders", "json"):
            labels = _checked_labels(labels, count, title)
            self.labels_from = "the array of labels"
            self.class_names = tuple(class_names)
        else:
            labels = None
        self.title = title
        self.channels = self._images.shape[3]
        self.notes = tuple(notes)
        self._numbers = spread(count, choices.max_images)
        digits = max(len(str(count)), 5)
        self.entries = [
            Entry(f"{number:0{digits}d}", None if labels is None else int(labels[number]))
            for number in self._numbers
        ]

    def read(self, index: int) -> Payload:
        pixels = self._images[self._numbers[index]]
        if self._scale is not None:
            low, high = self._scale
            pixels = np.rint((pixels.astype(np.float32) - low) * (255 / (high - low))).clip(0, 255)
        return np.ascontiguousarray(pixels, np.uint8)


def open_npy(path: Path, choices: ImportChoices) -> ArraySource:
    """Open one array of pictures; it stays on disk."""
    try:
        images = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError) as error:
        raise DataError(
            f"{path.name} is no intact array of numbers: {_first_line(error)}"
        ) from None
    return ArraySource(path.name, images, None, choices)


def open_npz(path: Path, choices: ImportChoices) -> ArraySource:
    """Open arrays of pictures and labels, by their usual names."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename.removesuffix(".npy"): member for member in members}
            images = next((names[key] for key in _IMAGE_KEYS if key in names), None)
            labels = next((names[key] for key in _LABEL_KEYS if key in names), None)
            if images is None:
                raise DataError(
                    f"{path.name} holds {', '.join(list(names)[:8])}; "
                    f"the pictures must be called {', '.join(_IMAGE_KEYS[:3])} or so"
                )
            check_zip([m for m in (images, labels) if m], path.name, path.stat().st_size)
            image_array = _load(archive, images, path.name)
            label_array = None if labels is None else _load(archive, labels, path.name)
    except (zipfile.BadZipFile, ValueError) as error:
        raise DataError(f"{path.name} is no intact npz file: {_first_line(error)}") from None
    return ArraySource(path.name, image_array, label_array, choices)


def _load(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> NDArray:
    try:
        data = read_member(archive, member, LIMITS.array_bytes)
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, MemoryError, DataError) as error:
        text = f"{where}: its array {member.filename} {_first_line(error)}"
        raise DataError(text) from None


def _layout(images: NDArray, title: str) -> tuple[NDArray, tuple[float, float] | None]:
    """Return a view [N, H, W, C] and the values of black and white; None = 0 and 255."""
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim == 4 and images.shape[3] > 4 and images.shape[1] <= 4:
        images = images.transpose(0, 2, 3, 1)
    fits = images.ndim == 4 and images.shape[3] in (1, 2, 3, 4) and min(images.shape) > 0
    if not fits:
        raise DataError(
            f"{title} has shape {images.shape}; pictures are [N, H, W], [N, H, W, C] or "
            "[N, C, H, W] with 1 to 4 channels"
        )
    if images.dtype == np.uint8:
        return images, None
    if images.dtype == np.bool_:
        return images, (0.0, 1.0)
    if images.dtype.kind not in "fiu":
        raise DataError(f"{title} holds values of type {images.dtype}, which are no pixels")
    sample = np.asarray(images[:: max(len(images) // 256, 1)], np.float64)
    low, high = float(sample.min()), float(sample.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(f"{title} holds values that are not finite")
    if low >= 0 and high <= 1 and images.dtype.kind == "f":
        return images, (0.0, 1.0)
    if low >= -1 and high <= 1 and images.dtype.kind == "f":
        return images, (-1.0, 1.0)
    if low >= 0 and high <= 255:
        return images, (0.0, 255.0)
    raise DataError(
        f"{title} holds values from {low:g} to {high:g}; expected 0 to 255, 0 to 1 or -1 to 1"
    )


def _checked_labels(labels: NDArray, count: int, title: str) -> NDArray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2 and len(labels) == count:
        labels = labels.argmax(1)  # one-hot
    right = labels.shape == (count,) and labels.dtype.kind in "iuf"
    if not right or labels.min() < 0 or (labels != np.floor(labels)).any():
        raise DataError(f"{title}: labels of shape {labels.shape} do not number the classes")
    return labels.astype(np.int64)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
