"""OpenGL and libcuda that are not there, over the same textures: what each may do with them.

A registered texture's storage must not change or go; what is mapped is OpenGL's no more; a copy
needs a context, a mapped array, and pixels that lie where it says.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

REFUSED = 999
OPENGL_DRAWS_ON = (7,)  # the driver's own number of the device that torch calls 0


class FakeGl:
    """The calls of OpenGL that a texture makes; constants are their own names."""

    def __init__(self) -> None:
        self.storage: dict[int, NDArray[np.uint8]] = {}
        self.registered: set[int] = set()
        self.mapped: set[int] = set()
        self.bound = 0
        self._names = 0

    def __getattr__(self, name: str) -> str:
        if name.startswith("GL_"):
            return name
        raise AttributeError(name)

    def glGenTextures(self, count: int) -> int:
        self._names += 1
        return self._names

    def glBindTexture(self, target: str, name: int) -> None:
        self.bound = name

    def glPixelStorei(self, *_: Any) -> None: ...

    def glTexParameteri(self, *_: Any) -> None: ...

    def glTexImage2D(self, *arguments: Any) -> None:
        width, height, pixels = arguments[3], arguments[4], arguments[-1]
        assert self.bound not in self.registered, "the storage of a shared texture was replaced"
        empty = np.full((height, width, 4), 0xEE, np.uint8)
        self.storage[self.bound] = empty if pixels is None else pixels.copy()

    def glTexSubImage2D(self, *arguments: Any) -> None:
        assert self.bound not in self.mapped
        self.storage[self.bound][:] = arguments[-1]

    def glGetTexImage(self, *arguments: Any) -> None:
        assert self.bound not in self.mapped
        arguments[-1][:] = self.storage[self.bound]

    def glDeleteTextures(self, names: list[int]) -> None:
        for name in names:
            assert name not in self.registered, "a shared texture was deleted"
            del self.storage[name]


class FakeCuda:
    """The calls of libcuda behind cuda_ops.cuda.graphics, as ctypes makes them.

    log:    their names, in order.
    fails:  the name of one that is refused.
    wrong:  whether copies change a pixel.
    """

    def __init__(self, gl: FakeGl) -> None:
        self.gl = gl
        self.log: list[str] = []
        self.fails = ""
        self.wrong = False
        self.contexts: list[int] = []
        self.resources: dict[int, int] = {}  # resource: texture

    def __getattr__(self, name: str) -> Any:
        call = getattr(type(self), f"_{name}", None)
        if call is None:
            raise AttributeError(name)

        def counted(*arguments: Any) -> int:
            self.log.append(name)
            if name == self.fails:
                return REFUSED
            call(self, *arguments)
            return 0

        counted.argtypes = None  # pyright: ignore[reportFunctionMemberAccess]
        setattr(self, name, counted)
        return counted

    def _cuInit(self, flags: Any) -> None: ...

    def _cuLaunchKernel(self, *_: Any) -> None:
        raise AssertionError("no kernels here")

    def _cuGetErrorString(self, code: Any, text: Any) -> None:
        text._obj.value = b"operation not supported"

    def _cuDeviceGet(self, handle: Any, device: Any) -> None:
        handle._obj.value = 7 + device.value

    def _cuDevicePrimaryCtxRetain(self, context: Any, handle: Any) -> None:
        context._obj.value = 100 + handle.value

    def _cuCtxPushCurrent_v2(self, context: Any) -> None:
        self.contexts.append(context.value)

    def _cuCtxPopCurrent_v2(self, context: Any) -> None:
        context._obj.value = self.contexts.pop()

    def _cuGLGetDevices_v2(self, count: Any, devices: Any, room: Any, kind: Any) -> None:
        assert (room.value, kind.value) == (len(devices), 1)
        count._obj.value = len(OPENGL_DRAWS_ON)
        for index, device in enumerate(OPENGL_DRAWS_ON):
            devices[index] = device

    def _cuGraphicsGLRegisterImage(self, resource: Any, name: Any, kind: Any, flags: Any) -> None:
        assert self.contexts
        assert (kind.value, flags.value) == (0x0DE1, 2)
        assert name.value in self.gl.storage
        assert name.value not in self.gl.registered
        self.gl.registered.add(name.value)
        resource._obj.value = 5000 + name.value
        self.resources[5000 + name.value] = name.value

    def _cuGraphicsUnregisterResource(self, resource: Any) -> None:
        assert self.contexts
        self.gl.registered.remove(self.resources.pop(resource.value))

    def _cuGraphicsMapResources(self, count: Any, resource: Any, stream: Any) -> None:
        assert self.contexts
        assert (count.value, stream.value) == (1, None)
        name = self.resources[resource._obj.value]
        assert name not in self.gl.mapped
        self.gl.mapped.add(name)

    def _cuGraphicsUnmapResources(self, count: Any, resource: Any, stream: Any) -> None:
        assert (count.value, stream.value) == (1, None)
        self.gl.mapped.remove(self.resources[resource._obj.value])

    def _cuGraphicsSubResourceGetMappedArray(
        self, array: Any, resource: Any, index: Any, level: Any
    ) -> None:
        assert (index.value, level.value) == (0, 0)
        name = self.resources[resource.value]
        assert name in self.gl.mapped
        array._obj.value = 9000 + name

    def _cuMemcpy2D_v2(self, copy: Any) -> None:
        wanted = copy._obj
        name = wanted.dst_array - 9000
        assert name in self.gl.mapped
        storage = self.gl.storage[name]
        assert (wanted.src_kind, wanted.dst_kind) == (2, 3)
        assert (wanted.src_x_bytes, wanted.src_y, wanted.dst_x_bytes, wanted.dst_y) == (0, 0, 0, 0)
        assert (wanted.height, wanted.width_bytes) == (len(storage), 4 * storage.shape[1])
        assert wanted.src_pitch == wanted.width_bytes
        pixels = ctypes.string_at(wanted.src_device, storage.nbytes)
        storage[:] = np.frombuffer(pixels, np.uint8).reshape(storage.shape)
        storage[0, 0, 0] ^= self.wrong
