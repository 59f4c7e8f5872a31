"""The random parameters of augmentation, one generator per sample, in a fixed order.

Which operations are switched on, and how strong they are, changes nothing in what the others draw.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from train.random import Draws

GATES = (
    *("flip", "turn", "blit", "scale", "pre", "aspect", "post", "shift"),
    *("brightness", "contrast", "luma", "hue", "saturation"),
    *("band0", "band1", "band2", "band3", "noise", "cutout"),
)
UNIFORMS = ("flip", "turn", "blit_x", "blit_y", "pre", "post", "luma", "hue", "cut_x", "cut_y")
NORMALS = (
    *("scale", "aspect", "shift_x", "shift_y"),
    *("brightness", "contrast", "saturation"),
    *("band0", "band1", "band2", "band3", "noise"),
)


class SampleDraws:
    """What is drawn for a batch.

    Args:
        draws:   of the run.
        purpose: distinguishes fakes and reals of different phases.
        indices: global index of each sample.
    """

    def __init__(self, draws: Draws, purpose: str, indices: Sequence[int]) -> None:
        gates = np.empty([len(indices), len(GATES)])
        uniforms = np.empty([len(indices), len(UNIFORMS)])
        normals = np.empty([len(indices), len(NORMALS)])
        self._rngs = [draws.rng(f"augment {purpose}", index) for index in indices]
        for row, rng in enumerate(self._rngs):
            rng.random(out=gates[row])
            rng.random(out=uniforms[row])
            rng.standard_normal(out=normals[row])
        self._gates = _columns(GATES, gates)
        self._uniforms = _columns(UNIFORMS, uniforms)
        self._normals = _columns(NORMALS, normals)

    def __len__(self) -> int:
        return len(self._rngs)

    def gate(self, name: str, p: float) -> Tensor:
        """Return which samples an operation of probability p applies to, bool [N]."""
        return self._gates[name] < p

    def uniform(self, name: str, low: float, high: float) -> Tensor:
        """Return U[low, high), float64 [N]."""
        return low + (high - low) * self._uniforms[name]

    def integer(self, name: str, below: int) -> Tensor:
        """Return one of 0 .. below - 1, float64 [N]."""
        return (self._uniforms[name] * below).floor()

    def normal(self, name: str) -> Tensor:
        """Return N(0, 1), float64 [N]."""
        return self._normals[name]

    def pictures(self, shape: Sequence[int]) -> Tensor:
        """Return N(0, 1) of [N, *shape], float32; to be called once."""
        parts = [rng.standard_normal(tuple(shape), dtype=np.float32) for rng in self._rngs]
        return torch.from_numpy(np.stack(parts))


def _columns(names: Sequence[str], values: np.ndarray) -> dict[str, Tensor]:
    return {name: torch.from_numpy(values[:, i].copy()) for i, name in enumerate(names)}
