"""Near-duplicates: the same picture saved again, resized or compressed harder.

A 64-bit difference hash (each bit: is a cell brighter than its right neighbour) finds candidates,
a comparison of 16-pixel thumbnails decides; the hash alone would also pair aligned portraits of
different people.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMB = 16
_MAX_HASH_BITS = 3  # so that of the four 16-bit bands at least one is equal
_MAX_LEVELS = 12  # largest difference of a thumbnail's cell, of 255
_MIN_CONTRAST = 2.0  # flatter pictures have no hash worth comparing
_MAX_COMPARED = 200  # with others of the same band: bounds the time


@dataclass(frozen=True, eq=False)
class Look:
    """What is kept of a picture: its hash (None = too flat) and thumbnail [16 * 16 * 4]."""

    hash: int | None
    thumb: bytes


def look_of(pixels: NDArray[np.uint8]) -> Look:
    """Return the look of a picture [H, W, C]."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    thumb = image.convert("RGBA").resize((THUMB, THUMB), Image.Resampling.BOX)
    # Box for both: a resized copy averages over the same areas.
    cells = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    bits = 0
    if cells.std() >= _MIN_CONTRAST:
        for brighter in (cells[:, 1:] > cells[:, :-1]).ravel():
            bits = bits << 1 | int(brighter)
        return Look(bits, thumb.tobytes())
    return Look(None, thumb.tobytes())


class NearDuplicates:
    """Remembers pictures and finds the first that looks like a new one."""

    def __init__(self) -> None:
        self._bands: tuple[dict[int, list[int]], ...] = tuple(defaultdict(list) for _ in range(4))
        self._seen: list[tuple[int, int, bytes]] = []  # (number, hash, thumbnail)

    def find_or_add(self, number: int, look: Look) -> int | None:
        """Return the number of an earlier picture that looks the same, else remember this one."""
        if look.hash is None:
            return None
        candidates: set[int] = set()
        for band, table in enumerate(self._bands):
            candidates.update(table[look.hash >> 16 * band & 0xFFFF][:_MAX_COMPARED])
        thumb = np.frombuffer(look.thumb, np.uint8).astype(np.int16)
        for place in sorted(candidates):
            earlier, bits, other = self._seen[place]
            if (bits ^ look.hash).bit_count() > _MAX_HASH_BITS:
                continue
            if np.abs(thumb - np.frombuffer(other, np.uint8)).max() <= _MAX_LEVELS:
                return earlier
        for band, table in enumerate(self._bands):
            table[look.hash >> 16 * band & 0xFFFF].append(len(self._seen))
        self._seen.append((number, look.hash, look.thumb))
        return None
