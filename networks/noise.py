"""Random noise pictures that depend on nothing but a seed, the layer's name and the size."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

NOISE_MODES = ("const", "none", "random")


def random_noise(
    seeds: Sequence[int], layer: str, size: int, *, device: torch.device, dtype: torch.dtype
) -> Tensor:
    """Draw one noise picture per seed.

    The picture of a seed is a pure function of (seed, layer, size): the same alone, in any batch
    and on any device, since it is always drawn on the CPU, from a counter-based generator keyed by
    a hash of the three.

    Args:
        seeds: one integer per sample.
        layer: name of the layer, so that layers of one size differ.
        size:  width and height in pixels.

    Returns [len(seeds), 1, size, size], standard normal.
    """
    pictures = {seed: _picture(seed, layer, size) for seed in set(seeds)}
    noise = torch.from_numpy(np.stack([pictures[seed] for seed in seeds]))
    return noise[:, None].to(device=device, dtype=dtype)


def _picture(seed: int, layer: str, size: int) -> np.ndarray:
    """Return [size, size], float32."""
    digest = hashlib.sha256(f"{int(seed)}|{layer}|{size}x{size}".encode()).digest()
    rng = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
    return rng.standard_normal([size, size], dtype=np.float32)


def noise_seeds(noise_seed: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Return one seed per sample; ValueError if a list of another length was given."""
    if isinstance(noise_seed, (int, np.integer)):
        return (int(noise_seed),) * count
    seeds = tuple(int(seed) for seed in noise_seed)
    if len(seeds) != count:
        raise ValueError(f"noise_seed must be one integer or {count} of them, got {len(seeds)}")
    return seeds
