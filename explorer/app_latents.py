"""Latents in .npy and .npz files: read from elsewhere, written for elsewhere."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
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
    try:
        loaded = np.load(file, allow_pickle=False)
        arrays = {file.stem: loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise LatentFileError(f"{file.name} is not a NumPy file of numbers: {error}") from error
    found: list[tuple[str, NDArray[np.float32]]] = []
    for key, array in arrays.items():
        name = file.stem if len(arrays) == 1 else f"{file.stem} {key}"
        found += _split(name, array, info)
    if not found:
        raise LatentFileError(
            f"{file.name} holds no latents of this model: it needs arrays "
            f"[{info.num_ws}, {info.w_dim}] or [{info.w_dim}]"
        )
    return found[:MAX_LATENTS]


def _split(name: str, array: NDArray, info: ModelInfo) -> list[tuple[str, NDArray[np.float32]]]:
    """Return an array's latents; [] if it has another shape or does not hold finite numbers."""
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2, 3):
        return []
    if array.shape[-1] != info.w_dim or not np.isfinite(array).all():
        return []
    ws = array.astype(np.float32)
    if ws.ndim == 1:
        ws = ws[None, None]
    elif ws.ndim == 2:
        ws = ws[None] if len(ws) in (1, info.num_ws) else ws[:, None]
    if ws.shape[1] not in (1, info.num_ws):
        return []
    ws = np.broadcast_to(ws, (len(ws), info.num_ws, info.w_dim))
    if len(ws) == 1:
        return [(name, ws[0].copy())]
    return [(f"{name} {index}", rows.copy()) for index, rows in enumerate(ws)]


def write_latents(path: str, library: Sequence[SavedLatent], arrays: ArrayStore) -> int:
    """Write every saved latent as one array of an .npz; return how many. SaveError says why not."""
    named: dict[str, NDArray[np.float32]] = {}
    for saved in library:
        key = re.sub(r"[^\w.-]+", "_", saved.name) or "latent"
        number, unique = 2, key
        while unique in named:
            unique, number = f"{key}_{number}", number + 1
        named[unique] = arrays.get(saved.ws)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **named)
    save_bytes(path, buffer.getvalue())
    return len(named)
