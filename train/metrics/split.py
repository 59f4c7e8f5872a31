"""Which real pictures are compared with which; no torch.

What a model is compared with, as many real pictures are compared with, too: the distance between
two sets of real pictures is what a perfect model of them would have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.data_set import Pictures
from train.errors import DataError
from train.random import Draws

DEFAULT_COUNT = 5000


@dataclass(frozen=True, eq=False)
class Split:
    """Numbers of real pictures.

    reference: of the data set; both the model and the held-out pictures are compared with them.
    held_out:  of the second data set, or of the only one, none of them in `reference`; as many as
               the model makes.
    """

    reference: NDArray[np.int64]
    held_out: NDArray[np.int64]


def split(data: Pictures, second: Pictures | None, count: int | None, seed: int) -> Split:
    """Return the sides of a comparison of `count` pictures; DataError if there are not so many.

    Without a second data set, `count` pictures drawn by the seed are held out of the first, at most
    half of it. count None = 5000, or as many as there are.
    """
    source = data if second is None else second
    available = data.shape.count // 2 if second is None else second.shape.count
    if available < 2 or data.shape.count < 2:
        few = source if available < 2 else data
        needed = 4 if second is None else 2
        raise DataError(
            f"{few.name} has {few.shape.count:,} pictures, too few to compare: "
            f"at least {needed} are needed"
        )
    if count is not None and count < 2:
        raise DataError(f"--count must be at least 2, got {count}")
    if count is not None and count > available:
        why = "and half are held out; name others with --held-out" if second is None else ""
        raise DataError(
            f"--count must be at most {available:,}, got {count:,}: {source.name} has "
            f"{source.shape.count:,} pictures {why}".rstrip()
        )
    count = min(DEFAULT_COUNT, available) if count is None else count
    order = Draws(seed).rng("metrics split", 0).permutation(source.shape.count)
    held_out = np.sort(order[:count])
    if second is None:
        return Split(np.sort(order[count:]), held_out)
    return Split(np.arange(data.shape.count), held_out)
