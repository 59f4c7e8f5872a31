"""The viridis colour map (Smith and van der Walt, CC0) as a table of bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

ENTRIES = 1024

# Evenly spaced colours of the map; what lies between them is interpolated.
_ANCHORS = (
    "440154 481567 482677 453781 404788 39568C 33638D 2D708E 287D8E 238A8D "
    "1F968B 20A387 29AF7F 3CBB75 55C667 73D055 95D840 B8DE29 DCE319 FDE725"
)


@cache
def viridis() -> NDArray[np.uint8]:
    """Return the table [1024, 4], RGBA, dark to bright; read-only."""
    anchors = np.array([list(bytes.fromhex(colour)) for colour in _ANCHORS.split()], dtype=float)
    position = np.linspace(0, 1, ENTRIES)
    knots = np.linspace(0, 1, len(anchors))
    table = np.full((ENTRIES, 4), 255, dtype=np.uint8)
    for channel in range(3):
        table[:, channel] = np.rint(np.interp(position, knots, anchors[:, channel]))
    table.setflags(write=False)
    return table


def colours(values: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Return the colours of `values` (0..1, clamped), shaped like them plus a last axis of 4."""
    index = np.clip(np.nan_to_num(values) * (ENTRIES - 1) + 0.5, 0, ENTRIES - 1).astype(np.int32)
    return viridis()[index]
