"""NVRTC, NVIDIA's compiler as a library, through ctypes; it comes with every CUDA build of torch.

It needs no toolkit, no host compiler and no headers on the user's machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

OPTIONS = ("--std=c++17",)
# Where the packages put it, under a folder of sys.path, then names the system's loader may know.
_PATTERNS = (
    "nvidia/cu*/lib/libnvrtc.so.*",
    "nvidia/cuda_nvrtc/lib/libnvrtc.so.*",
    "torch/lib/libnvrtc*.so*",
    "nvidia/cu*/bin/**/nvrtc64_*.dll",
    "torch/lib/nvrtc64_*.dll",
)
_NAMES = ("libnvrtc.so.13", "libnvrtc.so.12", "nvrtc64_130_0.dll", "nvrtc64_120_0.dll")


class NvrtcError(Exception):
    """NVRTC is absent, or a kernel does not compile; one sentence, then perhaps the log."""


@dataclass(frozen=True)
class Code:
    """A compiled program. image: a cubin, or PTX that the driver compiles further."""

    image: bytes
    log: str


class Nvrtc:
    """One loaded NVRTC."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    @cached_property
    def version(self) -> str:
        """The compiler's version: "13.0"."""
        major, minor = ctypes.c_int(), ctypes.c_int()
        self._call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        return f"{major.value}.{minor.value}"

    @cached_property
    def capabilities(self) -> tuple[int, ...]:
        """Compute capabilities it compiles for, ascending: 75 is 7.5."""
        count = ctypes.c_int()
        self._call("nvrtcGetNumSupportedArchs", ctypes.byref(count))
        values = (ctypes.c_int * count.value)()
        self._call("nvrtcGetSupportedArchs", values)
        return tuple(sorted(values))

    def target(self, capability: int) -> str | None:
        """Return what to compile for a GPU: its own code, else PTX of the newest older one.

        None if the GPU is older than all this compiler knows.
        """
        if capability in self.capabilities:
            return f"sm_{capability}"
        older = [known for known in self.capabilities if known < capability]
        return f"compute_{older[-1]}" if older else None

    def compile(self, source: str, target: str, *options: str) -> Code:
        """Compile a program for one architecture.

        Args:
            source:  CUDA C++ without includes.
            target:  "sm_86" for a cubin, "compute_86" for PTX.
            options: as on NVRTC's command line, besides OPTIONS.

        Raises NvrtcError with the compiler's log if it does not compile.
        """
        program = ctypes.c_void_p()
        self._call(
            "nvrtcCreateProgram",
            ctypes.byref(program),
            source.encode(),
            b"kernels.cu",
            ctypes.c_int(0),
            None,
            None,
        )
        try:
            flags = [f"--gpu-architecture={target}", *OPTIONS, *options]
            texts = (ctypes.c_char_p * len(flags))(*(flag.encode() for flag in flags))
            failed = self._library.nvrtcCompileProgram(program, ctypes.c_int(len(flags)), texts)
            log = self._read(program, "nvrtcGetProgramLog").rstrip(b"\0").decode(errors="replace")
            if failed:
                raise NvrtcError(f"NVRTC {self.version} cannot compile for {target}:\n{log}")
            kind = "CUBIN" if target.startswith("sm_") else "PTX"
            return Code(self._read(program, f"nvrtcGet{kind}"), log)
        finally:
            self._library.nvrtcDestroyProgram(ctypes.byref(program))

    def _read(self, program: ctypes.c_void_p, function: str) -> bytes:
        size = ctypes.c_size_t()
        self._call(f"{function}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self._call(function, program, buffer)
        return buffer.raw

    def _call(self, function: str, *arguments: Any) -> None:
        result = getattr(self._library, function)(*arguments)
        if result != 0:
            raise NvrtcError(f"NVRTC's {function} failed with code {result}")


def find() -> Nvrtc:
    """Load NVRTC from torch's packages, else from the system.

    Raises NvrtcError, one sentence that says what to install, if there is none.
    """
    for candidate in _candidates():
        with contextlib.suppress(OSError):
            return Nvrtc(_open(candidate))
    raise NvrtcError(
        "NVRTC, which compiles the kernels, was not found: python -m pip install "
        "nvidia-cuda-nvrtc, then start again."
    )


def _candidates() -> Iterator[str]:
    for folder in dict.fromkeys(sys.path):
        for pattern in _PATTERNS:
            for path in sorted(Path(folder or ".").glob(pattern), reverse=True):
                if ".alt." not in path.name and "builtins" not in path.name:
                    yield str(path)
    yield from _NAMES


def _open(candidate: str) -> ctypes.CDLL:
    # NVRTC loads its builtins by their bare name, which works if they are loaded already.
    folder = Path(candidate).parent
    if folder != Path():
        for builtins in folder.glob("*nvrtc-builtins*"):
            if ".alt." not in builtins.name:
                ctypes.CDLL(str(builtins), mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(candidate)
