"""A finished data set as training reads it: a zip or folder of equal square pictures; no torch."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from train.config import DataShape, TrainConfig
from train.data.png import decode_png
from train.errors import DataError
from train.feed_order import Pictures

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def open_pictures(config: TrainConfig) -> Pictures:
    """Open the data set of a configuration. Raises DataError if it cannot be used."""
    if not config.data:
        raise DataError("data names no data set; make one with `dataset` and give it as --data")
    return PictureFile(Path(config.data))


class PictureFile:
    """See train.feed_order.Pictures.

    Args:
        path: a zip or a folder with pictures and, for labels, dataset.json.

    Raises DataError if there are no pictures, or the first one cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        try:
            if path.is_dir():
                names = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
            else:
                self._zip = zipfile.ZipFile(path)
                names = self._zip.namelist()
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} cannot be opened as a data set: {error}") from None
        self._names = sorted(n for n in names if n.lower().endswith(_SUFFIXES))
        if not self._names:
            raise DataError(f"{path} holds no pictures; make a data set with `dataset`")
        description = self._description() if "dataset.json" in names else {}
        self.labels = self._label_rows(description.get("labels"))
        class_names = description.get("class_names") or ()
        self.class_names: tuple[str, ...] = tuple(str(name) for name in class_names)
        first = self._decode(self._names[0], None)
        channels, height, width = first.shape
        if height != width or height & (height - 1) or height < 4:
            raise DataError(
                f"{path.name}: {self._names[0]} is {width} x {height}; training needs squares of "
                "4, 8, 16, ... pixels: make them with `dataset`"
            )
        c_dim = 0 if self.labels is None else self.labels.shape[1]
        self.shape = DataShape(height, channels, c_dim, len(self._names))

    def read(self, index: int) -> np.ndarray:
        """See Pictures."""
        name = self._names[index]
        image = self._decode(name, self.shape.img_channels)
        shape = self.shape
        if image.shape != (shape.img_channels, shape.resolution, shape.resolution):
            raise DataError(
                f"{self._path.name}: {name} is {image.shape[2]} x {image.shape[1]} with "
                f"{image.shape[0]} channels, unlike the first picture"
            )
        return image

    def _bytes(self, name: str) -> bytes:
        try:
            if self._zip is not None:
                return self._zip.read(name)
            return (self._path / name).read_bytes()
        except (OSError, KeyError, EOFError, zipfile.BadZipFile, ValueError) as error:
            raise DataError(f"{self._path.name}: {name} cannot be read: {error}") from None

    def _decode(self, name: str, channels: int | None) -> np.ndarray:
        data = self._bytes(name)
        pixels = decode_png(data)
        if pixels is None or (channels is not None and pixels.shape[2] != channels):
            try:
                with Image.open(io.BytesIO(data)) as image:
                    known = image.mode if image.mode in _MODES.values() else "RGB"
                    converted = image.convert(_MODES[channels] if channels else known)
                    pixels = np.asarray(converted)
            except (OSError, ValueError, SyntaxError) as error:
                raise DataError(f"{self._path.name}: {name} cannot be read: {error}") from None
            pixels = pixels.reshape(*pixels.shape[:2], -1)
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def _description(self) -> dict:
        try:
            data = json.loads(self._bytes("dataset.json"))
        except ValueError:
            raise DataError(f"{self._path.name}: dataset.json is not valid JSON") from None
        return data if isinstance(data, dict) else {}

    def _label_rows(self, pairs: object) -> np.ndarray | None:
        """Class numbers become one row each with a single 1; label vectors stay."""
        if not pairs:
            return None
        try:
            of = {str(name): label for name, label in pairs}  # type: ignore[attr-defined]
            values = np.array([of[name] for name in self._names])
        except (KeyError, TypeError, ValueError):
            raise DataError(
                f"{self._path.name}: dataset.json does not give every picture a label"
            ) from None
        if values.ndim == 1:
            if not np.issubdtype(values.dtype, np.integer) or values.min() < 0:
                raise DataError(f"{self._path.name}: class numbers must be 0, 1, 2, ...")
            values = np.eye(int(values.max()) + 1)[values]
        return values.astype(np.float32)
