"""Pickles put together instruction by instruction, for files that no pickler would write."""

import struct
from typing import Any

PROTO = b"\x80\x04"
STOP = b"."


def text(value: str) -> bytes:
    """BINUNICODE."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def data(value: bytes) -> bytes:
    """BINBYTES."""
    return b"B" + struct.pack("<I", len(value)) + value


def integer(value: int) -> bytes:
    """BININT or LONG1."""
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def name(module: str, attribute: str) -> bytes:
    """GLOBAL."""
    return f"c{module}\n{attribute}\n".encode()


def group(*items: bytes) -> bytes:
    """A tuple."""
    return b"(" + b"".join(items) + b"t"


def call(function: bytes, *arguments: bytes) -> bytes:
    """REDUCE."""
    return function + group(*arguments) + b"R"


def pickle_of(*parts: bytes) -> bytes:
    """A whole pickle."""
    return PROTO + b"".join(parts) + STOP


def value(item: Any) -> bytes:
    """A tuple of integers, an integer, text, bytes or None."""
    if isinstance(item, tuple):
        return group(*(value(part) for part in item))
    if isinstance(item, int):
        return integer(item)
    if isinstance(item, str):
        return text(item)
    if isinstance(item, bytes):
        return data(item)
    return b"N"


def storage_stream(
    numbers: bytes,
    *,
    claimed: int | None = None,
    stored: int | None = None,
    kind: bytes | None = None,
    key: str = "0",
) -> bytes:
    """The nested stream of a float storage, truthful unless told otherwise."""
    count = len(numbers) // 4
    claimed = count if claimed is None else claimed
    kind = name("torch", "FloatStorage") if kind is None else kind
    head = [
        pickle_of(integer(0x1950A86A20F9469CFC6C)),
        pickle_of(integer(1001)),
        pickle_of(b"}", text("little_endian"), b"\x88", b"s"),
        pickle_of(group(text("storage"), kind, text(key), text("cpu"), integer(claimed)), b"Q"),
        pickle_of(b"]", text("0"), b"a"),
    ]
    return b"".join(head) + struct.pack("<Q", count if stored is None else stored) + numbers


def tensor(
    stream: bytes,
    shape: tuple,
    stride: tuple,
    offset: int = 0,
    function: str = "_rebuild_tensor_v2",
) -> bytes:
    """A tensor over a nested stream."""
    storage = call(name("torch.storage", "_load_from_bytes"), data(stream))
    return call(
        name("torch._utils", function),
        storage,
        integer(offset),
        value(shape),
        value(stride),
        b"\x89",
        call(name("collections", "OrderedDict")),
    )
