"""The CUDA driver through ctypes: load a compiled kernel, launch it."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from typing import Any

_WITHOUT = "LATENT_EXPLORER_OPS=reference does without the compiled kernels"


class DriverError(RuntimeError):
    """The driver is absent or refused; one sentence."""


class Driver:
    """One loaded driver library."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._library.cuLaunchKernel.argtypes = [
            ctypes.c_void_p,
            *[ctypes.c_uint] * 7,
            ctypes.c_void_p,
            ctypes.POINTER(ctypes.c_void_p),
            ctypes.c_void_p,
        ]
        self.call("start", "cuInit", ctypes.c_uint(0))

    def ensure_context(self, device: int) -> None:
        """Make a device's primary context, which torch uses, current in a thread without any.

        device: its number, as torch counts.
        """
        context = ctypes.c_void_p()
        self.call("look for a context", "cuCtxGetCurrent", ctypes.byref(context))
        if not context:
            self.call(f"use GPU {device}", "cuCtxSetCurrent", self.primary_context(device))

    def primary_context(self, device: int) -> ctypes.c_void_p:
        """Return the context of a device that torch uses, which stays as long as the process."""
        context, what = ctypes.c_void_p(), f"use GPU {device}"
        self.call(what, "cuDevicePrimaryCtxRetain", ctypes.byref(context), self.handle(device))
        return context

    def handle(self, device: int) -> ctypes.c_int:
        """Return what the driver calls a device; torch counts them."""
        handle = ctypes.c_int()
        what = f"use GPU {device}"
        self.call(what, "cuDeviceGet", ctypes.byref(handle), ctypes.c_int(device))
        return handle

    def function(self, image: bytes, name: str) -> ctypes.c_void_p:
        """Load a module into the current context and return the handle of one of its kernels.

        Modules stay loaded as long as the process lives.
        """
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        self.call(f"load {name}", "cuModuleLoadData", ctypes.byref(module), image)
        self.call(
            f"find {name}", "cuModuleGetFunction", ctypes.byref(function), module, name.encode()
        )
        return function

    def launch(
        self,
        function: ctypes.c_void_p,
        name: str,
        args: ctypes.Structure,
        *,
        blocks: int,
        threads: int,
        shared_bytes: int,
        stream: int,
    ) -> None:
        """Queue a kernel on a stream of the current context; args is copied before this returns."""
        parameters = (ctypes.c_void_p * 1)(ctypes.addressof(args))
        grid = (blocks, 1, 1, threads, 1, 1, shared_bytes)
        self.call(
            f"run {name}", "cuLaunchKernel", function, *grid, stream or None, parameters, None
        )

    def call(self, what: str, function: str, *arguments: Any, advice: str = _WITHOUT) -> None:
        """Call one of the driver's functions; DriverError says that it cannot `what`, and why."""
        result = getattr(self._library, function)(*arguments)
        if result != 0:
            why = f"{self._text(result)} (code {result})"
            raise DriverError(f"The CUDA driver cannot {what}: {why}; {advice}.")

    def _text(self, result: int) -> str:
        text = ctypes.c_char_p()
        self._library.cuGetErrorString(ctypes.c_int(result), ctypes.byref(text))
        return (text.value or b"unknown error").decode(errors="replace")


def find() -> Driver:
    """Load the driver; DriverError, one sentence, if there is none."""
    names = ("nvcuda.dll",) if sys.platform == "win32" else ("libcuda.so.1", "libcuda.so")
    for name in names:
        with contextlib.suppress(OSError):
            return Driver(ctypes.CDLL(name))
    raise DriverError(f"The CUDA driver ({names[0]}) was not found: install NVIDIA's driver.")
