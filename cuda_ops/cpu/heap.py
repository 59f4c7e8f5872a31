"""Keep freed memory for the next tensor: asking the system for it again costs more than computing.

Every large tensor is otherwise mapped when it is made and given back when it is freed, and each of
its pages is a fault and a page of zeros. In a training step that was a tenth of all processor time.
"""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of glibc's malloc.h
_LARGEST_INT = 2**31 - 1


def keep_freed_memory() -> bool:
    """Let this process keep what it frees until it ends; return whether the system can do that.

    For processes that do the same again and again: the process stays at its peak size, whatever it
    does later. Only glibc on Linux can; elsewhere nothing changes.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library
        return False
    return bool(mallopt(_M_TRIM_THRESHOLD, _LARGEST_INT) and mallopt(_M_MMAP_MAX, 0))
