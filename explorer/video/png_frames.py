"""PNGs of 8 or 16 bit without loss: frames on their way, and those of a sequence.

Pillow cannot write colours of 16 bit; what is needed of the format fits here. Rows are stored with
the filter "up" (ISO/IEC 15948, 9.2), which follows pictures well at the price of one subtraction.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.video.pixels import Pixels
from explorer.video.plan import VideoError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels: grey, RGB, RGB with alpha
_CHANNELS = {kind: channels for channels, kind in _COLOUR_TYPES.items()}
_UP = 2
_END = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))


def encode(pixels: Pixels, level: int = 1) -> bytes:
    """Return a PNG of [H, W, C] uint8 or uint16, C of 1, 3 or 4; level: of zlib, 0..9."""
    height, width, channels = pixels.shape
    bits = 8 * pixels.dtype.itemsize
    rows = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder(">")))
    rows = rows.view(np.uint8).reshape(height, -1)
    filtered = np.empty((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, bits, _COLOUR_TYPES[channels], 0, 0, 0)
    data = zlib.compress(filtered.tobytes(), level)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _END


def decode(data: bytes, name: str = "A frame") -> Pixels:
    """Return the pixels of a PNG that `encode` wrote; raises VideoError for any other file."""
    try:
        width, height, bits, channels = _header(data)
        (length,) = struct.unpack_from(">I", data, 33)
        raw = zlib.decompress(data[41 : 41 + length])
        filtered = np.frombuffer(raw, np.uint8).reshape(height, -1)
        if (filtered[:, 0] != _UP).any():
            raise ValueError("another filter")
        rows = np.cumsum(filtered[:, 1:], axis=0, dtype=np.uint8)
        kind = np.dtype(np.uint8) if bits == 8 else np.dtype(">u2")
        pixels: NDArray = rows.view(kind).reshape(height, width, channels)
        return pixels.astype(np.uint8 if bits == 8 else np.uint16)
    except (ValueError, KeyError, struct.error, zlib.error) as error:
        raise VideoError(f"{name} is damaged ({error}); delete it and continue the job") from None


def size_of(path: Path) -> tuple[int, int]:
    """Return (width, height) of a frame; raises VideoError if it is none."""
    with open(path, "rb") as file:
        data = file.read(64)
    try:
        width, height, _, _ = _header(data)
    except (ValueError, KeyError, struct.error):
        raise VideoError(f"{path} is no frame; delete it and continue the job") from None
    return width, height


def is_whole(path: Path) -> bool:
    """Return whether a frame was written to its end, also by a machine that went down."""
    try:
        with open(path, "rb") as file:
            start = file.read(8)
            file.seek(-len(_END), 2)
            return start == _SIGNATURE and file.read() == _END
    except OSError:
        return False


def _header(data: bytes) -> tuple[int, int, int, int]:
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR":
        raise ValueError("no PNG")
    width, height, bits, kind = struct.unpack_from(">IIBB", data, 16)
    if bits not in (8, 16):
        raise ValueError(f"{bits} bits")
    return width, height, bits, _CHANNELS[kind]


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
