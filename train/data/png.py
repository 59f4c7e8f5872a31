"""PNGs that hold bare pixels: written without compression, read at the speed of memory.

Training reads the same small files again and again, so the writer stores them: filter 0, deflate
level 0. Such a file, and any other 8-bit PNG without interlacing, is read here without Pillow's
parsing in Python, which costs more than decoding a 64-pixel picture.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}
_CHANNELS = {0: 1, 4: 2, 2: 3, 6: 4}
_MODE = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_MAX_PIXELS = 1 << 28


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a stored PNG of `pixels` [H, W, C]; C is 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA."""
    height, width, channels = pixels.shape
    rows = np.zeros([height, 1 + width * channels], np.uint8)  # each row: filter 0, its bytes
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 0)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def decode_png(data: bytes) -> NDArray[np.uint8] | None:
    """Return the pixels [H, W, C] of a plain 8-bit PNG; None if it is anything else.

    None is no verdict: the caller asks Pillow, which also knows what is wrong with a file.
    """
    found = _pixels_data(data)
    if found is None:
        return None
    width, height, channels, packed = found
    if len(packed) > 2 and not packed[2] >> 1 & 3:  # the first block is stored: likely our own
        pixels = _unfiltered(packed, height, width, channels)
        if pixels is not None:
            return pixels
    mode = _MODE[channels]
    try:
        image = Image.frombytes(mode, (width, height), packed, "zip", mode)
    except (ValueError, OSError, SyntaxError):
        return None
    return np.asarray(image).reshape(height, width, channels)


def _unfiltered(packed: bytes, height: int, width: int, channels: int) -> NDArray[np.uint8] | None:
    """Return the pixels if every row has filter 0, else None."""
    expected = height * (1 + width * channels)
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, expected + 1)
    except zlib.error:
        return None
    if len(raw) != expected or not unpacker.eof:
        return None
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * channels)
    if rows[:, 0].any():
        return None
    return rows[:, 1:].reshape(height, width, channels)


def png_shape(data: bytes) -> tuple[int, int, int] | None:
    """Return (width, height, channels) of an 8-bit PNG from its first 33 bytes."""
    if len(data) < 33 or data[:8] != SIGNATURE or data[12:16] != b"IHDR":
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    if depth != 8 or interlaced or colour not in _CHANNELS:
        return None
    return width, height, _CHANNELS[colour]


def _pixels_data(data: bytes) -> tuple[int, int, int, bytes] | None:
    """Return (width, height, channels, compressed pixels), or None."""
    shape = png_shape(data)
    if shape is None or not 0 < shape[0] * shape[1] <= _MAX_PIXELS:
        return None
    position, pieces = 33, []
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        if kind == b"IDAT":
            pieces.append(data[position + 8 : position + 8 + size])
        elif kind == b"IEND":
            return *shape, b"".join(pieces)
        elif kind in (b"tRNS", b"acTL"):
            return None
        position += 12 + size
    return None


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
