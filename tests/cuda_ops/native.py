"""What the tests of native operators share: the instruction sets here, and how far off is fine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from cuda_ops.cpu import build, library

TOLERANCE = 1e-4  # of the largest value of the reference

# Every instruction set of this processor; those it lacks are skipped with their marker's reason.
ISAS = [
    pytest.param(isa, marks=pytest.mark.avx512 if isa == "avx512" else ())
    for isa in build.ISA_FLAGS.get(build.machine(), {})
]


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest):
    """Run the test with the kernels of one instruction set."""
    with library.using(request.param) as kernels:
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
