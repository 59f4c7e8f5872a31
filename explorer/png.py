"""PNG files that carry the session that made them, in an iTXt chunk named `latent-explorer`."""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from explorer.errors import UserError
from explorer.files import save_bytes
from explorer.request import RenderResult

KEYWORD = "latent-explorer"
MAX_SESSION_BYTES = 16 * 2**20
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class PngError(UserError):
    """A PNG cannot be read."""


def result_pixels(result: RenderResult) -> NDArray[np.uint8]:
    """Return what a PNG of `result` holds: grey or with alpha if the picture is, otherwise RGB."""
    assert result.rgba is not None
    view = result.request.layer
    if result.img is None or view.spectrum or view.mode != "colour":
        return np.ascontiguousarray(result.rgba[:, :, :3])
    if result.img.shape[0] == 1:
        return np.ascontiguousarray(result.rgba[:, :, 0])
    channels = 4 if result.img.shape[0] == 4 else 3
    return np.ascontiguousarray(result.rgba[:, :, :channels])


def encode_png(pixels: NDArray[np.uint8], session_json: str | None = None) -> bytes:
    """Return a PNG of `pixels`: [H, W] grey, [H, W, 3] RGB or [H, W, 4] RGBA.

    The same pixels and session always give the same bytes: no date is written.
    """
    from PIL import Image, PngImagePlugin

    chunks = PngImagePlugin.PngInfo()
    if session_json is not None:
        chunks.add_itxt(KEYWORD, session_json, zip=True)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        buffer, "PNG", pnginfo=chunks, compress_level=4
    )
    return buffer.getvalue()


def write_png(
    path: str | os.PathLike[str], pixels: NDArray[np.uint8], session_json: str | None = None
) -> None:
    """Write `encode_png` to `path`, replacing what is there in one step; SaveError says why not."""
    save_bytes(path, encode_png(pixels, session_json))


def read_session(path: str | os.PathLike[str]) -> str | None:
    """Return the session JSON in a PNG, or None if it carries none.

    The pixels are not decoded. Raises PngError if the file is no PNG, is damaged before the session
    is found, or carries more than 16 MB; OSError if it cannot be read.
    """
    name = os.path.basename(path)
    with open(path, "rb") as file:
        if file.read(8) != _SIGNATURE:
            raise PngError(f"{name} is not a PNG")
        try:
            return _find_session(file)
        except (struct.error, zlib.error, UnicodeDecodeError, ValueError) as error:
            raise PngError(f"{name} is damaged: {error}") from error


def _find_session(file: BinaryIO) -> str | None:
    while True:
        head = file.read(8)
        if not head:
            return None
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return None
        if kind != b"iTXt":
            file.seek(length + 4, os.SEEK_CUR)
            continue
        if length > MAX_SESSION_BYTES:
            raise ValueError("its text is longer than 16 MB")
        data = file.read(length)
        (checksum,) = struct.unpack(">I", file.read(4))
        keyword, _, rest = data.partition(b"\0")
        if keyword != KEYWORD.encode():
            continue
        if zlib.crc32(kind + data) != checksum:
            raise ValueError("the checksum of its session is wrong")
        return _text(rest)


def _text(rest: bytes) -> str:
    """Decode what follows the keyword: compressed flag, method, language, translation, text."""
    if len(rest) < 2:
        raise ValueError("its session is cut off")
    compressed = rest[0] == 1
    _, _, rest = rest[2:].partition(b"\0")
    _, _, text = rest.partition(b"\0")
    if compressed:
        inflate = zlib.decompressobj()
        text = inflate.decompress(text, MAX_SESSION_BYTES)
        if inflate.unconsumed_tail:
            raise ValueError("its session is longer than 16 MB")
        if not inflate.eof:
            raise ValueError("its session is cut off")
    return text.decode("utf-8")
