"""Pixels of a frame: 8 or 16 bit, side by side, scaled, with a caption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.png import result_pixels
from explorer.request import RenderResult
from explorer.video.plan import Filter, VideoOptions

Pixels = NDArray[Any]  # [H, W, C] uint8 or uint16, C of 1, 3 or 4

_CAPTION_SHARE = 0.045  # of the height, with a smallest size that can be read
_CAPTION_MIN_PX = 10


def frame_pixels(result: RenderResult, bits: int) -> Pixels:
    """Return the picture of a result as [H, W, C]: what a PNG of it holds.

    16 bit comes from the float picture: -1 is 0 and 1 is 65535, rounded. What is no picture of the
    network but a view of it (spectra, layers) has 8 bits to start with, and is spread over 16.
    """
    pixels = result_pixels(result)
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    if bits == 8:
        return pixels
    view, img = result.request.layer, result.img
    plain = view.mode == "colour" and not (view.spectrum or view.normalise or view.base_channel)
    if img is None or not plain or img.shape[0] not in (1, 3, 4):
        return pixels.astype(np.uint16) * 257
    gain = np.full((img.shape[0], 1, 1), 10 ** (view.gain_db / 20))
    gain[3:] = 1  # alpha
    levels = (img * gain + 1) * (65535 / 2)
    return np.rint(np.clip(levels, 0, 65535)).astype(np.uint16).transpose(1, 2, 0)


def tiled(cells: Sequence[Pixels], columns: int) -> Pixels:
    """Return cells row by row in one picture; smaller ones are enlarged to the largest one."""
    if len(cells) == 1:
        return cells[0]
    height, width = (max(cell.shape[axis] for cell in cells) for axis in (0, 1))
    fitted = [fitted_to(as_rgb(cell), width, height, "lanczos") for cell in cells]
    rows = [np.concatenate(fitted[i : i + columns], 1) for i in range(0, len(fitted), columns)]
    return np.concatenate(rows, 0)


def as_rgb(pixels: Pixels) -> Pixels:
    """Return [H, W, 3]: grey three times, what is transparent on black."""
    if pixels.shape[2] == 3:
        return pixels
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    full = np.iinfo(pixels.dtype).max
    mixed = pixels[:, :, :3].astype(np.float64) * pixels[:, :, 3:] / full
    return np.rint(mixed).astype(pixels.dtype)


def fitted_to(pixels: Pixels, width: int, height: int, how: Filter) -> Pixels:
    """Return [height, width, C]: as large as it fits, in the middle, on black."""
    here_y, here_x = pixels.shape[:2]
    if (here_x, here_y) == (width, height):
        return pixels
    factor = min(width / here_x, height / here_y)
    inner_x = min(width, max(1, round(here_x * factor)))
    inner_y = min(height, max(1, round(here_y * factor)))
    inner = scaled(pixels, inner_x, inner_y, how)
    if (inner_x, inner_y) == (width, height):
        return inner
    out = np.zeros((height, width, pixels.shape[2]), pixels.dtype)
    y, x = (height - inner_y) // 2, (width - inner_x) // 2
    out[y : y + inner_y, x : x + inner_x] = inner
    return out


def scaled(pixels: Pixels, width: int, height: int, how: Filter) -> Pixels:
    """Return [height, width, C] of the same kind."""
    here_y, here_x = pixels.shape[:2]
    if (here_x, here_y) == (width, height):
        return pixels
    if how == "nearest":
        rows = (np.arange(height) * 2 + 1) * here_y // (2 * height)
        columns = (np.arange(width) * 2 + 1) * here_x // (2 * width)
        return pixels[rows[:, None], columns[None]]
    from PIL import Image

    if pixels.dtype == np.uint8 and pixels.shape[2] == 3:
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS)).copy()
    full = np.iinfo(pixels.dtype).max
    planes = [
        Image.fromarray(np.ascontiguousarray(pixels[:, :, c], dtype=np.float32)).resize(
            (width, height), Image.Resampling.LANCZOS
        )
        for c in range(pixels.shape[2])
    ]
    stacked = np.stack([np.asarray(plane) for plane in planes], axis=2)
    return np.rint(np.clip(stacked, 0, full)).astype(pixels.dtype)


def final_size(width: int, height: int, options: VideoOptions) -> tuple[int, int]:
    """Return the (width, height) that frames of this size are scaled to, without the caption."""
    if options.width is not None and options.height is not None:
        return options.width, options.height
    if options.width is not None:
        return options.width, max(1, round(height * options.width / width))
    if options.height is not None:
        return max(1, round(width * options.height / height)), options.height
    scale = options.scale
    if options.at_least:
        scale *= max(1, math.ceil(options.at_least / (min(width, height) * scale)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def strip(lines: Sequence[str], width: int, height: int, row_count: int) -> NDArray[np.uint8]:
    """Return a caption as [rows, width, 3]: white on black, as many rows as `strip_rows` says.

    Args:
        lines:     the parts; in one line if row_count is 1, else each from a line of its own on.
        height:    of the picture above.
    """
    from PIL import Image, ImageDraw, ImageFont

    size = caption_px(height)
    font = ImageFont.load_default(size)
    line_px = round(size * 1.4)
    picture = Image.new("RGB", (width, line_px * row_count))
    draw = ImageDraw.Draw(picture)
    shown = ["   ".join(lines)]
    if row_count > 1:
        shown = [row for line in lines for row in _wrapped(line, font, width - 0.8 * size)]
    for row, text in enumerate(shown):
        draw.text((round(size * 0.4), round(size * 0.15) + row * line_px), text, "white", font)
    return np.asarray(picture).copy()


def strip_rows(lines: Sequence[str], width: int, height: int) -> int:
    """Return how many lines a caption of these parts needs: one, or one or more for each."""
    from PIL import ImageFont

    size = caption_px(height)
    font, room = ImageFont.load_default(size), width - 0.8 * size
    if font.getlength("   ".join(lines)) <= room:
        return 1
    return sum(len(_wrapped(line, font, room)) for line in lines)


def _wrapped(line: str, font: Any, room_px: float) -> list[str]:
    """Return a part in as many rows as it needs, broken between words."""
    rows: list[str] = []
    for word in line.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and font.getlength(longer) <= room_px:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def caption_px(height: int) -> int:
    """Return the size of a caption's letters under a picture of that height, in pixels."""
    return max(_CAPTION_MIN_PX, round(height * _CAPTION_SHARE))
