"""One file's bytes -> pixels, or the reason in words why that is impossible."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from train.data.png import decode_png

# No EPS, PDF or WMF: opening those starts other programs.
_KNOWN = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "TGA", "JPEG2000")
_KNOWN += ("AVIF", "QOI", "ICO", "PCX", "SGI")
Image.init()
FORMATS = tuple(name for name in _KNOWN if name in Image.OPEN)  # some are optional in Pillow
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif")
SUFFIXES += (".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".jp2", ".avif", ".qoi", ".apng")
MAX_PIXELS = 400_000_000
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own bound would already warn about large panoramas
# Odd metadata; what is wrong with the pixels themselves raises.
warnings.filterwarnings("ignore", module=r"PIL\.")
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError)
_DAMAGE += (KeyError, TypeError, OverflowError, MemoryError)


class UnusableError(Exception):
    """A file is no usable picture.

    Attributes:
        problem: one of report.PROBLEMS.
    """

    def __init__(self, problem: str, reason: str):
        super().__init__(reason)
        self.problem = problem


@dataclass(frozen=True)
class Remark:
    """Something about a picture that can be put right: (problem, reason, action)."""

    problem: str
    reason: str
    action: str


@dataclass(frozen=True, eq=False)
class Picture:
    """pixels: uint8 [H, W, C]; C is 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA."""

    pixels: NDArray[np.uint8]
    remarks: tuple[Remark, ...] = ()


def open_picture(payload: bytes | NDArray[np.uint8]) -> Picture:
    """Decode a file's bytes, or take pixels as they are; raises UnusableError."""
    if isinstance(payload, np.ndarray):
        return Picture(payload)
    if not payload:
        raise UnusableError("truncated", "empty: the file has no bytes")
    pixels = decode_png(payload)
    if pixels is not None and b"eXIf" not in payload[:4096]:
        return Picture(pixels)
    return _open_with_pillow(payload)


def _open_with_pillow(data: bytes) -> Picture:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableError(
            "too-large", "it claims to have more pixels than can be opened"
        ) from None
    except Image.UnidentifiedImageError:
        raise UnusableError("not-a-picture", _what_it_is(data)) from None
    except _DAMAGE as error:
        raise UnusableError("truncated", f"damaged: {_short(error)}") from None
    with image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise UnusableError("too-large", f"{width:,} x {height:,} px is too large to open")
        try:
            return _decoded(image)
        except UnusableError:
            raise
        except _DAMAGE as error:
            cut = "truncated" in str(error) or "end of" in str(error).lower()
            reason = (
                "cut off: part of the picture is missing" if cut else f"damaged: {_short(error)}"
            )
            raise UnusableError("truncated", reason) from None


def _decoded(image: Image.Image) -> Picture:
    remarks: list[Remark] = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # MPO: a camera's JPEG with a preview behind it
        what = "pages" if image.format == "TIFF" else "frames"
        known = "" if image.format == "WEBP" else f"{frames} "
        reason = f"it has {known}{what}" if what == "pages" else f"animated, {frames} frames"
        remarks.append(Remark("animated", reason, "the first one is used"))
    deep = _is_deep(image)
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.size != image.size or image.getexif().get(0x0112, 1) not in (0, 1):
        remarks.append(Remark("rotated", "the camera held it turned", "turned upright"))
    if upright.mode == "CMYK":
        upright = _from_cmyk(upright)
        reason = "CMYK, made for printing"
        remarks.append(Remark("cmyk", reason, "converted to RGB; colours may shift a little"))
    if deep or upright.mode.startswith("I"):
        upright = _to_eight_bits(upright)
        remarks.append(Remark("deep", "16 bits per channel", "reduced to 8 bits"))
    if upright.mode == "F":
        raise UnusableError("deep", "floating-point pixels, whose black and white are unknown")
    mode = _plain_mode(upright)
    if upright.mode != mode:
        upright = upright.convert(mode)
    pixels = np.asarray(upright)
    return Picture(pixels.reshape(*pixels.shape[:2], -1), tuple(remarks))


def _plain_mode(image: Image.Image) -> str:
    """Return the one of L, LA, RGB, RGBA that keeps what the picture holds."""
    transparent = "transparency" in image.info
    if image.mode in ("1", "L"):
        return "LA" if transparent else "L"
    if image.mode in ("LA", "La"):
        return "LA"
    if image.mode in ("RGBA", "RGBa", "PA"):
        return "RGBA"
    return "RGBA" if transparent and image.mode in ("P", "RGB") else "RGB"


def _is_deep(image: Image.Image) -> bool:
    """Whether the file has 16 bits per channel; Pillow reduces some kinds without a word."""
    raw_modes = [str(tile[3]) for tile in getattr(image, "tile", ())]
    return any(";16" in raw for raw in raw_modes)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image).astype(np.int64)
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if low < 0 or high > 65535:
        raise UnusableError("deep", f"integer pixels from {low:,} to {high:,}, not 0 to 65,535")
    return Image.fromarray((values >> 8).astype(np.uint8))


def _from_cmyk(image: Image.Image) -> Image.Image:
    """Convert by the picture's own colour profile; without one, by the plain formula."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def _what_it_is(data: bytes) -> str:
    start = data[:256].lstrip().lower()
    for sign, words in (
        (b"\x89png", "a damaged PNG: its beginning is wrong"),
        (b"\xff\xd8", "a damaged JPEG: its beginning is wrong"),
        (b"<svg", "an SVG drawing; save it as PNG first"),
        (b"<?xml", "an XML file (perhaps an SVG drawing), not pixels"),
        (b"<!doctype", "a web page, perhaps a failed download"),
        (b"<html", "a web page, perhaps a failed download"),
        (b"%pdf", "a PDF document"),
        (b"%!ps", "a PostScript document"),
        (b"pk\x03\x04", "a zip archive"),
        (b"version https://git-lfs", "a Git LFS pointer; the picture itself was not downloaded"),
    ):
        if start.startswith(sign):
            return words
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "a HEIC photo; export it as JPEG or PNG first"
    if not any(data[:64]):
        return "filled with zeros: the download or disk lost its contents"
    return "its contents are no picture format known here"


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:120] or type(error).__name__
