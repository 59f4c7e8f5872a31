"""What the tests of native operators share: the instruction sets here, and how far off is fine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from cuda_ops.cpu import build, library
from tests.cuda_ops.neon import emulated

TOLERANCE = 1e-4  # of the largest value of the reference

# Every instruction set: this processor's, where those it lacks are skipped with their marker's
# reason, and NEON in an emulator on other processors.
_MARKS = {"avx512": (pytest.mark.avx512,)}
_NAMES = list(build.ISA_FLAGS.get(build.machine(), {}))
HERE = [pytest.param(isa, marks=_MARKS.get(isa, ())) for isa in _NAMES]
# The time is for the first of them, which compiles the emulator's end with all of C++'s library.
_EMULATED = pytest.param(
    "neon", marks=(pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(1200))
)
ISAS = HERE if "neon" in _NAMES else [*HERE, _EMULATED]


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest):
    """Run the test with the kernels of one instruction set."""
    with (library if request.param in _NAMES else emulated).using(request.param) as kernels:
        assert kernels.handle is not None, kernels.reason
        yield request.param


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Return float32 normal values, the same for the same shape and seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def error(values: Tensor, expected: Tensor) -> float:
    """Return the largest deviation, as a share of the largest value expected."""
    assert values.shape == expected.shape
    assert values.dtype == expected.dtype
    if not expected.numel():
        return 0.0
    return float((values - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


def assert_close(values: Sequence[Tensor], expected: Sequence[Tensor]) -> None:
    """Compare what the kernels give with what the reference gives."""
    for value, right in zip(values, expected, strict=True):
        assert error(value, right) < TOLERANCE
