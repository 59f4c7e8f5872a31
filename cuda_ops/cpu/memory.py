"""Memory for large results, used again instead of being given back to the system each time.

The C library returns blocks above 32 MB to the system at once, and a picture of 1024 pixels then
spends as long in page faults as in its convolutions. Blocks are kept here when the tensors in them
are gone, in pages of 2 MB where the system has them.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import weakref
from collections import deque

import numpy as np
import torch
from torch import Tensor

SMALLEST = 2**20  # bytes; below, the C library does as well
KEPT = 5 * 2**27  # bytes: two of each size of StyleGAN2 at 1024 pixels, in and out of every layer

# Python's maps are shared with forked processes unless told otherwise: what a child computes would
# be written into the tensors of its parent.
_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}

# Blocks that no tensor lies in, the longest unused first. A tensor may die at any moment and in
# any thread, also in the middle of these functions, so that there is no lock to hold: the methods
# of deque are atomic.
_free: deque[mmap.mmap] = deque()


def empty(*shape: int) -> Tensor:
    """Return a tensor of that shape with any content: float32, contiguous, on the CPU.

    Raises MemoryError if there is not enough.
    """
    count = math.prod(shape)
    if 4 * count < SMALLEST:
        return torch.empty(shape)
    block = _take(4 * count) or _new(4 * count)
    values = np.frombuffer(block, dtype=np.float32, count=count)
    weakref.finalize(values, _give_back, block).atexit = False
    # Shaped by numpy: a view of torch's could not be modified in place behind an operator.
    return torch.from_numpy(values.reshape(shape))


def kept_bytes() -> int:
    """Return the size of the blocks that are kept and not in use, in bytes."""
    return sum(len(block) for block in list(_free))


def _take(size: int) -> mmap.mmap | None:
    """Take a block of about `size` bytes out of the free ones; None if there is none."""
    for block in list(_free):
        if size <= len(block) <= 1.25 * size:
            try:
                _free.remove(block)
            except ValueError:  # another thread was faster
                continue
            return block
    return None


def _new(size: int) -> mmap.mmap:
    try:
        block = mmap.mmap(-1, size, **_PRIVATE)
    except OSError:
        raise MemoryError(f"there are not {size} bytes of memory for a result") from None
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without large pages
            block.madvise(mmap.MADV_HUGEPAGE)
    return block


def _give_back(block: mmap.mmap) -> None:
    _free.append(block)
    while kept_bytes() > KEPT:
        try:
            _free.popleft()
        except IndexError:
            return
