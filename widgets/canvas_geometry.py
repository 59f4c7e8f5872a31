"""Where a picture lies on the canvas, and what a zoom or a drag makes of it; no imgui here.

Screen and canvas lengths are pixels of the window; picture lengths are pixels of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from explorer.actions import Magnify
from explorer.view_state import CanvasView

ZOOM_RANGE = (0.02, 64.0)
WHEEL_FACTOR = 1.2
MAX_PART_PX = 4096  # side of a texture


@dataclass(frozen=True)
class Placement:
    """The picture's left and top on the screen and the screen pixels per picture pixel."""

    left: float
    top: float
    scale: float
    width: int
    height: int

    @property
    def right(self) -> float:
        return self.left + self.width * self.scale

    @property
    def bottom(self) -> float:
        return self.top + self.height * self.scale

    def picture_from_screen(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) / self.scale, (y - self.top) / self.scale

    def screen_from_picture(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x * self.scale, self.top + y * self.scale

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return column and row of the pixel under a screen position, None outside."""
        px, py = self.picture_from_screen(x, y)
        if 0 <= px < self.width and 0 <= py < self.height:
            return int(px), int(py)
        return None


@dataclass(frozen=True)
class Area:
    """The canvas on the screen."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2


def place(view: CanvasView, area: Area, width: int, height: int, margin: float) -> Placement:
    """Return where a picture of `width` x `height` is drawn; `margin` is kept free when fitted."""
    centre_x, centre_y = area.centre
    if view.fit == "fit":
        scale = min(
            max(area.width - 2 * margin, 8.0) / width, max(area.height - 2 * margin, 8.0) / height
        )
        pan_x = pan_y = 0.0
    else:
        scale, pan_x, pan_y = view.zoom, view.pan_x, view.pan_y
    left = centre_x - (width / 2 + pan_x) * scale
    top = centre_y - (height / 2 + pan_y) * scale
    # Whole pixels keep a 1:1 picture sharp.
    return Placement(float(round(left)), float(round(top)), scale, width, height)


def visible_part(area: Area, placed: Placement) -> Area:
    """Return what of the canvas shows the picture; its width or height is 0 where nothing does."""
    left, top = max(area.left, placed.left), max(area.top, placed.top)
    right, bottom = min(area.right, placed.right), min(area.bottom, placed.bottom)
    return Area(left, top, max(right - left, 0.0), max(bottom - top, 0.0))


def sharp_part(placed: Placement, area: Area) -> Magnify | None:
    """Return which part of a magnified picture needs sharp pixels; None where none is visible.

    Its edges lie on multiples of 8 pixels, so that a small movement needs no other part.
    """
    x0, y0 = placed.picture_from_screen(area.left, area.top)
    x1, y1 = placed.picture_from_screen(area.left + area.width, area.top + area.height)
    left, top = max(0, math.floor(x0 / 8) * 8), max(0, math.floor(y0 / 8) * 8)
    right = min(placed.width, math.ceil(x1 / 8) * 8)
    bottom = min(placed.height, math.ceil(y1 / 8) * 8)
    if right <= left or bottom <= top:
        return None
    room = MAX_PART_PX // max(right - left, bottom - top)
    return Magnify(left, top, right, bottom, max(1, min(math.ceil(placed.scale), room)))


def zoomed(
    view: CanvasView, placed: Placement, area: Area, x: float, y: float, notches: float
) -> CanvasView:
    """Zoom by wheel `notches` so that the picture point under the screen point (x, y) stays."""
    scale = min(max(placed.scale * WHEEL_FACTOR**notches, ZOOM_RANGE[0]), ZOOM_RANGE[1])
    point_x, point_y = placed.picture_from_screen(x, y)
    centre_x, centre_y = area.centre
    return replace(
        view,
        fit="free",
        zoom=scale,
        pan_x=point_x - (x - centre_x) / scale - placed.width / 2,
        pan_y=point_y - (y - centre_y) / scale - placed.height / 2,
    )


def panned(view: CanvasView, placed: Placement, area: Area, dx: float, dy: float) -> CanvasView:
    """Move the picture by screen pixels; it never leaves the canvas altogether."""
    free = view if view.fit == "free" else _freed(view, placed, area)
    limit_x = placed.width / 2 + 0.4 * area.width / placed.scale
    limit_y = placed.height / 2 + 0.4 * area.height / placed.scale
    pan_x = min(max(free.pan_x - dx / placed.scale, -limit_x), limit_x)
    pan_y = min(max(free.pan_y - dy / placed.scale, -limit_y), limit_y)
    return replace(free, pan_x=pan_x, pan_y=pan_y)


def actual_size(view: CanvasView) -> CanvasView:
    """One picture pixel per window pixel, centred."""
    return replace(view, fit="free", zoom=1.0, pan_x=0.0, pan_y=0.0)


def fitted(view: CanvasView) -> CanvasView:
    return replace(view, fit="fit", zoom=1.0, pan_x=0.0, pan_y=0.0)


def _freed(view: CanvasView, placed: Placement, area: Area) -> CanvasView:
    return replace(view, fit="free", zoom=placed.scale, pan_x=0.0, pan_y=0.0)


def grid_cells(
    area: Area, columns: int, rows: int, aspect: float, gap: float, margin: float
) -> list[tuple[int, int, Area]]:
    """Return (column, row, place) of every cell; cells have `aspect` = width / height."""
    room_x = max(area.width - 2 * margin - (columns - 1) * gap, 8.0 * columns)
    room_y = max(area.height - 2 * margin - (rows - 1) * gap, 8.0 * rows)
    width = min(room_x / columns, room_y / rows * aspect)
    height = width / aspect
    left = area.left + (area.width - columns * width - (columns - 1) * gap) / 2
    top = area.top + (area.height - rows * height - (rows - 1) * gap) / 2
    return [
        (
            column,
            row,
            Area(round(left + column * (width + gap)), round(top + row * (height + gap)),
                 round(width), round(height)),
        )
        for row in range(rows)
        for column in range(columns)
    ]  # fmt: skip
