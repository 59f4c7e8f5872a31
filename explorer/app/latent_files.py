"""Latents in .npy and .npz files: read from elsewhere, written for elsewhere.

An .npz has `w` [N, num_ws, w_dim], as the published projector and generator take it, and their
`names`; an .npy is `w` alone. Arrays of other names are read as well.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.arrays import ArrayStore
from explorer.errors import UserError
from explorer.files import save_bytes
from explorer.model_info import ModelInfo
from explorer.settings import SavedLatent

MAX_LATENTS = 1000
MAX_BYTES = 512 * 2**20
MAX_ARRAYS = 10_000
NAMES = "names"


class LatentFileError(UserError):
    """A file of latents cannot be used; the text names the array and its shape."""


def read_latents(path: str, info: ModelInfo) -> list[tuple[str, NDArray[np.float32]]]:
    """Return (name, ws [num_ws, w_dim]) of every latent in a .npy or .npz file.

    Arrays are [w_dim], [num_ws, w_dim], [N, w_dim] or [N, num_ws, w_dim]; one row stands for all
    rows. Nothing in the file is executed. Raises LatentFileError or OSError.
    """
    file = Path(path)
    if file.stat().st_size > MAX_BYTES:
        raise LatentFileError(f"{file.name} is larger than 512 MB")
    names: tuple[str, ...] = ()
    found: list[tuple[str, NDArray[np.float32]]] = []
    try:
        for key, array in _arrays(file):
            if key == NAMES and array.dtype.kind == "U" and array.ndim == 1:
                names = tuple(str(name) for name in array[:MAX_LATENTS])
                continue
            rows = _rows(array, info, MAX_LATENTS - len(found))
            name = f"{file.stem} {key}" if key else file.stem
            found += _named(name, rows)
    except (ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise LatentFileError(f"{file.name} is not a NumPy file of numbers: {error}") from error
    except (zipfile.BadZipFile, zlib.error, MemoryError) as error:
        raise LatentFileError(f"{file.name} is damaged: {error}") from error
    if not found:
        raise LatentFileError(
            f"{file.name} holds no latents of this model: it needs arrays "
            f"[{info.num_ws}, {info.w_dim}] or [{info.w_dim}]"
        )
    if len(names) == len(found):
        return [(name, ws) for name, (_, ws) in zip(names, found, strict=True)]
    return found


def _arrays(file: Path) -> Iterator[tuple[str, NDArray]]:
    """Yield (name, array), one in memory at a time; the name is "" where there is only one."""
    if not zipfile.is_zipfile(file):
        with file.open("rb") as stream:  # np.load of a path leaves some damaged files open
            yield "", np.load(stream, allow_pickle=False)
        return
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > MAX_BYTES or len(entries) > MAX_ARRAYS:
        raise LatentFileError(f"{file.name} unpacks to more than 512 MB")
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        keys = sorted(arrays.files, key=lambda key: key != NAMES)
        several = len([key for key in keys if key != NAMES]) > 1
        for key in keys:
            array = arrays[key]
            if isinstance(array, np.ndarray):  # other files of an archive come as bytes
                yield key if several or key == NAMES else "", array


def _rows(array: NDArray, info: ModelInfo, count: int) -> NDArray[np.float32]:
    """Return an array's first latents [n, num_ws, w_dim]; none if it has another shape.

    None either if it does not hold finite numbers.
    """
    none = np.empty((0, info.num_ws, info.w_dim), np.float32)
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2, 3):
        return none
    if array.shape[-1] != info.w_dim or not array.size:
        return none
    if array.ndim == 1:
        array = array[None, None]
    elif array.ndim == 2:
        array = array[None] if len(array) in (1, info.num_ws) else array[:, None]
    if array.shape[1] not in (1, info.num_ws):
        return none
    with np.errstate(over="ignore"):
        ws = array[:count].astype(np.float32)
    if not np.isfinite(ws).all():
        return none
    return np.broadcast_to(ws, (len(ws), info.num_ws, info.w_dim))


def _named(name: str, rows: NDArray[np.float32]) -> list[tuple[str, NDArray[np.float32]]]:
    if len(rows) == 1:
        return [(name, rows[0].copy())]
    return [(f"{name} {index}", ws.copy()) for index, ws in enumerate(rows)]


def write_latents(path: str, library: Sequence[SavedLatent], arrays: ArrayStore) -> int:
    """Write saved latents as `w` and `names` of an .npz, or as one .npy; return how many.

    Latents of one shape fit into an array: where models of several sizes have saved some, those of
    the commonest shape are written. SaveError says why nothing could be.
    """
    shapes = Counter(saved.ws.shape for saved in library)
    shape = shapes.most_common(1)[0][0]
    written = [saved for saved in library if saved.ws.shape == shape]
    ws = np.stack([arrays.get(saved.ws) for saved in written])
    buffer = io.BytesIO()
    if Path(path).suffix.lower() == ".npy":
        np.save(buffer, ws, allow_pickle=False)
    else:
        names = np.array([saved.name for saved in written], dtype=np.str_)
        np.savez(buffer, allow_pickle=False, w=ws, names=names)
    save_bytes(path, buffer.getvalue())
    return len(written)
