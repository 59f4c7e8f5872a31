"""A picture of any size as a frame of one size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from explorer.errors import UserError
from explorer.live_state import LiveOptions
from explorer.video.encode import Frame, even_sides
from explorer.video.pixels import as_rgb, fitted_to

SMALLEST_PX = 512  # what a picture is enlarged to if nothing is said
LARGEST_PX = 8192


class LiveError(UserError):
    """The canvas cannot be recorded or sent as asked; the text says what to change."""


def file_size(width: int, height: int, options: LiveOptions) -> tuple[int, int]:
    """Return the size of a file whose first picture is `width` x `height`; LiveError if too large.

    H.264 is 4:2:0, which has even sides.
    """
    scale = options.scale or math.ceil(SMALLEST_PX / max(width, height))
    wide, high = width * scale, height * scale
    if max(wide, high) > LARGEST_PX:
        raise LiveError(
            f"The recording would be {wide}x{high} pixels, but sides go to {LARGEST_PX}; "
            "choose a smaller size in the Live panel"
        )
    return wide + wide % 2, high + high % 2


def fitted(rgba: NDArray[np.uint8], width: int, height: int, *, sharp: bool) -> Frame:
    """Return [height, width, 3], contiguous: the picture as large as it fits, on black.

    Args:
        rgba:  [H, W, 4].
        sharp: whether its pixels stay squares.
    """
    opaque = bool((rgba[:, :, 3] == 255).all())
    rgb = rgba[:, :, :3] if opaque else as_rgb(rgba)
    here_y, here_x = rgb.shape[:2]
    if (here_x + here_x % 2, here_y + here_y % 2) == (width, height):
        return np.ascontiguousarray(even_sides(rgb))
    return np.ascontiguousarray(fitted_to(rgb, width, height, "nearest" if sharp else "lanczos"))
