"""Number formats, and the decoding of numpy arrays and scalars from their bytes.

Codes are numpy's kind letter and item size ("f4", "i8"), plus "bf16". Object, text and
structured types have no code and are refused.
"""

import codecs
import struct

import numpy as np

from networks.errors import DamagedFileError, UnsafeFileError
from networks.files.bounds import LIMITS
from networks.files.records import ArrayRecord

# code -> bytes per element
DTYPES: dict[str, int] = {"f2": 2, "f4": 4, "f8": 8, "bf16": 2, "b1": 1}
DTYPES |= {"i1": 1, "i2": 2, "i4": 4, "i8": 8, "u1": 1, "u2": 2, "u4": 4, "u8": 8}
_CHUNK = 1 << 20
_STRUCT = {"f2": "e", "f4": "f", "f8": "d", "b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q"}
_STRUCT |= {"u1": "B", "u2": "H", "u4": "I", "u8": "Q"}


def numpy_code(name: object) -> str:
    """Check a numpy dtype string against the allow-list and return its code."""
    if isinstance(name, str):
        bare = name.lstrip("<=|")
        if bare in DTYPES and bare != "bf16":
            return bare
    shown = name if isinstance(name, str) and len(name) < 40 else type(name).__name__
    raise UnsafeFileError(
        f"an array has element type {shown!r}; only plain numbers belong in a model file"
    )


def scalar_value(code: str, data: memoryview, *, little_endian: bool) -> float | int | bool:
    """Decode a numpy scalar from its bytes."""
    if len(data) != DTYPES[code]:
        raise DamagedFileError(f"a number of type {code} is {len(data)} bytes long")
    return struct.unpack(("<" if little_endian else ">") + _STRUCT[code], data)[0]


def checked_shape(shape: object) -> tuple[int, ...]:
    """Check that a value is a short tuple of non-negative sizes."""
    if (
        not isinstance(shape, tuple)
        or len(shape) > LIMITS.tensor_dims
        or not all(type(size) is int and 0 <= size < 1 << 48 for size in shape)
    ):
        raise DamagedFileError(f"an array shape is not a list of sizes: {shorten(shape)}")
    return shape


def shorten(value: object) -> str:
    """Show a value of the file in a message: its text if short, else its type."""
    if isinstance(value, (int, float, bool, type(None))):
        text = str(value)
        return text if len(text) <= 24 else f"a {len(text)}-digit number"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if isinstance(value, tuple) and len(value) <= 8 and all(type(item) is int for item in value):
        return "(" + ", ".join(shorten(item) for item in value) + ")"
    return f"a {type(value).__name__}"


def numpy_array(array: ArrayRecord) -> np.ndarray:
    """Decode an array record; little endian, bounds checked when it was built."""
    assert array.dtype is not None, "checked when the record was completed"
    flat = np.frombuffer(array.data, dtype=np.dtype("<" + array.dtype))
    return flat.reshape(array.shape, order="F" if array.fortran else "C")


def latin1_bytes(utf8: memoryview) -> bytearray:
    """Turn UTF-8 text of characters up to U+00FF into their one-byte codes, piece by piece.

    Raises DamagedFileError for anything else.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    result = bytearray()
    try:
        for start in range(0, len(utf8), _CHUNK):
            chunk = bytes(utf8[start : start + _CHUNK])
            text = decoder.decode(chunk, final=start + _CHUNK >= len(utf8))
            result += text.encode("latin-1")
    except UnicodeError:
        raise DamagedFileError("bytes written as text hold characters above 255") from None
    return result
