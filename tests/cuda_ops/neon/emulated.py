"""The NEON kernels on another kind of machine: in an emulator, behind the usual operators.

library.Function calls what it finds in library.current(). Here that is a proxy, which sends every
call with the memory it points at to a process of the emulator (server.cpp) and puts what comes back
where it belongs, so that any test of native operators can run with "neon". Sizes are those of the
tensors whose data_ptr() was asked for, and nothing around them may be touched: see server.cpp.

The emulator keeps the stronger memory order of the machine below; that threads do not depend on it
is not tested here.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from cuda_ops.cpu import build, cross, library, prebuilt

PLATFORM = "linux-aarch64"
EMULATOR = "qemu-aarch64"
SYSTEM = Path("/usr/aarch64-linux-gnu")  # where Debian has the C library of the other machine
_SERVER = Path(__file__).with_name("server.cpp")


@contextlib.contextmanager
def using(isa: str) -> Iterator[library.Loaded]:
    """Do as library.using, with the kernels in the emulator; isa: "neon"."""
    handle = machine()
    loaded = library.Loaded(cast(Any, handle), isa, "Native kernels for NEON, emulated.")
    data_ptr = torch.Tensor.data_ptr

    def remembered(tensor: torch.Tensor) -> int:
        address = data_ptr(tensor)
        handle.sizes[address] = tensor.nbytes
        return address

    def address_of(value: Any) -> int:
        return handle.point_at(value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "_current", loaded)
        patch.setattr(torch.Tensor, "data_ptr", remembered)
        for name, module in list(sys.modules.items()):
            if name.startswith("cuda_ops.cpu.") and hasattr(module, "addressof"):
                patch.setattr(module, "addressof", address_of)
        yield loaded


@cache
def kernels() -> Path:
    """Return the library that comes with the project, else one that is compiled now."""
    found = prebuilt.find("neon", PLATFORM)
    if found is None:
        found = build.cache_dir() / f"{PLATFORM}-neon-{build.source_hash()[:20]}.so"
        tools = cross.find_tools(PLATFORM)
        assert tools is not None
        build.build("neon", tools, found)
    return found


@cache
def machine() -> Machine:
    """Return the emulator that all tests of a process share."""
    return Machine(kernels())


class Machine:
    """A library of kernels in a process of the emulator, with the face of a ctypes.CDLL.

    sizes:  bytes of the tensors that may be pointed at, by address.
    values: what else may be pointed at, by address.
    called: the functions that were called, in no order.
    """

    def __init__(self, path: Path) -> None:
        self.sizes: dict[int, int] = {}
        self.values: dict[int, Any] = {}
        self.called: set[str] = set()
        self._name = str(path)
        self._process: subprocess.Popen[bytes] | None = None
        self._one_call = threading.Lock()

    def __getattr__(self, name: str) -> _Function:
        if not name.startswith("le_"):
            raise AttributeError(name)
        return _Function(self, name)

    def point_at(self, value: Any) -> int:
        """Return the address of a ctypes value, which may then be called with."""
        address = ctypes.addressof(value)
        self.values[address] = value
        return address

    def call(self, name: str, arguments: list[tuple[Any, Any]]) -> int:
        """Call a function with pairs of value and ctypes type; return what it returns."""
        message = _Message(self)
        for value, kind in arguments:
            message.add(value, kind)
        with self._one_call:
            self.called.add(name)
            return message.exchange(name, self._running())

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [EMULATOR, "-L", str(SYSTEM), str(_server()), self._name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            atexit.register(_end, self._process)
        return self._process


class _Function:
    def __init__(self, machine: Machine, name: str) -> None:
        self._machine, self._name = machine, name
        self.argtypes: tuple[Any, ...] = ()
        self.restype: Any = None

    def __call__(self, *arguments: Any) -> int:
        pairs = list(zip(arguments, self.argtypes, strict=True))
        return self._machine.call(self._name, pairs)


class _Message:
    """The arguments of one call, as server.cpp reads them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._blocks: dict[int, int] = {}  # address -> bytes
        self._pointers: list[int] = []  # block, offset, target; one after the other
        self._words: list[int] = []
        self._is_block: list[int] = []
        self._floats: list[float] = []

    def add(self, value: Any, kind: Any) -> None:
        if kind is ctypes.c_float:
            self._floats.append(value)
            return
        if isinstance(value, ctypes.Structure):
            value = self._machine.point_at(value)
        if value is None or kind is ctypes.c_int64:
            self._words.append(int(value or 0))
            self._is_block.append(0)
        else:
            self._words.append(self._block(value))
            self._is_block.append(1)

    def _block(self, address: int) -> int:
        """Return the number of the block at an address."""
        if address in self._blocks:
            return list(self._blocks).index(address)
        value = self._machine.values.pop(address, None)
        if value is None:
            assert address in self._machine.sizes, "a pointer that is not of data_ptr()"
            self._blocks[address] = self._machine.sizes[address]
            return len(self._blocks) - 1
        number = len(self._blocks)
        self._blocks[address] = ctypes.sizeof(value)
        for name, kind in getattr(value, "_fields_", ()):
            pointed = getattr(value, name)
            if kind is ctypes.c_void_p and pointed is not None:
                offset = getattr(type(value), name).offset
                self._pointers += [number, offset, self._block(pointed)]
        return number

    def exchange(self, name: str, process: subprocess.Popen[bytes]) -> int:
        assert process.stdin is not None
        assert process.stdout is not None
        parts = [_counted(name.encode(), 1), struct.pack("<q", len(self._blocks))]
        for address, size in self._blocks.items():
            parts.append(_counted(ctypes.string_at(address, size) if size else b"", 1))
        triples = struct.pack(f"<{len(self._pointers)}q", *self._pointers)
        parts.append(_counted(triples, 24))
        lists = (self._words, self._is_block)
        parts += [_counted(struct.pack(f"<{len(words)}q", *words), 8) for words in lists]
        parts.append(_counted(struct.pack(f"<{len(self._floats)}f", *self._floats), 4))
        process.stdin.write(b"".join(parts))
        process.stdin.flush()
        answer = process.stdout.read(16)
        assert len(answer) == 16, f"{name} touches what it was not given, or is not there"
        result, same = struct.unpack("<2q", answer)
        for address, size in self._blocks.items():
            content = process.stdout.read(size)
            if size:
                ctypes.memmove(address, content, size)
        assert same, f"{name} depends on what lies around its tensors"
        return result


def _end(process: subprocess.Popen[bytes]) -> None:
    with process:
        process.kill()


def _counted(data: bytes, size: int) -> bytes:
    return struct.pack("<q", len(data) // size) + data


@cache
def _server() -> Path:
    tools = cross.find_tools(PLATFORM)
    assert tools is not None
    server = Path(tempfile.mkdtemp(prefix="neon-")) / "server"
    flags = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror"]
    command = [tools.compiler, *tools.options, *flags, str(_SERVER), "-o", str(server)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return server
