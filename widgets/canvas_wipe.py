"""The line between two pictures on the canvas, what it uncovers, and what lies on its sides.

Ids: `##wipe`, the line; drag it, or move the slider `##wipe_at` of the training panel.
"""

from __future__ import annotations

from imgui_bundle import ImVec2, ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import Action
from explorer.panel_state import Emit, Wipe
from explorer.training_actions import MoveWipe
from widgets.canvas_badges import badge, badge_height, badge_width
from widgets.canvas_geometry import Area, Placement, visible_part
from widgets.canvas_picture import draw_picture
from widgets.controls import em, u32

GRIP_EMS = 0.5  # of the line, to either side


def wipe_line(area: Area, placed: Placement, at: float) -> float:
    """Return the line's x on the screen."""
    visible = visible_part(area, placed)
    return round(visible.left + at * visible.width)


def sides(area: Area, x: float) -> tuple[Area, Area]:
    """Return what of the canvas is left and right of the line."""
    left = Area(area.left, area.top, max(x - area.left, 0.0), area.height)
    return left, Area(x, area.top, max(area.right - x, 0.0), area.height)


def on_second(area: Area, placed: Placement, wipe: Wipe, x: float) -> bool:
    """Return whether the second picture is what is seen at a screen position."""
    if wipe.picture is None:
        return False
    return (x < wipe_line(area, placed, wipe.at)) == wipe.on_left


def wipe_ui(
    area: Area, placed: Placement, wipe: Wipe, emit: Emit, *, sharp: bool, transparent: bool
) -> None:
    """Draw the second picture on its side of the line, and the line; the first is drawn already."""
    x = wipe_line(area, placed, wipe.at)
    side = sides(area, x)[0 if wipe.on_left else 1]
    if wipe.picture is not None and side.width > 0:
        if transparent:
            _cover(side, placed)
        draw_picture(
            side, placed, wipe.picture, wipe.magnified, _quiet,
            sharp=sharp, transparent=transparent,
        )  # fmt: skip
    _line_ui(area, placed, x, emit)
    _labels(area, placed, wipe, x)


def _quiet(_: Action) -> None:
    """Ask for nothing: the first picture asks for the sharp part, which both share."""


def _cover(side: Area, placed: Placement) -> None:
    """Hide the first picture where the second is transparent."""
    draw = imgui.get_window_draw_list()
    draw.push_clip_rect((side.left, side.top), (side.right, side.bottom), True)
    colour = imgui.get_style_color_vec4(imgui.Col_.window_bg)
    low, high = (placed.left, placed.top), (placed.right, placed.bottom)
    draw.add_rect_filled(low, high, u32(ImVec4(colour.x, colour.y, colour.z, 1.0)))
    draw.pop_clip_rect()


def _line_ui(area: Area, placed: Placement, x: float, emit: Emit) -> None:
    visible = visible_part(area, placed)
    if visible.width <= 0 or visible.height <= 0:
        return
    cursor, grip = imgui.get_cursor_screen_pos(), em(GRIP_EMS)
    imgui.set_cursor_screen_pos(ImVec2(x - grip, visible.top))
    imgui.invisible_button("##wipe", ImVec2(2 * grip, visible.height))
    held = imgui.is_item_active()
    bright = held or imgui.is_item_hovered()
    if bright:
        imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ew)
    if held and imgui.get_io().mouse_delta.x:
        emit(MoveWipe((imgui.get_io().mouse_pos.x - visible.left) / visible.width))
    imgui.set_cursor_screen_pos(cursor)
    imgui.dummy(ImVec2(0, 0))  # a moved cursor wants an item after it
    draw = imgui.get_window_draw_list()
    white, dark = u32(ImVec4(1, 1, 1, 1.0 if bright else 0.9)), u32(ImVec4(0, 0, 0, 0.45))
    thick = max(2.0, em(0.14))
    draw.add_line((x, visible.top), (x, visible.bottom), dark, thick + 2)
    draw.add_line((x, visible.top), (x, visible.bottom), white, thick)
    radius = min(em(0.95), visible.height / 3)
    centre = (x, visible.top + visible.height / 2)
    draw.add_circle_filled(centre, radius + 1, dark)
    draw.add_circle_filled(centre, radius, white)
    icon = icons.ICON_FA_LEFT_RIGHT
    extent = imgui.calc_text_size(icon)
    place = (centre[0] - extent.x / 2, centre[1] - extent.y / 2)
    draw.add_text(place, u32(ImVec4(0.1, 0.11, 0.13, 1)), icon)


def _labels(area: Area, placed: Placement, wipe: Wipe, x: float) -> None:
    """Say beside the line what is on either side, as far as there is room."""
    visible, gap = visible_part(area, placed), em(0.7)
    # Above the line of the pixel under the cursor.
    bottom = min(visible.bottom - gap, area.bottom - em(0.8) - badge_height() - em(0.4))
    y = max(bottom - badge_height(), area.top)
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    for on_right, words in enumerate(wipe.texts):
        letter = icons.ICON_FA_B if bool(on_right) != wipe.on_left else icons.ICON_FA_A
        width = badge_width(words)
        left = x + gap if on_right else x - gap - width
        if left >= area.left and left + width <= area.right:
            badge(left, y, letter, words, text, area.width)
