"""The one owner of large arrays that settings refer to (saved latents)."""

from __future__ import annotations

import hashlib
import threading

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.settings import ArrayRef


class ArrayStore:
    """Immutable float32 arrays by digest. Safe to read from several threads.

    Nothing is ever dropped while the window is open: undo may bring any reference back, and a saved
    latent is a few kilobytes.
    """

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def add(self, array: ArrayLike) -> ArrayRef:
        """Keep a copy of `array` as C-contiguous float32 and return its reference."""
        values = np.array(array, dtype="<f4", order="C", copy=True)
        values.setflags(write=False)
        reference = array_reference(values)
        with self._lock:
            self._arrays.setdefault(reference.digest, values)
        return reference

    def get(self, reference: ArrayRef) -> NDArray[np.float32]:
        """Return the array; KeyError if it was never added."""
        with self._lock:
            return self._arrays[reference.digest]

    def __contains__(self, reference: ArrayRef) -> bool:
        with self._lock:
            return reference.digest in self._arrays


def array_reference(values: NDArray[np.float32]) -> ArrayRef:
    header = ("f4" + str(values.shape)).encode()
    return ArrayRef(
        digest=hashlib.sha256(header + values.tobytes()).hexdigest(),
        shape=tuple(int(size) for size in values.shape),
    )
