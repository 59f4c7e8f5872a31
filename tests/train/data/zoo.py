"""Pictures and archives as people have them, broken ones included, made while the tests run."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def noise(seed: int, width: int = 64, height: int = 64, channels: int = 3) -> np.ndarray:
    """Return a smooth picture, uint8 [H, W, C], unlike that of any other seed."""
    rng = np.random.RandomState(seed)
    coarse = rng.randint(0, 256, [8, 8, channels]).astype(np.uint8)
    planes = [
        Image.fromarray(coarse[..., i]).resize((width, height), Image.Resampling.BICUBIC)
        for i in range(channels)
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=2)


def image(seed: int, width: int = 64, height: int = 64, channels: int = 3) -> Image.Image:
    pixels = noise(seed, width, height, channels)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zipped(path: Path, files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def broken_files() -> dict[str, bytes]:
    """Return one file of every kind the doctor knows; the names say what is wrong."""
    png, jpeg = saved(image(1)), saved(image(2), "JPEG")
    frames = [image(seed) for seed in (3, 4)]
    deep = (noise(5)[..., 0].astype(np.uint16) << 8) | 77
    transparent = image(6, channels=4)
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "good.png": png,
        "good.jpg": jpeg,
        "empty.png": b"",
        "zeros.png": bytes(3000),
        "text.png": b"this is no picture at all" * 5,
        "page.jpg": b"<!DOCTYPE html><html>404 not found</html>",
        "truncated.png": saved(image(7))[:-2000],
        "truncated.jpg": saved(image(8), "JPEG")[:700],
        "damaged.png": _flipped(saved(image(9))),
        "narrow.png": saved(image(10, 3, 64)),
        "small.png": saved(image(11, 12, 12)),
        "cmyk.jpg": saved(image(12).convert("CMYK"), "JPEG"),
        "animated.gif": saved(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "deep.png": saved(Image.fromarray(deep)),
        "transparent.png": saved(transparent),
        "grey.png": saved(image(13, channels=1)),
        "turned.jpg": saved(image(14, 64, 80), "JPEG", exif=exif),
        "blank.png": saved(Image.new("RGB", (64, 64), (9, 9, 9))),
        "copy.png": png,
        "recompressed.jpg": saved(image(1), "JPEG", quality=90),
        "wide.png": saved(image(15, 300, 64)),
        "huge.png": _claims(60000, 60000),
        "float.tif": saved(Image.fromarray(noise(16)[..., 0].astype(np.float32)), "TIFF"),
        "notes.txt": b"hello",
        ".DS_Store": b"system",
        "vector.png": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    }


def _flipped(data: bytes) -> bytes:
    """Damage the compressed pixels."""
    middle = len(data) // 2
    return (
        data[:middle]
        + bytes(value ^ 0x5A for value in data[middle : middle + 40])
        + data[middle + 40 :]
    )


def _claims(width: int, height: int) -> bytes:
    """A PNG whose header claims more pixels than there is memory."""
    data = bytearray(saved(image(1)))
    data[16:24] = struct.pack(">II", width, height)
    import zlib

    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)
