"""The picture itself: linear or with sharp pixels, over a checkerboard where it is transparent."""

from __future__ import annotations

from imgui_bundle import ImVec4, imgui

from explorer.actions import Magnify
from explorer.panel_state import Emit, TextureView
from widgets.canvas_geometry import Area, Placement, sharp_part
from widgets.controls import em, u32

Part = tuple[Magnify, TextureView]


def draw_picture(
    area: Area,
    placed: Placement,
    picture: TextureView,
    part: Part | None,
    emit: Emit,
    *,
    faded: bool = False,
    sharp: bool = False,
    transparent: bool = False,
) -> None:
    """Draw a picture inside `area`.

    Args:
        part:  of the picture, with its pixels repeated; asked for where it is missing.
        sharp: whether pixels are squares.
    """
    draw = imgui.get_window_draw_list()
    low, high = (placed.left, placed.top), (placed.right, placed.bottom)
    draw.push_clip_rect((area.left, area.top), (area.right, area.bottom), True)
    if transparent:
        _checkerboard(draw, area, placed)
    tint = u32(ImVec4(1, 1, 1, 0.35 if faded else 1.0))
    draw.add_image(imgui.ImTextureRef(picture.texture), low, high, (0, 0), (1, 1), tint)
    if sharp and placed.scale > 1:
        _draw_sharp(draw, area, placed, part, emit, tint)
    draw.pop_clip_rect()


def _draw_sharp(
    draw: imgui.ImDrawList, area: Area, placed: Placement, part: Part | None, emit: Emit, tint: int
) -> None:
    """Cover the visible part with sharp pixels, and ask for them where they are missing."""
    wanted = sharp_part(placed, area)
    if wanted is None:
        return
    if part is None or not part[0].covers(wanted):
        emit(wanted)
    if part is not None:
        asked, texture = part
        left, top = placed.screen_from_picture(asked.left, asked.top)
        right, bottom = placed.screen_from_picture(asked.right, asked.bottom)
        reference = imgui.ImTextureRef(texture.texture)
        draw.add_image(reference, (left, top), (right, bottom), (0, 0), (1, 1), tint)
    if placed.scale >= 24:
        _pixel_lines(draw, area, placed)


def _checkerboard(draw: imgui.ImDrawList, area: Area, placed: Placement) -> None:
    """Two greys behind a picture with transparency, only where it is visible."""
    side = max(em(0.7), 4.0)
    left, top = max(placed.left, area.left), max(placed.top, area.top)
    right, bottom = min(placed.right, area.right), min(placed.bottom, area.bottom)
    if right <= left or bottom <= top:
        return
    draw.add_rect_filled((left, top), (right, bottom), u32(ImVec4(0.62, 0.62, 0.64, 1)))
    dark = u32(ImVec4(0.42, 0.42, 0.44, 1))
    row, y = 0, top
    while y < bottom:
        x = left + (row % 2) * side
        while x < right:
            draw.add_rect_filled((x, y), (min(x + side, right), min(y + side, bottom)), dark)
            x += 2 * side
        row, y = row + 1, y + side


def _pixel_lines(draw: imgui.ImDrawList, area: Area, placed: Placement) -> None:
    """Fine lines between pixels once each is large."""
    colour = u32(ImVec4(0, 0, 0, 0.25))
    first_x, first_y = placed.picture_from_screen(area.left, area.top)
    last_x, last_y = placed.picture_from_screen(area.right, area.bottom)
    for column in range(max(0, int(first_x)), min(placed.width, int(last_x) + 1) + 1):
        x = placed.left + column * placed.scale
        draw.add_line((x, max(placed.top, area.top)), (x, placed.bottom), colour)
    for row in range(max(0, int(first_y)), min(placed.height, int(last_y) + 1) + 1):
        y = placed.top + row * placed.scale
        draw.add_line((max(placed.left, area.left), y), (placed.right, y), colour)
