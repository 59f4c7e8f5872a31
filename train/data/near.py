"""Near-duplicates: the same picture saved again, resized or compressed harder.

A 64-bit difference hash (each bit: is a cell brighter than its right neighbour) finds candidates,
a comparison of 16-pixel thumbnails decides; the hash alone would also pair aligned portraits of
different people. Pictures are filed under each 16-bit quarter of their hash, and looked up with
the bits flipped, too, that hang by a hair.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMB = 16
# Differences of two thumbnails, in levels of 255. Measured on drawn portraits at 64 px: the same
# one after JPEG of quality 40: at most 43, on average 3.3; different ones: at least 52 and 7.8.
_MAX_LEVELS, _MEAN_LEVELS = 40, 3.5
_MIN_CONTRAST = 2.0  # flatter pictures have no hash worth comparing
_MAX_COMPARED = 100  # with others filed in the same place: bounds the time
_QUARTERS, _QUARTER_BITS, _FRAGILE = 4, 16, 3


@dataclass(frozen=True, eq=False)
class Look:
    """What is kept of a picture.

    keys:  per quarter of its hash, what it may look like: first as it is, then with fragile bits
           flipped. Empty = too flat to be compared.
    thumb: RGBA, 16 * 16 * 4 bytes.
    """

    keys: tuple[tuple[int, ...], ...]
    thumb: bytes


def look_of(pixels: NDArray[np.uint8]) -> Look:
    """Return the look of a picture [H, W, C]."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    # Box, twice: a resized copy averages over the same areas.
    thumb = image.convert("RGBA").resize((THUMB, THUMB), Image.Resampling.BOX).tobytes()
    cells = np.asarray(image.convert("F").resize((9, 8), Image.Resampling.BOX))
    if cells.std() < _MIN_CONTRAST:
        return Look((), thumb)
    steps = (cells[:, 1:] - cells[:, :-1]).reshape(_QUARTERS, _QUARTER_BITS)
    return Look(tuple(_keys(quarter) for quarter in steps), thumb)


class NearDuplicates:
    """Remembers pictures and finds the first that looks like a new one."""

    def __init__(self) -> None:
        self._filed: tuple[dict[int, list[int]], ...] = tuple(
            defaultdict(list) for _ in range(_QUARTERS)
        )
        self._seen: list[tuple[int, bytes]] = []  # (number, thumbnail)

    def find_or_add(self, number: int, look: Look) -> int | None:
        """Return the number of an earlier picture that looks the same, else remember this one."""
        candidates: set[int] = set()
        for filed, keys in zip(self._filed, look.keys, strict=False):
            for key in keys:
                candidates.update(filed.get(key, ())[:_MAX_COMPARED])
        thumb = np.frombuffer(look.thumb, np.uint8).astype(np.int16)
        for place in sorted(candidates):
            earlier, other = self._seen[place]
            apart = np.abs(thumb - np.frombuffer(other, np.uint8))
            if apart.max() <= _MAX_LEVELS and apart.mean() <= _MEAN_LEVELS:
                return earlier
        for filed, keys in zip(self._filed, look.keys, strict=False):
            filed[keys[0]].append(len(self._seen))
        self._seen.append((number, look.thumb))
        return None


def _keys(steps: NDArray[np.float32]) -> tuple[int, ...]:
    """Return a quarter of the hash, then with each choice of its most fragile bits flipped."""
    key = int(((steps > 0) << np.arange(_QUARTER_BITS)).sum())
    keys = [key]
    for bit in np.argsort(np.abs(steps))[:_FRAGILE]:
        keys += [other ^ 1 << int(bit) for other in keys]
    return tuple(keys)
