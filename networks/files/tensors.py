"""PyTorch tensors inside a pickle: a storage's nested stream, and strided views of it.

A storage is the argument of `torch.storage._load_from_bytes`: five pickles (magic number, format
version, platform, one persistent id, its key), a 64-bit element count, and the numbers in little
endian. Handing it to torch.load would run whatever it says; here the same interpreter reads it,
with a shorter allow-list.
"""

from typing import Any

from networks.errors import DamagedFileError, UnsafeFileError
from networks.files.arrays import DTYPES, checked_shape, shorten
from networks.files.machine import Machine, Meter
from networks.files.opcodes import interpret
from networks.files.records import Global, Storage, TensorRecord

MAGIC = 0x1950A86A20F9469CFC6C
FORMAT_VERSION = 1001

STORAGE_TYPES = {
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "DoubleStorage": "f8",
    "BFloat16Storage": "bf16",
    "CharStorage": "i1",
    "ShortStorage": "i2",
    "IntStorage": "i4",
    "LongStorage": "i8",
    "ByteStorage": "u1",
    "BoolStorage": "b1",
    "UntypedStorage": "u1",
}
_STORAGES = {
    ("torch.storage" if name == "UntypedStorage" else "torch", name): Global(name)
    for name in STORAGE_TYPES
}


def _resolve_nested(module: str, name: str) -> Global:
    entry = _STORAGES.get((module, name))
    if entry is None:
        raise UnsafeFileError(
            f"tensor data refer to {shorten(f'{module}.{name}')}; they may only name their type"
        )
    return entry


def _storage_id(identity: Any) -> tuple[str, str, int]:
    """Check a storage's persistent id and return (dtype, key, number of elements)."""
    if not isinstance(identity, tuple) or len(identity) not in (5, 6) or identity[0] != "storage":
        raise DamagedFileError(f"tensor data are described by {shorten(identity)}")
    _, kind, key, _, numel = identity[:5]
    if len(identity) == 6 and identity[5] is not None:
        raise DamagedFileError("tensor data are a view of other tensor data")
    if not isinstance(kind, Global) or not isinstance(key, str) or type(numel) is not int:
        raise DamagedFileError(
            f"tensor data have type {shorten(kind)}, key {shorten(key)}, size {shorten(numel)}"
        )
    return STORAGE_TYPES[kind.name], key, numel


def _check_header(magic: Any, version: Any, platform: Any) -> None:
    if magic != MAGIC or version != FORMAT_VERSION or type(platform) is not dict:
        raise DamagedFileError("tensor data do not start like PyTorch's storage format")
    if platform.get("little_endian") is not True:
        raise DamagedFileError("tensor data were not written on a little-endian machine")


def read_storage(data: memoryview, meter: Meter) -> Storage:
    """Read the nested stream of one storage.

    Args:
        data:  the whole stream.
        meter: allowance of the file that it lies in.

    Returns a view of the numbers.
    Raises DamagedFileError unless the sizes agree with each other and with the stream's length.
    """
    position = 0

    def next_value(persistent: Any = None) -> Any:
        nonlocal position
        machine = Machine(data, _resolve_nested, meter, position=position, persistent=persistent)
        value = interpret(machine)
        position = machine.position
        return value

    known = meter.storage_header
    if known and data[: len(known)] == known:
        position = len(known)
    else:
        magic, version, platform = next_value(), next_value(), next_value()
        _check_header(magic, version, platform)
        meter.storage_header = bytes(data[:position])
    ident = next_value(_storage_id)
    keys = next_value()
    if not isinstance(ident, tuple) or len(ident) != 3 or type(keys) is not list:
        raise DamagedFileError("tensor data are not a single storage")
    dtype, key, numel = ident
    if keys != [key]:
        raise DamagedFileError("tensor data name a storage that they do not hold")
    if position + 8 > len(data):
        raise DamagedFileError("tensor data end before their size")
    stored = int.from_bytes(data[position : position + 8], "little")
    body = data[position + 8 :]
    if stored != numel or numel * DTYPES[dtype] != len(body):
        raise DamagedFileError(
            f"tensor data claim {numel:,} and {stored:,} elements of {DTYPES[dtype]} bytes, but "
            f"{len(body):,} bytes are stored"
        )
    meter.take_object()
    return Storage(dtype, body, numel, key)


def rebuild_tensor(arguments: tuple[Any, ...]) -> TensorRecord:
    """Check (storage, offset, shape, stride, ...) and return the view it describes.

    Every element must lie inside the storage and no two may share a place: a stride of 0 lets two
    kilobytes claim 10^12 elements.
    """
    if not 4 <= len(arguments) <= 7:
        raise DamagedFileError(f"a tensor is made from {len(arguments)} values")
    storage, offset, shape, stride = arguments[:4]
    if not isinstance(storage, Storage) or type(offset) is not int or offset < 0:
        raise DamagedFileError(
            f"a tensor is made from {shorten(storage)} at position {shorten(offset)}"
        )
    shape, stride = checked_shape(shape), checked_shape(stride)
    if len(shape) != len(stride):
        raise DamagedFileError(f"a tensor has shape {shorten(shape)}, stride {shorten(stride)}")
    record = TensorRecord(storage, offset, shape, stride)
    if record.numel == 0:
        return record
    last = offset + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    if last >= storage.numel or record.numel > storage.numel:
        raise DamagedFileError(
            f"a tensor of shape {shorten(shape)}, stride {shorten(stride)} and offset {offset:,} "
            f"does not fit its {storage.numel:,} stored elements"
        )
    reach = 0  # of all smaller strides together
    for step, size in sorted(zip(stride, shape, strict=True)):
        if size > 1:
            if step <= reach:
                raise DamagedFileError(
                    f"a tensor of shape {shorten(shape)} and stride {shorten(stride)} uses the "
                    "same numbers twice"
                )
            reach += (size - 1) * step
    return record


def rebuild_parameter(arguments: tuple[Any, ...]) -> TensorRecord:
    """A parameter is its tensor; which dictionary it lies in says what it is."""
    if not 1 <= len(arguments) <= 3 or not isinstance(arguments[0], TensorRecord):
        raise DamagedFileError("a parameter is not made from a tensor")
    return arguments[0]
