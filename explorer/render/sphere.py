"""Ways between two z: normal vectors lie near a sphere, and a straight line would leave it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.settings import PLANE_ROW, SEED_MODULUS
from explorer.slices import LatentPart


def seeds_of(parts: Sequence[LatentPart]) -> tuple[int, int] | None:
    """Return the seeds of two parts that are exactly seeds; None if these have no z."""
    if len(parts) != 2 or any(
        part.anchor is not None or part.x != math.floor(part.x) or part.y != math.floor(part.y)
        for part in parts
    ):
        return None
    first, second = ((int(p.x) + PLANE_ROW * int(p.y)) % SEED_MODULUS for p in parts)
    return first, second


def slerp(a: NDArray[np.float32], b: NDArray[np.float32], u: float) -> NDArray[np.float32]:
    """Return the point at the share u of the way from a to b, [z_dim], at a constant angular speed.

    The length goes evenly from that of a to that of b (Shoemake 1985, for vectors of any length).
    Opposite vectors have no way between them: then the way is straight.
    """
    start, end = a.astype(np.float64), b.astype(np.float64)
    long_a, long_b = np.linalg.norm(start), np.linalg.norm(end)
    if long_a == 0 or long_b == 0:
        return ((1 - u) * start + u * end).astype(np.float32)
    start, end = start / long_a, end / long_b
    angle = math.atan2(
        float(np.linalg.norm(start - end)) / 2, float(np.linalg.norm(start + end)) / 2
    )
    angle *= 2
    if angle < 1e-6 or math.pi - angle < 1e-6:
        direction = (1 - u) * start + u * end
    else:
        direction = np.sin((1 - u) * angle) * start + np.sin(u * angle) * end
        direction /= math.sin(angle)
    return (direction * ((1 - u) * long_a + u * long_b)).astype(np.float32)
