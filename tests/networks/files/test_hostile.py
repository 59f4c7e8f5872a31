"""Hostile files: each ends in a sentence, in time, within memory, and nothing of it runs."""

import struct
from pathlib import Path

import pytest

from networks.checkpoint import load_model
from networks.errors import DamagedFileError, ModelFileError, UnsafeFileError
from networks.files import arrays, tensors
from networks.files.bounds import LIMITS
from networks.files.globals import AllowList
from networks.files.machine import Machine, Meter
from networks.files.opcodes import interpret
from networks.files.records import TensorRecord
from tests.networks.files.assembly import (
    call,
    data,
    group,
    integer,
    name,
    pickle_of,
    storage_stream,
    tensor,
    text,
    value,
)

promises = pytest.importorskip("tests.networks.files.promises", reason="platform: POSIX limits")

NUMBERS = struct.pack("<6f", *range(6))


def refused(content: bytes, folder: Path) -> ModelFileError:
    """Load a file under the limits with the canary watching; it must be refused."""
    path = folder / "hostile.pkl"
    path.write_bytes(content)
    budget = 4 * len(content) + 200 * promises.MEGABYTE
    with promises.canary() as seen, promises.limits(budget):
        try:
            load_model(path)
        except ModelFileError as caught:
            error = caught
        else:
            raise AssertionError("it was loaded")
    assert not seen
    assert str(error).startswith("hostile.pkl: ")
    assert "\n" not in str(error)
    assert len(str(error)) < 600
    return error


def interpreted(*parts: bytes) -> object:
    """Interpret a pickle without recognising networks."""
    content = memoryview(pickle_of(*parts))
    meter = Meter.start(len(content))
    return interpret(Machine(content, AllowList(meter).resolve, meter))


