"""Where the picture lies, and what zoom and pan do to the point under the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.view_state import CanvasView
from widgets.canvas_geometry import (
    ZOOM_RANGE,
    Area,
    Placement,
    actual_size,
    fitted,
    grid_cells,
    panned,
    place,
    sharp_part,
    zoomed,
)

AREA = Area(100, 50, 800, 600)


def test_a_fitted_picture_is_centred_and_touches_the_margin():
    placed = place(CanvasView(), AREA, 64, 64, margin=10)

    assert (placed.top, placed.bottom) == (60, 640)
    assert placed.left + placed.right == 2 * AREA.centre[0]


def test_one_to_one_is_one_to_one():
    placed = place(actual_size(CanvasView()), AREA, 64, 32, margin=10)

    assert (placed.scale, placed.left, placed.top) == (1.0, 468.0, 334.0)
    assert fitted(actual_size(CanvasView())) == CanvasView()


@given(
    x=st.floats(100, 900),
    y=st.floats(50, 650),
    notches=st.floats(-8, 8),
    zoom=st.floats(0.1, 20),
    pan=st.floats(-40, 40),
)
def test_the_point_under_the_cursor_stays_when_zooming(x, y, notches, zoom, pan):
    view = CanvasView(fit="free", zoom=zoom, pan_x=pan, pan_y=-pan)
    before = place(view, AREA, 64, 64, margin=0)
    after = place(zoomed(view, before, AREA, x, y, notches), AREA, 64, 64, margin=0)

    assert ZOOM_RANGE[0] <= after.scale <= ZOOM_RANGE[1]
    old, new = before.picture_from_screen(x, y), after.picture_from_screen(x, y)
    # The picture starts on whole pixels of the screen.
    assert new == pytest.approx(old, abs=1.0 / before.scale + 1.0 / after.scale)


def test_panning_follows_the_hand_and_ends_at_the_edge():
    placed = place(CanvasView(), AREA, 64, 64, margin=0)
    moved = panned(CanvasView(), placed, AREA, 30, -20)

    assert (moved.fit, moved.zoom) == ("free", placed.scale)
    assert (moved.pan_x, moved.pan_y) == (-30 / placed.scale, 20 / placed.scale)
    far = place(panned(moved, placed, AREA, 1e6, 1e6), AREA, 64, 64, margin=0)
    assert far.left < AREA.left + AREA.width
    assert far.top < AREA.top + AREA.height


def test_pixels_are_named_by_column_and_row():
    placed = Placement(10, 20, 4.0, 8, 6)

    assert placed.pixel_at(10, 20) == (0, 0)
    assert placed.pixel_at(41.9, 43.9) == (7, 5)
    assert placed.pixel_at(42, 30) is None
    assert placed.pixel_at(9.9, 30) is None


def test_sharp_pixels_are_asked_for_where_they_are_visible():
    view = CanvasView(fit="free", zoom=50.0)
    part = sharp_part(place(view, AREA, 64, 64, margin=0), AREA)

    assert part is not None
    assert (part.left, part.right, part.top, part.bottom) == (24, 40, 24, 40)
    assert part.factor == 50
    away = place(CanvasView(fit="free", zoom=50.0, pan_x=500), AREA, 64, 64, margin=0)
    assert sharp_part(away, AREA) is None


def test_cells_lie_inside_and_apart():
    cells = grid_cells(AREA, 5, 3, aspect=1.0, gap=4, margin=10)

    assert len(cells) == 15
    boxes = {(column, row): cell for column, row, cell in cells}
    assert boxes[0, 0].left >= AREA.left + 10
    assert boxes[4, 2].top + boxes[4, 2].height <= AREA.top + AREA.height - 10
    assert boxes[1, 0].left >= boxes[0, 0].left + boxes[0, 0].width + 3
