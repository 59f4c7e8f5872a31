"""Pictures that are on a GPU go into their texture there; else, for one reason, through the host.

For the window's thread. The first picture is read back and held against what would have been
uploaded; from the first thing that goes wrong on, all pictures take the way through the host.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from explorer.app.texture import Texture
from explorer.request import GpuPixels, RenderResult


def graphics_of(device: int) -> Any:
    """Return what the driver shares with OpenGL on a GPU, a cuda_ops.cuda.graphics.Graphics."""
    from cuda_ops.cuda.graphics import Graphics
    from cuda_ops.cuda.launch import gpu_driver

    return Graphics(gpu_driver(), device)


def first_line(error: Exception) -> str:
    """Return what an error says, to be put into a sentence."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


class GpuUpload:
    """Fills textures from a GPU's memory as long as nothing speaks against it."""

    def __init__(self) -> None:
        self._graphics: dict[int, Any] = {}  # by device, of those OpenGL draws on
        self._resources: WeakKeyDictionary[Texture, tuple[int, Any]] = WeakKeyDictionary()
        self._proved = False
        self._refusal = ""

    def upload(self, texture: Texture, result: RenderResult) -> bool:
        """Fill `texture` with a result's picture; False: it has to be uploaded from the host."""
        pixels = result.gpu
        if pixels is None or self._refusal:
            return False
        try:
            self._copy(texture, pixels)
            if not self._proved and not self._is_right(texture, result):
                self._refuse("the first picture the driver copied differed from the host's")
                return False
        except Exception as error:  # whatever the driver or OpenGL refuses: the host's way works
            self._refuse(first_line(error))
            return False
        self._proved = True
        return True

    @property
    def sentence(self) -> str:
        """Say how pictures of a GPU come to the screen; "" while that is not known."""
        if self._refusal:
            return f"Upload: pictures go through the computer's memory: {self._refusal}."
        if self._proved:
            return "Upload: pictures stay on the GPU; the first was read back and right."
        return ""

    def _is_right(self, texture: Texture, result: RenderResult) -> bool:
        rgba = result.rgba
        return rgba is not None and np.array_equal(texture.read(), rgba)

    def _copy(self, texture: Texture, pixels: GpuPixels) -> None:
        graphics = self._graphics_of(pixels.device)
        texture.reserve(pixels.width, pixels.height)
        device, resource = self._resources.get(texture, (-1, None))
        if resource is None or device != pixels.device:
            texture.release()
            resource = graphics.register(texture.name)
            self._resources[texture] = (pixels.device, resource)
            texture.share(lambda: self._forget(texture, graphics, resource))
        graphics.copy(resource, pixels.address, 4 * pixels.width, pixels.height)

    def _graphics_of(self, device: int) -> Any:
        if device not in self._graphics:
            graphics = graphics_of(device)
            if not graphics.draws():
                raise RuntimeError(f"OpenGL draws on another GPU than {device}")
            self._graphics[device] = graphics
        return self._graphics[device]

    def _forget(self, texture: Texture, graphics: Any, resource: Any) -> bool:
        self._resources.pop(texture, None)
        try:
            graphics.unregister(resource)
        except Exception as error:  # then the texture is left to the driver
            self._refusal = self._refusal or first_line(error)
            return False
        return True

    def _refuse(self, why: str) -> None:
        self._refusal = why
        for texture in tuple(self._resources):
            texture.release()