@pytest.mark.parametrize(
    ("module", "attribute", "argument"),
    [
        ("os", "system", "touch {canary}"),
        ("posix", "system", "touch {canary}"),
        ("nt", "system", "touch {canary}"),
        ("subprocess", "Popen", "touch {canary}"),
        ("builtins", "eval", "open('{canary}', 'w')"),
        ("builtins", "exec", "open('{canary}', 'w')"),
        ("__builtin__", "eval", "open('{canary}', 'w')"),
        ("builtins", "getattr", "os"),
        ("builtins", "__import__", "os"),
        ("builtins", "open", "{canary}"),
        ("importlib", "import_module", "os"),
        ("torch", "load", "{canary}"),
        ("torch.serialization", "load", "{canary}"),
        ("torch.hub", "load", "{canary}"),
        ("numpy", "load", "{canary}"),
        ("numpy", "fromfile", "{canary}"),
        ("pickle", "loads", "x"),
        ("codecs", "open", "{canary}"),
        ("builtins", "object", "x"),
        ("torch_utils.persistence", "import_hook", "x"),
        ("torch.nn.modules.linear", "Linear", "x"),
        ("torch.nn.modules.module", "os.system", "x"),
    ],
)
@pytest.mark.parametrize("way", ["reduce", "new", "stack_global", "build"])
def test_calls_are_refused(
    module: str, attribute: str, argument: str, way: str, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    function = name(module, attribute)
    if way == "stack_global":
        function = text(module) + text(attribute) + b"\x93"
    argument_code = text(argument.format(canary=canary))
    content = {
        "reduce": call(function, argument_code),
        "stack_global": call(function, argument_code),
        "new": function + group(argument_code) + b"\x81",
        "build": function + b"}" + text("x") + argument_code + b"sb",
    }[way]
    refused(pickle_of(content), tmp_path)
    assert not canary.exists()


@pytest.mark.parametrize("protocol", [0, 1])
def test_python_made_exploits_are_refused(protocol: int, tmp_path: Path) -> None:
    import os
    import pickle

    class Exploit:
        def __reduce__(self) -> tuple:
            return (os.system, (f"touch {tmp_path / 'canary'}",))

    for version in (protocol, protocol + 2, 4, 5):
        refused(pickle.dumps({"G_ema": Exploit()}, version), tmp_path)
    assert not (tmp_path / "canary").exists()


def test_embedded_source_never_runs(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    meta = b"}(" + text("class_name") + text("Generator") + text("state") + b"}"
    meta += text("module_src") + text(f"open({str(canary)!r}, 'w')") + b"u"
    content = call(name("torch_utils.persistence", "_reconstruct_persistent_obj"), meta)
    error = refused(pickle_of(content), tmp_path)
    assert "Generator" in str(error)
    assert not canary.exists()


@pytest.mark.parametrize("code", ["O", "V8", "U4", "S4", "M8", "c8", "f16", "O8"])
def test_arrays_of_objects_are_refused(code: str) -> None:
    with pytest.raises(UnsafeFileError, match="element type"):
        interpreted(call(name("numpy", "dtype"), text(code), b"\x89", b"\x88"))


def test_arrays_with_a_list_of_objects_are_refused() -> None:
    dtype = call(name("numpy", "dtype"), text("f8"), b"\x89", b"\x88")
    empty = call(
        name("numpy.core.multiarray", "_reconstruct"),
        name("numpy", "ndarray"),
        value((0,)),
        data(b"b"),
    )
    with pytest.raises(UnsafeFileError, match="objects"):
        interpreted(empty + group(integer(1), value((1,)), dtype, b"\x89", b"]Na") + b"b")
    with pytest.raises(UnsafeFileError, match="structured"):
        interpreted(dtype + group(integer(3), text("|"), b"N", group(text("a")), b"}") + b"b")


@pytest.mark.parametrize("shape", [(10**12,), (2**47, 2**47), (-1,), (3,)])
def test_arrays_that_lie_about_their_shape_are_refused(shape: tuple) -> None:
    dtype = call(name("numpy", "dtype"), text("f8"), b"\x89", b"\x88")
    content = call(
        name("numpy._core.numeric", "_frombuffer"), data(bytes(16)), dtype, value(shape), text("C")
    )
    with pytest.raises(DamagedFileError):
        interpreted(content)


def test_an_honest_tensor_is_read() -> None:
    record = interpreted(tensor(storage_stream(NUMBERS), (2, 3), (1, 2)))
    assert isinstance(record, TensorRecord)
    assert record.numel == 6
    assert bytes(record.storage.data) == NUMBERS


@pytest.mark.parametrize(
    ("shape", "stride", "offset"),
    [
        ((7,), (1,), 0),
        ((6,), (1,), 1),
        ((2, 3), (3, 2), 0),
        ((10**12,), (0,), 0),
        ((10**6, 10**6), (0, 0), 0),
        ((2**47,) * 8, (0,) * 8, 0),
        ((6, 2), (1, 0), 0),
        ((2, 2), (1, 1), 0),
        ((6,), (-1,), 5),
        ((6,), (1,), -1),
        ((6,), (2**62,), 0),
        ((6,), (1,), 2**62),
        ((6,), (1, 1), 0),
        ((1,) * 9, (1,) * 9, 0),
        ((-6,), (1,), 0),
    ],
)
def test_tensors_outside_their_storage_are_refused(
    shape: tuple, stride: tuple, offset: int, tmp_path: Path
) -> None:
    content = tensor(storage_stream(NUMBERS), shape, stride, offset)
    with pytest.raises(DamagedFileError):
        interpreted(content)
    assert len(content) < 2048
    refused(pickle_of(content), tmp_path)


@pytest.mark.parametrize(
    "stream",
    [
        storage_stream(NUMBERS, claimed=10**12),
        storage_stream(NUMBERS, stored=10**12),
        storage_stream(NUMBERS, claimed=10**12, stored=10**12),
        storage_stream(NUMBERS, claimed=5, stored=5),
        storage_stream(NUMBERS, claimed=-1),
        storage_stream(NUMBERS, kind=name("torch", "HalfStorage")),
        storage_stream(NUMBERS, key="1"),
        storage_stream(NUMBERS)[:-1],
        storage_stream(NUMBERS) + b"x",
        storage_stream(NUMBERS)[:40],
        b"",
        pickle_of(integer(1)) * 5,
    ],
)
def test_nested_streams_that_lie_are_refused(stream: bytes) -> None:
    with pytest.raises(DamagedFileError):
        interpreted(tensor(stream, (6,), (1,)))


@pytest.mark.parametrize(
    ("module", "attribute"),
    [("os", "system"), ("torch", "load"), ("torch.storage", "_load_from_bytes"), ("torch", "x")],
)
def test_nested_streams_may_only_name_their_type(module: str, attribute: str) -> None:
    stream = storage_stream(NUMBERS, kind=name(module, attribute))
    with pytest.raises(UnsafeFileError):
        interpreted(tensor(stream, (6,), (1,)))


BOMBS = {
    "memo index": b"N" + b"r" + struct.pack("<I", 2**27),
    "memo index at its highest": b"N" + b"r" + struct.pack("<I", 2**32 - 1),
    "many memo entries": b"N" + b"\x94" * 400_000,
    "deep marks": b"(" * 100_000,
    "deep tuples": b"N" + b"\x85" * 900_000,
    "deep lists": b"]" * 150_000 + b"a" * 149_999,
    "many sets": b"\x8f" * 300_000,
    "many dicts": b"(" + b"}" * 300_000,
    "wide stack": b"N" * 800_000,
    "long text": b"X" + struct.pack("<I", 2**32 - 1),
    "long bytes": b"\x8e" + struct.pack("<Q", 2**63),
    "long bytearray": b"\x96" + struct.pack("<Q", 2**40),
    "long integer": b"\x8b" + struct.pack("<I", 2**31 - 1),
    "long frame": b"\x95" + struct.pack("<Q", 2**64 - 1),
    "empty bytes": b"C\x00" * 400_000,
    "wide characters": (text("a" * 60_000 + "\U0001f600") + b"0") * 250,
    "endless name": b"c" + b"a" * 100_000,
    "extension": b"\x82\x01",
    "out-of-band buffer": b"\x97",
    "persistent id": b"NQ",
    "get without put": b"h\x05",
    "empty stack": b"R",
    "build on nothing": b"NNb",
    "append to None": b"NNa",
    "unhashable key": b"}]Ns",
    "colliding keys": b"}" + integer(2**61) + b"Ns",
    "only a mark": b"(",
    "doubling tuples": b"N" + b"2\x86" * 1000,
}


# The bound that must stop it; the others may fail in several ways.
STOPPED_BY = {
    "memo index": "memo index",
    "memo index at its highest": "memo index",
    "many memo entries": "memo index",
    "deep marks": "nests more than",
    "many sets": "objects",
    "many dicts": "objects",
    "empty bytes": "objects",
    "wide stack": "stacks up",
    "long text": "are left",
    "long bytes": "are left",
    "long bytearray": "are left",
    "long frame": "are left",
    "long integer": "integer of",
    "wide characters": "MB of text",
    "endless name": "does not end",
    "colliding keys": "as a key",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused(bomb: str, tmp_path: Path) -> None:
    error = refused(pickle_of(BOMBS[bomb]), tmp_path)
    assert STOPPED_BY.get(bomb, "") in str(error)


def test_too_many_steps_are_refused(tmp_path: Path) -> None:
    error = refused(pickle_of(b"N0" * LIMITS.opcodes), tmp_path)
    assert "steps" in str(error)


def test_instructions_across_a_frames_end_are_refused() -> None:
    """What a byte removed from a pickle looks like; CPython's unpickler refuses it, too."""

    def framed(count: int, *parts: bytes) -> bytes:
        return b"\x95" + struct.pack("<Q", count) + b"".join(parts)

    assert interpreted(framed(5, integer(7))) == 7
    for count in (2, 4):
        with pytest.raises(DamagedFileError, match="fit together"):
            interpreted(framed(count, integer(7)))
    with pytest.raises(DamagedFileError, match="fit together"):
        interpreted(framed(10, framed(5, integer(7))))
    with pytest.raises(DamagedFileError, match="fit together"):
        interpreted(framed(4, name("numpy", "dtype")))


def test_shared_containers_do_not_multiply(tmp_path: Path) -> None:
    """Lists of the list before, twice: 2^60 leaves for whoever walks them without a bound."""
    content = b"}" + b"\x94" + b"".join(
        b"}(" + text("_modules") + b"}(" + text("a") + b"h" + bytes([i]) + text("b") + b"h"
        + bytes([i]) + b"uu\x94"
        for i in range(60)
    )  # fmt: skip
    meta = b"}(" + text("class_name") + text("Generator") + text("state") + b"h\x3cu"
    saved = call(name("torch_utils.persistence", "_reconstruct_persistent_obj"), meta)
    refused(pickle_of(content, saved), tmp_path)


def test_shared_settings_do_not_multiply_either(tmp_path: Path) -> None:
    """What is shown of a network's arguments: 60 dicts of 60 dicts of 60 texts, all the same."""
    layers = b"}" + b"\x94"
    layers += b"0]" + b"\x94(" + (text("x" * 250)) * 60 + b"e0"
    for index in (1, 2, 3):
        layers += b"]\x94(" + (b"h" + bytes([index])) * 60 + b"e0"
    meta = b"}(" + text("class_name") + text("Generator") + text("state") + b"}("
    meta += text("_init_kwargs") + b"}" + text("a") + b"h\x04s" + b"uu"
    saved = call(name("torch_utils.persistence", "_reconstruct_persistent_obj"), meta)
    error = refused(pickle_of(layers, saved), tmp_path)
    assert len(str(getattr(error, "metadata", ""))) < 500_000


def test_names_cannot_break_the_sentence(tmp_path: Path) -> None:
    meta = b"}(" + text("class_name") + text("A\nB\x1b[31m" * 100) + text("state") + b"}u"
    saved = call(name("torch_utils.persistence", "_reconstruct_persistent_obj"), meta)
    assert "A?B?[31m" in str(refused(pickle_of(saved), tmp_path))


def test_a_module_within_itself_is_refused(tmp_path: Path) -> None:
    reconstruct = name("torch_utils.persistence", "_reconstruct_persistent_obj")
    meta = b"}(" + text("class_name") + text("Generator") + text("state") + b"}\x94u"
    loop = b"0h\x00(" + text("_modules") + b"}(" + text("x") + b"h\x01u" + b"u0h\x01"
    refused(pickle_of(call(reconstruct, meta) + b"\x94" + loop), tmp_path)


def test_bytes_written_as_text_cannot_be_decoded_again_and_again() -> None:
    encode = name("_codecs", "encode")
    blob = text("a" * 70_000) + b"\x940"
    again = call(encode, b"h\x00", text("latin1")) + b"0"
    with pytest.raises(DamagedFileError, match="again and again"):
        interpreted(blob, again * 5, b"N")


@pytest.mark.parametrize("chunk", [2, 3, 7, 1 << 20])
def test_bytes_written_as_text_come_back(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_CHUNK", chunk)
    raw = bytes(range(256)) * 2 + b"\xff\x00\xc3\xc2\x80"
    assert arrays.latin1_bytes(memoryview(raw.decode("latin-1").encode())) == raw
    bad = ["a\u0100".encode(), b"\xc3", b"\xc3a", b"a\x80", b"\xc0\x80", "\u20ac".encode()]
    for text_bytes in (*bad, *(b"abc" + item for item in bad)):
        with pytest.raises(DamagedFileError, match="above 255"):
            arrays.latin1_bytes(memoryview(text_bytes))


def test_bounds_leave_room_for_the_largest_published_models() -> None:
    assert LIMITS.opcodes >= 10 * 30_000 * 3
    assert set(tensors.STORAGE_TYPES.values()) <= set(arrays.DTYPES)
