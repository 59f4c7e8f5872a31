"""The shared library that fits this processor, or the sentence that says why there is none."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from cuda_ops.cpu import build, prebuilt

VARIABLE = "LATENT_EXPLORER_OPS"  # "reference", or an instruction set instead of the best one
_ISA_NAMES = {"avx512": "AVX-512", "avx2": "AVX2", "neon": "NEON"}


@dataclass(frozen=True)
class Loaded:
    """The kernels in use. handle: None where plain PyTorch runs; reason: one sentence."""

    handle: ctypes.CDLL | None
    isa: str
    reason: str


_current: Loaded | None = None
_threads = 0
_loading = threading.Lock()


def current() -> Loaded:
    """Return the kernels of this process, loading (and perhaps building) them the first time."""
    global _current
    if _current is None:
        with _loading:
            if _current is None:
                _current = _load(os.environ.get(VARIABLE, ""))
    return _current


@contextlib.contextmanager
def using(choice: str) -> Iterator[Loaded]:
    """Use other kernels meanwhile, in all threads: "reference" or an instruction set; for tests."""
    global _current
    before = _current  # perhaps none yet: then the next call loads what holds by then
    _current = _load(choice)
    try:
        yield _current
    finally:
        _current = before


def supported() -> list[str]:
    """List the instruction sets of this processor that there are kernels for, the best first."""
    kinds = list(build.ISA_FLAGS.get(build.machine(), {}))
    if build.machine() != "x86_64":
        return kinds
    has = {"AVX512": ("avx512", "avx2"), "AVX2": ("avx2",)}
    return [isa for isa in kinds if isa in has.get(_capability(), ())]


def threads() -> int:
    """Return how many threads a kernel may use: as many as torch, unless told otherwise."""
    return _threads or torch.get_num_threads()


def use_threads(count: int) -> None:
    """Let kernels use `count` threads, whatever torch uses; 0 = as many as torch.

    Their results are the same for any number, torch's are not; and where torch's operators are
    small, waking its threads takes longer than they save.
    """
    global _threads
    _threads = count


def _capability() -> str:
    return torch.backends.cpu.get_cpu_capability()


def _load(choice: str) -> Loaded:
    if choice == "reference":
        return Loaded(None, "", f"{VARIABLE}=reference is set, so plain PyTorch runs.")
    isas = supported()
    if choice not in ("", "auto"):
        if choice not in isas:
            known = ", ".join(["reference", "auto", *isas])
            return Loaded(None, "", f"{VARIABLE} must be one of {known} here, got {choice}.")
        isas = [choice]
    if not isas:
        return Loaded(None, "", "This processor has neither AVX2 nor NEON, so plain PyTorch runs.")
    isa = isas[0]
    found, problem = prebuilt.find(isa), ""
    if found is not None:
        try:
            return Loaded(ctypes.CDLL(str(found)), isa, _kernels_for(isa, "prebuilt"))
        except OSError as error:  # made for another system, or nothing may be run from its folder
            problem = f"The kernels in {found} cannot be loaded: {error}."
    try:
        found = build.built_path(isa)
        if not found.exists():
            tools = build.find_tools()
            if tools is None:
                return Loaded(None, "", problem or _without_compiler())
            build.build(isa, tools, found)
    except (build.BuildError, OSError, RuntimeError) as error:  # RuntimeError: there is no home
        return Loaded(None, "", problem or f"The kernels could not be built: {error}")
    try:
        return Loaded(ctypes.CDLL(str(found)), isa, _kernels_for(isa, "built on this machine"))
    except OSError as error:
        again = "delete it to have it built again"
        return Loaded(None, "", f"The kernels in {found} cannot be loaded ({error}): {again}.")


def _kernels_for(isa: str, origin: str) -> str:
    return f"Native kernels for {_ISA_NAMES[isa]}, {origin}."


def _without_compiler() -> str:
    place = build.platform_name()
    if sys.platform == "win32":
        return f"There are no prebuilt kernels for {place}, so plain PyTorch runs."
    install = "xcode-select --install" if sys.platform == "darwin" else "sudo apt install g++"
    return (
        f"No C++ compiler and no prebuilt kernels for {place}, so plain PyTorch runs: install one "
        f"({install}), then start again."
    )


class Function:
    """One exported function, of whichever library is in use.

    Calling it passes the arguments on, without the GIL; tensors are passed as data_ptr(), or None.
    Raises MemoryError if the kernel got no memory.
    """

    def __init__(self, name: str, *types: Any) -> None:
        self._name = name
        self._types = types
        self._handle: ctypes.CDLL | None = None
        self._call: Any = None

    def __call__(self, *arguments: Any) -> None:
        handle = current().handle
        if handle is not self._handle:
            call = getattr(handle, self._name)
            call.argtypes = self._types
            call.restype = ctypes.c_int
            # The function first: another thread that sees the new handle must not call the old one.
            self._call, self._handle = call, handle
        if self._call(*arguments) != 0:
            raise MemoryError(f"{self._name}: there is not enough memory")
