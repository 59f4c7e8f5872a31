"""Freed memory stays with the process where the C library can do that."""

from __future__ import annotations

import pytest

from tests.cuda_ops.test_dispatch import run_script

SCRIPT = """
import resource, torch
from cuda_ops.cpu.heap import keep_freed_memory
assert keep_freed_memory()
pages = 8_000_000 * 4 // resource.getpagesize()
for _ in range(30):
    torch.ones(8_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    torch.ones(8_000_000)
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print("kept" if faults < 5 * pages else f"{faults} faults, of {20 * pages}")
"""


@pytest.mark.platform("linux")
def test_memory_is_used_again():
    assert run_script(SCRIPT, OMP_NUM_THREADS="1") == "kept"
