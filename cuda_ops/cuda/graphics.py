"""Pictures from a GPU's memory into an OpenGL texture on the same GPU, through the driver.

For the thread in which the texture's OpenGL context is current.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from cuda_ops.cuda.driver import Driver

_MAX_DEVICES = 16
_ALL_DEVICES = 1  # CU_GL_DEVICE_LIST_ALL
_TEXTURE_2D = 0x0DE1  # GL_TEXTURE_2D
_WRITE_DISCARD = 2  # CU_GRAPHICS_REGISTER_FLAGS_WRITE_DISCARD
_DEVICE, _ARRAY = 2, 3  # kinds of memory
_ADVICE = "pictures then go through the computer's memory"


class Copy2d(ctypes.Structure):
    """CUDA_MEMCPY2D as cuMemcpy2D_v2 reads it."""

    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("src_x_bytes", "src_y")),
        ("src_kind", ctypes.c_int),
        ("src_host", ctypes.c_void_p),
        ("src_device", ctypes.c_uint64),
        ("src_array", ctypes.c_void_p),
        *((name, ctypes.c_size_t) for name in ("src_pitch", "dst_x_bytes", "dst_y")),
        ("dst_kind", ctypes.c_int),
        ("dst_host", ctypes.c_void_p),
        ("dst_device", ctypes.c_uint64),
        ("dst_array", ctypes.c_void_p),
        *((name, ctypes.c_size_t) for name in ("dst_pitch", "width_bytes", "height")),
    ]


class Graphics:
    """What one GPU shares with OpenGL. Every method raises DriverError, one sentence.

    device: its number, as torch counts.
    """

    def __init__(self, driver: Driver, device: int) -> None:
        self._driver = driver
        self._device = device

    def draws(self) -> bool:
        """Return whether the current OpenGL context draws on this GPU."""
        count, found = ctypes.c_uint(), (ctypes.c_int * _MAX_DEVICES)()
        self._call(
            "tell on which GPU OpenGL draws",
            "cuGLGetDevices_v2",
            ctypes.byref(count),
            found,
            ctypes.c_uint(_MAX_DEVICES),
            ctypes.c_int(_ALL_DEVICES),
        )
        return self._driver.handle(self._device).value in found[: count.value]

    def register(self, texture: int) -> ctypes.c_void_p:
        """Return a handle of a GL_TEXTURE_2D whose storage is only written as a whole.

        To be given to `unregister` before the texture's storage changes or goes.
        """
        resource = ctypes.c_void_p()
        with self._context():
            self._call(
                "share a texture with OpenGL",
                "cuGraphicsGLRegisterImage",
                ctypes.byref(resource),
                ctypes.c_uint(texture),
                ctypes.c_uint(_TEXTURE_2D),
                ctypes.c_uint(_WRITE_DISCARD),
            )
        return resource

    def unregister(self, resource: ctypes.c_void_p) -> None:
        with self._context():
            self._call("let go of a texture", "cuGraphicsUnregisterResource", resource)

    def copy(self, resource: ctypes.c_void_p, address: int, row_bytes: int, rows: int) -> None:
        """Fill a registered texture from memory of this GPU; OpenGL waits for it by itself.

        The copy is queued on the default stream, on which torch runs: what torch does later with
        that memory comes later there, too.
        """
        array, one, stream = ctypes.c_void_p(), ctypes.c_uint(1), ctypes.c_void_p()
        what = "copy a picture to OpenGL"
        with self._context():
            self._call(what, "cuGraphicsMapResources", one, ctypes.byref(resource), stream)
            try:
                self._call(
                    what,
                    "cuGraphicsSubResourceGetMappedArray",
                    ctypes.byref(array),
                    resource,
                    ctypes.c_uint(0),
                    ctypes.c_uint(0),
                )
                copy = Copy2d(
                    src_kind=_DEVICE,
                    src_device=address,
                    src_pitch=row_bytes,
                    dst_kind=_ARRAY,
                    dst_array=array.value,
                    width_bytes=row_bytes,
                    height=rows,
                )
                self._call(what, "cuMemcpy2D_v2", ctypes.byref(copy))
            finally:
                self._call(what, "cuGraphicsUnmapResources", one, ctypes.byref(resource), stream)

    @cached_property
    def _primary(self) -> ctypes.c_void_p:
        return self._driver.primary_context(self._device)

    @contextlib.contextmanager
    def _context(self) -> Iterator[None]:
        # The thread may have another GPU's context, or none.
        what = f"use GPU {self._device}"
        self._call(what, "cuCtxPushCurrent_v2", self._primary)
        try:
            yield
        finally:
            self._call(what, "cuCtxPopCurrent_v2", ctypes.byref(ctypes.c_void_p()))

    def _call(self, what: str, function: str, *arguments: Any) -> None:
        self._driver.call(what, function, *arguments, advice=_ADVICE)
