"""The textures on screen: the picture, the grid's cells, the thumbnails."""

from __future__ import annotations

import time

from explorer.messages import Cell, Thumbnail
from explorer.panel_state import TextureView
from explorer.request import RenderResult
from explorer.settings import Grid, MixSource
from explorer.texture import Texture, TexturePool

MAX_CELLS = 256
MAX_THUMBNAILS = 256


class Pictures:
    """Owns every texture; for the window's thread."""

    def __init__(self) -> None:
        self._picture = Texture()
        self._cells: TexturePool[tuple[int, int]] = TexturePool(MAX_CELLS)
        self._thumbnails: TexturePool[MixSource] = TexturePool(MAX_THUMBNAILS)
        self._grid: Grid | None = None

    @property
    def picture(self) -> TextureView | None:
        return self._picture.view

    def show(self, result: RenderResult) -> float:
        """Upload a result's picture; returns the milliseconds it took."""
        started = time.perf_counter()
        if result.rgba is not None:
            self._picture.upload(result.rgba)
        return 1000 * (time.perf_counter() - started)

    def set_nearest(self, nearest: bool) -> None:
        self._picture.set_nearest(nearest)

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

    def clear(self) -> None:
        """Free everything: the model was closed, or the window is going away."""
        self._picture.free()
        self._cells.clear()
        self._thumbnails.clear()
