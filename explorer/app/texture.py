"""GL textures of RGBA8 pictures: made, filled and shown on the window's thread only.

Dear ImGui's own samplers decide how textures are read, always linearly; sharp pixels come from
pictures whose pixels were repeated (`explorer.app.pictures`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np
import OpenGL

OpenGL.ERROR_CHECKING = False  # a check after every call costs more than the calls
import OpenGL.GL as gl  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from explorer.panel_state import TextureView  # noqa: E402

Key = TypeVar("Key", bound=Hashable)


class Texture:
    """One texture; its storage is kept while pictures of the same size arrive."""

    def __init__(self) -> None:
        self._name = 0
        self._size = (0, 0)
        self._let_go: Callable[[], bool] | None = None

    @property
    def name(self) -> int:
        """What OpenGL calls it; 0 before the first picture."""
        return self._name

    @property
    def view(self) -> TextureView | None:
        """What `imgui.image` needs; None before the first upload."""
        return TextureView(self._name, *self._size) if self._name else None

    def upload(self, rgba: NDArray[np.uint8]) -> TextureView:
        """Show `rgba` [H, W, 4], C-contiguous."""
        height, width = rgba.shape[:2]
        pixels = np.ascontiguousarray(rgba)
        gl.glPixelStorei(gl.GL_UNPACK_ALIGNMENT, 4)
        gl.glPixelStorei(gl.GL_UNPACK_ROW_LENGTH, 0)
        if not self.reserve(width, height, pixels):
            form, kind = gl.GL_RGBA, gl.GL_UNSIGNED_BYTE
            gl.glTexSubImage2D(gl.GL_TEXTURE_2D, 0, 0, 0, width, height, form, kind, pixels)
        return TextureView(self._name, width, height)

    def reserve(self, width: int, height: int, pixels: NDArray[np.uint8] | None = None) -> bool:
        """Bind the texture; if its size changes, make its storage anew, filled with `pixels`.

        Returns whether the storage is new.
        """
        if self._name and self._size == (width, height):
            gl.glBindTexture(gl.GL_TEXTURE_2D, self._name)
            return False
        self.release()
        if not self._name:
            self._name = int(gl.glGenTextures(1))
        gl.glBindTexture(gl.GL_TEXTURE_2D, self._name)
        form, kind = gl.GL_RGBA, gl.GL_UNSIGNED_BYTE
        gl.glTexImage2D(gl.GL_TEXTURE_2D, 0, gl.GL_RGBA8, width, height, 0, form, kind, pixels)
        for axis in (gl.GL_TEXTURE_WRAP_S, gl.GL_TEXTURE_WRAP_T):
            gl.glTexParameteri(gl.GL_TEXTURE_2D, axis, gl.GL_CLAMP_TO_EDGE)
        for name in (gl.GL_TEXTURE_MAG_FILTER, gl.GL_TEXTURE_MIN_FILTER):
            gl.glTexParameteri(gl.GL_TEXTURE_2D, name, gl.GL_LINEAR)
        self._size = (width, height)
        return True

    def share(self, let_go: Callable[[], bool]) -> None:
        """Have `let_go` called before the storage changes or goes: somebody else knows it, too.

        let_go: returns whether that worked; if not, the texture is left to them.
        """
        self._let_go = let_go

    def release(self) -> None:
        """Have whoever else knows the storage let go of it."""
        let_go, self._let_go = self._let_go, None
        if let_go is not None and not let_go():
            self._name, self._size = 0, (0, 0)

    def read(self) -> NDArray[np.uint8]:
        """Return what it holds, [H, W, 4], as it was uploaded; for checks, since it waits."""
        width, height = self._size
        pixels = np.empty((height, width, 4), np.uint8)
        gl.glBindTexture(gl.GL_TEXTURE_2D, self._name)
        gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 4)
        gl.glGetTexImage(gl.GL_TEXTURE_2D, 0, gl.GL_RGBA, gl.GL_UNSIGNED_BYTE, pixels)
        return pixels

    def free(self) -> None:
        self.release()
        if self._name:
            gl.glDeleteTextures([self._name])
        self._name, self._size = 0, (0, 0)


class TexturePool(Generic[Key]):
    """Textures by key, the least recently filled dropped beyond `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._textures: dict[Key, Texture] = {}

    def upload(self, key: Key, rgba: NDArray[np.uint8]) -> TextureView:
        texture = self._textures.pop(key, None) or Texture()
        self._textures[key] = texture
        view = texture.upload(rgba)
        while len(self._textures) > self._limit:
            self._textures.pop(next(iter(self._textures))).free()
        return view

    def views(self) -> dict[Key, TextureView]:
        found = ((key, texture.view) for key, texture in self._textures.items())
        return {key: view for key, view in found if view is not None}

    def clear(self) -> None:
        for texture in self._textures.values():
            texture.free()
        self._textures.clear()


class Offscreen:
    """A drawing surface of any size in place of the window's, which ends at the monitor's edges."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self._target = Texture()
        view = self._target.upload(np.zeros((height, width, 4), np.uint8))
        self._framebuffer = int(gl.glGenFramebuffers(1))
        self.bind()
        gl.glFramebufferTexture2D(
            gl.GL_FRAMEBUFFER, gl.GL_COLOR_ATTACHMENT0, gl.GL_TEXTURE_2D, view.texture, 0
        )

    def bind(self) -> None:
        """Draw here from now on."""
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, self._framebuffer)

    def read(self) -> NDArray[np.uint8]:
        """Return what was drawn, [H, W, 4], top row first."""
        return _read(gl.GL_COLOR_ATTACHMENT0, *self.size)

    def free(self) -> None:
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, 0)
        gl.glDeleteFramebuffers(1, [self._framebuffer])
        self._target.free()


def read_window(width: int, height: int) -> NDArray[np.uint8]:
    """Return the picture about to be shown, [H, W, 4], top row first; call before the swap."""
    return _read(gl.GL_BACK, width, height)


def _read(buffer: int, width: int, height: int) -> NDArray[np.uint8]:
    pixels = np.empty((height, width, 4), np.uint8)
    gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 4)
    gl.glReadBuffer(buffer)
    gl.glReadPixels(0, 0, width, height, gl.GL_RGBA, gl.GL_UNSIGNED_BYTE, pixels)
    pixels = np.ascontiguousarray(pixels[::-1])
    pixels[..., 3] = 255  # what is behind the window is not part of it
    return pixels


def finish_drawing() -> None:
    """Wait until the frame is drawn.

    Without a display nothing waits for software OpenGL, which then falls dozens of frames behind.
    """
    gl.glFinish()
