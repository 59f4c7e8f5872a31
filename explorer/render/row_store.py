"""Keeps many small rows in one block of memory.

A tensor of its own for each would lie between the large activations of its time and keep their
memory from being given back: half a megabyte for two kilobytes was measured.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

import torch
from torch import Tensor


class RowStore:
    """The `size` most recently used rows by key. For one thread.

    Rows that differ in length, type or device lie in blocks of their own, each of `size` rows.
    """

    def __init__(self, size: int) -> None:
        assert size >= 1
        self._size = size
        self._places: OrderedDict[Hashable, tuple[Hashable, int]] = OrderedDict()
        self._blocks: dict[Hashable, Tensor] = {}
        self._free: dict[Hashable, list[int]] = {}

    def get(self, key: Hashable, make: Callable[[], Tensor]) -> Tensor:
        """Return a copy of the row of `key`, [length]; if it is new, `make` it first."""
        if key in self._places:
            self._places.move_to_end(key)
            kind, slot = self._places[key]
            return self._blocks[kind][slot].clone()
        row = make()
        if len(self._places) == self._size:
            _, (kind, slot) = self._places.popitem(last=False)
            self._release(kind, slot)
        kind = (len(row), row.dtype, row.device)
        if kind not in self._blocks:
            self._blocks[kind] = torch.empty(
                self._size, len(row), dtype=row.dtype, device=row.device
            )
            self._free[kind] = list(range(self._size - 1, -1, -1))
        slot = self._free[kind].pop()
        self._blocks[kind][slot] = row
        self._places[key] = (kind, slot)
        return row

    def __len__(self) -> int:
        return len(self._places)

    def _release(self, kind: Hashable, slot: int) -> None:
        free = self._free[kind]
        free.append(slot)
        if len(free) == self._size:  # nothing of this kind is left
            del self._free[kind], self._blocks[kind]
