"""From a picture of any size to one of the data set: channels, crop, resize."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from train.data.choices import ImportChoices
from train.data.pictures import open_picture

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_FILTERS = {"lanczos": Image.Resampling.LANCZOS, "box": Image.Resampling.BOX}
Box = tuple[float, float, float, float]  # left, top, right, bottom


def prepare(
    pixels: NDArray[np.uint8], choices: ImportChoices, resolution: int, channels: int
) -> NDArray[np.uint8]:
    """Return a picture as the data set holds it.

    Args:
        pixels:   uint8 [H, W, C], C from 1 to 4.
        channels: of the result: 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA.

    Returns uint8 [resolution, resolution, channels].
    """
    height, width = pixels.shape[:2]
    image = to_channels(_image(pixels), channels, choices.background)
    box, target, offset = placement(width, height, choices, resolution)
    if (0, 0, *target) != (*box[:2], *image.size) or box[2:] != image.size:
        # Pillow averages transparent pictures with premultiplied alpha.
        image = image.resize(target, _FILTERS[choices.filter], box=box)
    out = np.empty([resolution, resolution, channels], np.uint8)
    if target != (resolution, resolution):
        out[:] = _bars(choices, channels)
    left, top = offset
    out[top : top + target[1], left : left + target[0]] = np.asarray(image).reshape(
        target[1], target[0], channels
    )
    return out


def placement(
    width: int, height: int, choices: ImportChoices, resolution: int
) -> tuple[Box, tuple[int, int], tuple[int, int]]:
    """Return the part of a picture that is used, its size in the result, and where it goes."""
    whole: Box = (0, 0, width, height)
    square = (resolution, resolution)
    if choices.crop == "stretch":
        return whole, square, (0, 0)
    if choices.crop == "fit":
        scale = resolution / max(width, height)
        target = (max(round(width * scale), 1), max(round(height * scale), 1))
        return whole, target, ((resolution - target[0]) // 2, (resolution - target[1]) // 2)
    aspect = choices.aspect if choices.crop == "wide" else 1.0
    part_width = min(width, max(round(height * aspect), 1))
    part_height = min(height, max(round(width / aspect), 1))
    left, top = (width - part_width) // 2, (height - part_height) // 2
    box = (left, top, left + part_width, top + part_height)
    if choices.crop == "centre":
        return box, square, (0, 0)
    target_height = max(round(resolution / aspect), 1)
    return box, (resolution, target_height), (0, (resolution - target_height) // 2)


def share_kept(width: int, height: int, choices: ImportChoices) -> float:
    """Return which share of a picture's area the crop keeps, from 0 to 1."""
    left, top, right, bottom = placement(width, height, choices, 256)[0]
    return (right - left) * (bottom - top) / (width * height)


def enlargement(width: int, height: int, choices: ImportChoices, resolution: int) -> float:
    """Return by which factor a picture is enlarged; below 1 it is made smaller."""
    (left, top, right, bottom), target, _ = placement(width, height, choices, resolution)
    return max(target[0] / (right - left), target[1] / (bottom - top))


def to_channels(image: Image.Image, channels: int, background: tuple[int, int, int]) -> Image.Image:
    """Return the picture with other channels; transparency that goes is put on the background."""
    mode = _MODES[channels]
    if image.mode == mode:
        return image
    if channels in (1, 3) and image.mode in ("LA", "RGBA"):
        image = image.convert("RGBA")
        behind = Image.new("RGBA", image.size, (*background, 255))
        image = Image.alpha_composite(behind, image).convert("RGB")
    if channels == 2:
        return image.convert("RGBA").convert("LA") if image.mode == "P" else image.convert("LA")
    return image.convert(mode)


def preview(
    payload: bytes | NDArray[np.uint8], choices: ImportChoices, resolution: int, channels: int
) -> NDArray[np.uint8]:
    """Return one picture of a source as the data set will hold it, for display: RGBA [R, R, 4].

    Raises pictures.UnusableError with the reason in words.
    """
    pixels = prepare(open_picture(payload).pixels, choices, resolution, channels)
    return np.asarray(_image(pixels).convert("RGBA"))


def _image(pixels: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _bars(choices: ImportChoices, channels: int) -> tuple[int, ...]:
    """Return the colour around the picture: black in wide sets, as others do; else the background.

    Transparent sets have transparent bars.
    """
    red, green, blue = (0, 0, 0) if choices.crop == "wide" else choices.background
    grey = round(0.299 * red + 0.587 * green + 0.114 * blue)
    return {1: (grey,), 2: (grey, 0), 3: (red, green, blue), 4: (red, green, blue, 0)}[channels]
