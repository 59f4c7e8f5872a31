"""MobileNetV2 by its formulas, in numpy and float64, from named tensors alone.

Written apart from train/metrics/mobilenet.py: what is depthwise, widened or added to the input is
told by the tensors, and only the places where the picture is halved are written down.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[np.float64]]
HALVING = (0, 2, 4, 7, 14)  # 224 -> 112 -> 56 -> 28 -> 14 -> 7
_EPSILON = 1e-5


def mobilenet(x: NDArray[np.float64], tensors: Tensors) -> NDArray[np.float64]:
    """Return features [1280] of a prepared picture [3, 224, 224]."""
    x = _clipped(_unit(x, tensors, "features.0.0", "features.0.1", 2))
    for index in range(1, 18):
        x = block(x, tensors, index)
    return _clipped(_unit(x, tensors, "features.18.0", "features.18.1", 1)).mean((1, 2))


def block(x: NDArray[np.float64], tensors: Tensors, index: int) -> NDArray[np.float64]:
    """Return what inverted residual `index` (1 to 17) makes of [C, H, W]."""
    name = f"features.{index}.conv"
    stride = 2 if index in HALVING else 1
    y = x
    if f"{name}.1.0.weight" in tensors:  # widened first
        y = _clipped(_unit(y, tensors, f"{name}.0.0", f"{name}.0.1", 1))
        y = _clipped(_unit(y, tensors, f"{name}.1.0", f"{name}.1.1", stride))
        y = _unit(y, tensors, f"{name}.2", f"{name}.3", 1)
    else:
        y = _clipped(_unit(y, tensors, f"{name}.0.0", f"{name}.0.1", stride))
        y = _unit(y, tensors, f"{name}.1", f"{name}.2", 1)
    return x + y if x.shape == y.shape else y


def _unit(
    x: NDArray[np.float64], tensors: Tensors, conv: str, norm: str, stride: int
) -> NDArray[np.float64]:
    """Return the convolution and the normalisation with the statistics of training."""
    y = _conv(x, tensors[f"{conv}.weight"], stride)
    mean, var, gamma, beta = (
        tensors[f"{norm}.{part}"][:, None, None]
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return gamma * (y - mean) / np.sqrt(var + _EPSILON) + beta


def _conv(x: NDArray[np.float64], weight: NDArray[np.float64], stride: int) -> NDArray[np.float64]:
    size = weight.shape[2]
    margin = size // 2
    padded = np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
    out = np.zeros([len(weight), x.shape[1] // stride, x.shape[2] // stride])
    for down in range(size):
        for right in range(size):
            seen = padded[:, down:, right:][:, ::stride, ::stride]
            seen = seen[:, : out.shape[1], : out.shape[2]]
            taps = weight[:, :, down, right]
            if weight.shape[1] == 1:
                out += taps[:, :, None] * seen
            else:
                out += np.tensordot(taps, seen, 1)
    return out


def _clipped(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(x, 0, 6)
