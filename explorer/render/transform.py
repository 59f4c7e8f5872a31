"""The input transform of StyleGAN3: from what a user asks to the matrix the network takes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from explorer.settings import InputTransform, round_half_up


def forward_matrix(transform: InputTransform, resolution: int) -> NDArray[np.float64]:
    """Return the 3x3 matrix that moves the picture as asked.

    Rows [cos a, sin a, x], [-sin a, cos a, y], [0, 0, 1], a = 2 pi turns, x and y in image widths;
    with `round_to_pixels` x and y are whole multiples of 1 / resolution.
    """
    angle = 2 * math.pi * transform.rotate_turns
    x, y = transform.translate_x, transform.translate_y
    if transform.round_to_pixels:
        x = round_half_up(x * resolution) / resolution
        y = round_half_up(y * resolution) / resolution
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, sin, x], [-sin, cos, y], [0, 0, 1]])


def inverse_matrix(transform: InputTransform, resolution: int) -> NDArray[np.float64]:
    """Return the inverse, which synthesis takes: from places in the picture to the input's.

    The matrix is a rotation and a shift, so its inverse always exists and is written down directly.
    """
    forward = forward_matrix(transform, resolution)
    inverse = np.eye(3)
    inverse[:2, :2] = forward[:2, :2].T
    inverse[:2, 2] = -forward[:2, :2].T @ forward[:2, 2]
    return inverse + 0.0  # no negative zeros: equal requests have equal bytes
