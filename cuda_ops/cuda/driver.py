"""The CUDA driver through ctypes: load a compiled kernel, launch it."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from typing import Any


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
        self._call("start", "cuInit", ctypes.c_uint(0))

    def ensure_context(self, device: int) -> None:
        """Make a device's primary context, which torch uses, current in a thread without any.

        device: its number, as torch counts.
        """
        context, handle = ctypes.c_void_p(), ctypes.c_int()
        self._call("look for a context", "cuCtxGetCurrent", ctypes.byref(context))
        if not context:
            what = f"use GPU {device}"
            self._call(what, "cuDeviceGet", ctypes.byref(handle), ctypes.c_int(device))
            self._call(what, "cuDevicePrimaryCtxRetain", ctypes.byref(context), handle)
            self._call(what, "cuCtxSetCurrent", context)

    def function(self, image: bytes, name: str) -> ctypes.c_void_p:
        """Load a module into the current context and return the handle of one of its kernels.

        Modules stay loaded as long as the process lives.
        """
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        self._call(f"load {name}", "cuModuleLoadData", ctypes.byref(module), image)
        self._call(
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
        self._call(
            f"run {name}", "cuLaunchKernel", function, *grid, stream or None, parameters, None
        )

    def _call(self, what: str, function: str, *arguments: Any) -> None:
        result = getattr(self._library, function)(*arguments)
        if result != 0:
            raise DriverError(
                f"The CUDA driver cannot {what}: {self._text(result)} (code {result}); "
                "LATENT_EXPLORER_OPS=reference does without the compiled kernels."
            )

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
