"""CIFAR-10 and CIFAR-100 as published for Python: a tar.gz of pickles, none of which is run.

The pickles were written by Python 2, whose byte strings need two instructions that model files
never contain. So they get a table of their own, and an allow-list of nothing but numpy arrays.
"""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from networks.errors import ModelFileError, UnsafeFileError
from networks.files import numpy_calls
from networks.files.arrays import numpy_array, shorten
from networks.files.machine import Machine, Meter
from networks.files.opcodes import HANDLERS, interpret
from networks.files.records import ArrayRecord, Global
from train.data.bounds import check_name, open_maybe_gz
from train.data.choices import ImportChoices
from train.data.sources.arrays import ArraySource
from train.errors import DataError, UnsafeArchiveError

_TRAINING = [*(f"data_batch_{number}" for number in range(1, 6)), "train"]
_META = {"batches.meta": "label_names", "meta": "fine_label_names"}
_MAX_MEMBERS = 1000
_MAX_BYTES = 1 << 30  # unpacked; the real ones have 180 MB
_SHORT = 4096  # longer byte strings are data


def _byte_string(size: int) -> Any:
    def handler(machine: Machine) -> None:
        machine.meter.take_object()
        view = machine.take(machine.number(size))
        if len(view) > _SHORT:
            machine.items.append(view)
            return
        machine.meter.take_text(len(view))
        machine.items.append(bytes(view).decode("latin-1"))

    return handler


_HANDLERS = list(HANDLERS)
_HANDLERS[ord("U")] = _byte_string(1)
_HANDLERS[ord("T")] = _byte_string(4)
for _code in (b"\x81", b"Q", b"\x8f", b"\x91", b"\x90"):  # instances, outside data, sets
    _HANDLERS[_code[0]] = None

_NAMES = {("numpy", "ndarray"): Global("numpy.ndarray")}
_NAMES[("numpy", "dtype")] = Global("numpy.dtype", numpy_calls.dtype)
for _package in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _reconstruct = Global(f"{_package}._reconstruct", numpy_calls.empty_array)
    _NAMES[(_package, "_reconstruct")] = _reconstruct


def open_cifar(path: Path, choices: ImportChoices) -> ArraySource:
    """Open the archive of CIFAR-10 or CIFAR-100: its training pictures and labels."""
    batches, class_names = _read_archive(path)
    if not batches:
        raise DataError(
            f"{path.name} holds no CIFAR batches; unpack other tar files and open the folder"
        )
    images, labels = zip(*(batches[name] for name in sorted(batches)), strict=True)
    if len({part.shape[1:] for part in images}) > 1:
        raise DataError(f"{path.name}: its batches hold pictures of different sizes")
    return ArraySource(
        path.name, np.concatenate(images), np.concatenate(labels), choices, class_names
    )


def read_batch(data: bytes, what: str) -> dict:
    """Interpret one pickle; raises DataError. Values are texts, numbers, lists and arrays."""
    meter = Meter.start(len(data))
    machine = Machine(memoryview(data), _resolve, meter)
    try:
        found = interpret(machine, _HANDLERS)
    except UnsafeFileError as error:
        raise UnsafeArchiveError(f"{what} was refused: {error}") from None
    except (ModelFileError, RecursionError, MemoryError) as error:
        raise DataError(f"{what} is damaged: {error}") from None
    if type(found) is not dict:
        raise DataError(f"{what} holds {shorten(found)} instead of a table")
    return found


def _read_archive(path: Path) -> tuple[dict[str, tuple[NDArray, NDArray]], list[str]]:
    batches: dict[str, tuple[NDArray, NDArray]] = {}
    class_names: list[str] = []
    try:
        with (
            open_maybe_gz(path) as unpacked,
            tarfile.open(fileobj=_Bounded(unpacked, path.name), mode="r|") as archive,
        ):
            for number, member in enumerate(archive):
                check_name(member.name, path.name)
                if member.issym() or member.islnk():
                    raise UnsafeArchiveError(
                        f"{path.name} was refused: its file {member.name[:80]!r} is a link"
                    )
                if number >= _MAX_MEMBERS:
                    raise UnsafeArchiveError(f"{path.name} was refused: it lists too many files")
                name = posixpath.basename(member.name)
                if not member.isfile() or name not in {*_TRAINING, *_META}:
                    continue
                file = archive.extractfile(member)
                assert file is not None
                table = read_batch(file.read(), f"{name} in {path.name}")
                if name in _META:
                    class_names = _texts(table.get(_META[name]))
                else:
                    batches[name] = _pixels(table, f"{name} in {path.name}")
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} is no intact tar archive: {error}") from None
    return batches, class_names


class _Bounded(io.RawIOBase):
    """A stream that ends in refusal, whatever a header in it claims."""

    def __init__(self, stream: gzip.GzipFile | IO[bytes], name: str) -> None:
        self._stream, self._name, self._left = stream, name, _MAX_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise UnsafeArchiveError(
                f"{self._name} was refused: it unpacks to far more than CIFAR's 180 MB"
            )
        return data


def _pixels(table: dict, what: str) -> tuple[NDArray, NDArray]:
    data = table.get("data")
    labels = table.get("labels", table.get("fine_labels"))
    if not isinstance(data, ArrayRecord) or data.dtype != "u1" or type(labels) is not list:
        raise DataError(f"{what} holds no pictures and labels")
    pixels = numpy_array(data)
    numbered = all(type(label) is int and 0 <= label < 1000 for label in labels)
    if pixels.ndim != 2 or pixels.shape[1] != 3072 or len(pixels) != len(labels) or not numbered:
        raise DataError(f"{what}: {pixels.shape} pixels and {len(labels):,} labels do not fit")
    return pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), np.asarray(labels, np.int64)


def _texts(value: object) -> list[str]:
    fits = type(value) is list and all(type(item) is str for item in value)
    return list(value) if fits else []  # type: ignore[call-overload]


def _resolve(module: str, name: str) -> Global:
    entry = _NAMES.get((module, name))
    if entry is None:
        full = shorten(f"{module}.{name}")
        raise UnsafeFileError(f"it refers to {full}, which no array needs; nothing of it was run")
    return entry
