"""Every random draw of training, keyed by (seed, purpose, global sample index).

A draw depends on nothing else: not on what was drawn before, on the number of processes, or on how
a batch is cut. So resuming needs no generator states, and N processes draw what one would.
Philox (Salmon et al., SC 2011) is a counter-based generator: seed and purpose make its key, the
sample index the upper half of its counter, which leaves each sample 2^128 numbers of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np


class Draws:
    """The random numbers of one run.

    Args:
        seed: of the run; any integer.
    """

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self._keys: dict[str, int] = {}

    def rng(self, purpose: str, index: int) -> np.random.Generator:
        """Return the generator of one sample for one purpose, at its beginning."""
        key = self._keys.get(purpose)
        if key is None:
            digest = hashlib.sha256(f"{self.seed}|{purpose}".encode()).digest()
            key = self._keys[purpose] = int.from_bytes(digest[:16], "little")
        return np.random.Generator(np.random.Philox(key=key, counter=int(index) << 128))

    def normal(self, purpose: str, indices: Sequence[int], shape: Sequence[int]) -> np.ndarray:
        """Return N(0, 1) of [len(indices), *shape], float32."""
        out = np.empty([len(indices), *shape], np.float32)
        for row, index in enumerate(indices):
            self.rng(purpose, index).standard_normal(dtype=np.float32, out=out[row])
        return out

    def uniform(self, purpose: str, indices: Sequence[int], count: int) -> np.ndarray:
        """Return U[0, 1) of [len(indices), count], float64."""
        return np.stack([self.rng(purpose, index).random(count) for index in indices])

    def integers(self, purpose: str, indices: Sequence[int], below: int) -> np.ndarray:
        """Return one integer in [0, below) per index, int64 [len(indices)]."""
        return np.array([self.rng(purpose, index).integers(below) for index in indices], np.int64)
