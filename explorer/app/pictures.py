"""The textures on screen: the picture, a second one, the grid's cells, the thumbnails."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from explorer.actions import Magnify
from explorer.app.gpu_upload import GpuUpload
from explorer.app.texture import Texture, TexturePool
from explorer.messages import Cell, Thumbnail
from explorer.panel_state import TextureView
from explorer.request import RenderResult
from explorer.settings import Grid, MixSource

MAX_CELLS = 256
MAX_THUMBNAILS = 256
MAX_SHEETS = 12  # of training: sample sheets and previews of data


class Pictures:
    """Owns every texture; for the window's thread."""

    def __init__(self) -> None:
        self.gpu = GpuUpload()
        self._picture = Texture()
        self._part = Texture()
        self._other = Texture()
        self._other_part = Texture()
        self._other_result: RenderResult | None = None
        self._asked: Magnify | None = None
        self._cells: TexturePool[tuple[int, int]] = TexturePool(MAX_CELLS)
        self._thumbnails: TexturePool[MixSource] = TexturePool(MAX_THUMBNAILS)
        self._sheets: TexturePool[str] = TexturePool(MAX_SHEETS)
        self._grid: Grid | None = None
        self.watcher: Callable[[RenderResult], None] | None = None  # is told what `show` shows

    @property
    def picture(self) -> TextureView | None:
        return self._picture.view

    def show(self, result: RenderResult) -> float:
        """Upload a result's picture; returns the milliseconds it took."""
        started = time.perf_counter()
        if result.has_picture:
            self._upload(self._picture, result)
            if self.watcher is not None:
                self.watcher(result)
            if self._asked is not None:
                self.magnify(self._asked, result.rgba)
        return 1000 * (time.perf_counter() - started)

    def show_other(self, result: RenderResult) -> None:
        """Upload the second picture of a comparison."""
        if result.has_picture:
            self._other_result = result
            self._upload(self._other, result)
            self._magnify_other()

    def _upload(self, texture: Texture, result: RenderResult) -> None:
        if self.gpu.upload(texture, result):
            return
        rgba = result.rgba
        assert rgba is not None
        texture.upload(rgba)

    @property
    def other(self) -> TextureView | None:
        return self._other.view

    @property
    def magnified(self) -> tuple[Magnify, TextureView] | None:
        return self._with_part(self._part)

    @property
    def other_magnified(self) -> tuple[Magnify, TextureView] | None:
        return self._with_part(self._other_part) if self._other_result is not None else None

    def _with_part(self, part: Texture) -> tuple[Magnify, TextureView] | None:
        view = part.view
        return (self._asked, view) if self._asked is not None and view is not None else None

    def magnify(self, asked: Magnify | None, rgba: NDArray[np.uint8] | None) -> None:
        """Keep a part of the picture, its pixels repeated, and renew it with every picture."""
        self._asked = asked
        if asked is None or rgba is None:
            self._asked = None
            return
        self._part.upload(repeated(rgba, asked))
        self._magnify_other()

    def _magnify_other(self) -> None:
        if self._asked is None or self._other_result is None:
            return
        rgba = self._other_result.rgba
        if rgba is not None:
            self._other_part.upload(repeated(rgba, self._asked))

    def take_cell(self, cell: Cell) -> None:
        self._cells.upload((cell.column, cell.row), cell.rgba)

    def take_thumbnail(self, thumbnail: Thumbnail) -> None:
        self._thumbnails.upload(thumbnail.source, thumbnail.rgba)

    def cells(self, grid: Grid) -> dict[tuple[int, int], TextureView]:
        """Return the grid's pictures; those of a grid of another shape are dropped."""
        if grid != self._grid:
            self._cells.clear()
            self._grid = grid
        return self._cells.views()

    def thumbnails(self) -> dict[MixSource, TextureView]:
        return self._thumbnails.views()

    def take_sheet(self, key: str, rgba: NDArray[np.uint8]) -> None:
        self._sheets.upload(key, rgba)

    def sheets(self) -> dict[str, TextureView]:
        return self._sheets.views()

    def clear(self) -> None:
        """Free everything: the model was closed, or the window is going away."""
        self._picture.free()
        self._part.free()
        self._other.free()
        self._other_part.free()
        self._other_result = None
        self._cells.clear()
        self._thumbnails.clear()
        self._sheets.clear()


def repeated(rgba: NDArray[np.uint8], part: Magnify) -> NDArray[np.uint8]:
    """Return the part of `rgba` [H, W, 4], each pixel repeated `factor` times both ways."""
    cut = rgba[part.top : part.bottom, part.left : part.right]
    return cut.repeat(part.factor, axis=0).repeat(part.factor, axis=1)
