"""Pictures to bytes: the rule, and that the kernels give its every bit."""

from __future__ import annotations

import pytest
import torch

from cuda_ops.rgba8 import rgba8
from tests.cuda_ops.native import isa, normal

__all__ = ["isa"]


@pytest.mark.parametrize("impl", ["native", "reference"])
def test_the_rule(impl: str):
    values = torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])
    pixels = rgba8(values[None, None].expand(3, 1, 7), impl=impl)
    assert pixels[0, :, 0].tolist() == [0, 0, 64, 128, 191, 255, 255]
    assert pixels[0, :, 3].tolist() == [255] * 7


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("gain", [1.0, 0.3, 2.7])
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (33, 47), (256, 257)])
def test_the_bytes_are_the_references(isa: str, channels: int, gain: float, size: tuple[int, int]):
    img = normal(channels, *size) * 0.7
    # Values half a bit on either side of where a byte changes.
    edges = (torch.arange(256) - 128) / 127.5
    near = torch.stack([edges.nextafter(edges - 1), edges, edges.nextafter(edges + 1)]).flatten()
    special = torch.tensor([float("inf"), float("-inf"), float("nan"), 1e38, -1e38, 0.0, -0.0])
    wanted = torch.cat([near, special])
    count = min(len(wanted), img[0].numel())
    img[0].flatten()[:count] = wanted[:count]
    native = rgba8(img, gain=gain, impl="native")
    assert torch.equal(native, rgba8(img, gain=gain, impl="reference"))
    assert torch.equal(rgba8(img.transpose(1, 2), gain=gain), native.transpose(0, 1))


def test_errors_say_what_is_allowed():
    with pytest.raises(ValueError, match=r"1, 3 or 4 channels, got \[2, 4, 4\]"):
        rgba8(normal(2, 4, 4))
