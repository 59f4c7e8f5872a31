"""The canvas: the picture or the grid of neighbours, looked at closely and dragged.

Ids: `##canvas` (left drag moves the latent; middle button or space + drag pans; wheel zooms about
the cursor), `##cell_COLUMN_ROW` (click goes there), and those of `widgets.canvas_cards` and
`widgets.canvas_wipe`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from imgui_bundle import ImVec2, ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import Apply, SetView
from explorer.neighbours import cell_latent
from explorer.panel_state import Emit, PanelState, TextureView
from explorer.settings import Grid, Settings
from widgets.canvas_badges import caption_badge, corner_badges, pixel_badge, recording_badge
from widgets.canvas_cards import card_ui
from widgets.canvas_geometry import Area, grid_cells, panned, place, zoomed
from widgets.canvas_picture import draw_picture
from widgets.canvas_wipe import on_second, wipe_ui
from widgets.controls import accent, em, u32

FAST, SLOW = 0.04, 0.004  # seeds per font size of dragging, as the latent panel's buttons
_BUTTONS = imgui.ButtonFlags_.mouse_button_left | imgui.ButtonFlags_.mouse_button_middle


@dataclass
class Drag:
    """What a drag needs to know when it ends.

    The frame of the release still brings the mouse's last movement: all of it, in a quick flick.
    """

    moved_px: float = 0.0  # since a grid cell was pressed
    panning: bool = False


class Canvas:
    """Draws the picture; holds only what a drag needs between frames."""

    def __init__(self) -> None:
        self._drag = Drag()

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        low, size = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        area = Area(low.x, low.y, max(size.x, 16.0), max(size.y, 16.0))
        _draw_ground()
        shows_picture = state.picture is not None and state.status.kind in ("ready", "loading")
        if not shows_picture or state.picture is None:
            card_ui(area, state, emit)
        elif settings.grid.shown:
            settings = self._grid_ui(area, settings, state, emit)
        else:
            settings = self._picture_ui(area, settings, state, state.picture, emit)
        recording_badge(area, state.live.recording)
        return settings

    def _picture_ui(
        self, area: Area, settings: Settings, state: PanelState, picture: TextureView, emit: Emit
    ) -> Settings:
        view = state.view
        placed = place(view, area, picture.width, picture.height, _margin(view.full_screen))
        imgui.set_next_item_allow_overlap()
        imgui.invisible_button("##canvas", ImVec2(area.width, area.height), _BUTTONS)
        hovered, active = imgui.is_item_hovered(), imgui.is_item_active()
        imgui.set_item_key_owner(imgui.Key.mouse_wheel_y)
        io = imgui.get_io()
        if active:
            self._drag.panning = _panning()
        dragging = active or imgui.is_item_deactivated()
        if hovered and io.mouse_wheel:
            moved = zoomed(view, placed, area, io.mouse_pos.x, io.mouse_pos.y, io.mouse_wheel)
            emit(SetView(moved))
        elif dragging and self._drag.panning and (io.mouse_delta.x or io.mouse_delta.y):
            emit(SetView(panned(view, placed, area, io.mouse_delta.x, io.mouse_delta.y)))
        elif dragging and not self._drag.panning:
            settings = _drag_latent(settings, state)
        sharp = view.sampling == "nearest"
        transparent = state.info is not None and state.info.img_channels == 4
        faded = state.status.kind == "loading"
        draw_picture(
            area, placed, picture, state.magnified, emit,
            faded=faded, sharp=sharp, transparent=transparent,
        )  # fmt: skip
        result, wipe = state.shown, state.wipe
        if wipe is not None:
            wipe_ui(area, placed, wipe, emit, sharp=sharp, transparent=transparent)
            if on_second(area, placed, wipe, io.mouse_pos.x):
                result = wipe.result
        if hovered and not active and result is not None:
            pixel_badge(area, placed, result, io.mouse_pos.x, io.mouse_pos.y)
        if active:
            _set_cursor(panning=_panning())
        if view.badge:
            corner_badges(area, state, placed)
        caption_badge(area, placed, state.timeline.caption)
        return settings

    def _grid_ui(self, area: Area, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        grid = settings.grid
        picture = state.picture
        assert picture is not None
        aspect = picture.width / picture.height
        cells = grid_cells(area, grid.columns, grid.rows, aspect, em(0.3), em(0.6))
        cursor = imgui.get_cursor_screen_pos()
        imgui.dummy(ImVec2(area.width, area.height))
        for column, row, cell in cells:
            imgui.set_cursor_screen_pos((cell.left, cell.top))
            imgui.invisible_button(f"##cell_{column}_{row}", ImVec2(cell.width, cell.height))
            settings = self._cell_ui(settings, state, emit, column, row)
            centre = is_centre(grid, column, row)
            texture = picture if centre else state.grid_cells.get((column, row))
            _draw_cell(cell, texture, centre=centre, hovered=imgui.is_item_hovered())
        imgui.set_cursor_screen_pos(cursor)
        if state.view.badge:
            corner_badges(area, state, None)
        return settings

    def _cell_ui(
        self, settings: Settings, state: PanelState, emit: Emit, column: int, row: int
    ) -> Settings:
        if imgui.is_item_activated():
            self._drag.moved_px = 0.0
        if imgui.is_item_active() or imgui.is_item_deactivated():
            delta = imgui.get_io().mouse_delta
            self._drag.moved_px += abs(delta.x) + abs(delta.y)
            if self._drag.moved_px > imgui.get_io().mouse_drag_threshold:
                return _drag_latent(settings, state)
        clicked = imgui.is_item_deactivated() and imgui.is_item_hovered()
        if clicked and self._drag.moved_px <= imgui.get_io().mouse_drag_threshold:
            latent = cell_latent(settings.latent, settings.grid, column, row)
            if latent != settings.latent:
                emit(Apply(replace(settings, latent=latent), f"Go to seed {latent.seed}"))
        return settings


def is_centre(grid: Grid, column: int, row: int) -> bool:
    return (column, row) == ((grid.columns - 1) // 2, (grid.rows - 1) // 2)


def _drag_latent(settings: Settings, state: PanelState) -> Settings:
    delta = imgui.get_io().mouse_delta
    if delta.x == 0 and delta.y == 0:
        return settings
    speed = (SLOW if state.preferences.drag_slow else FAST) / imgui.get_font_size()
    if imgui.get_io().key_shift:
        speed *= SLOW / FAST
    latent = settings.latent
    moved = replace(
        latent, x=round(latent.x + delta.x * speed, 6), y=round(latent.y + delta.y * speed, 6)
    )
    return replace(settings, latent=moved)


def _draw_ground() -> None:
    """Fill the whole window, padding included, a little darker than the panels."""
    low, size = imgui.get_window_pos(), imgui.get_window_size()
    draw = imgui.get_window_draw_list()
    draw.push_clip_rect(low, (low.x + size.x, low.y + size.y))
    ground = u32(ImVec4(0, 0, 0, 1), 0.22)
    draw.add_rect_filled(low, (low.x + size.x, low.y + size.y), ground)
    draw.pop_clip_rect()


def _panning() -> bool:
    return imgui.is_mouse_down(imgui.MouseButton_.middle) or imgui.is_key_down(imgui.Key.space)


def _margin(full_screen: bool) -> float:
    return 0.0 if full_screen else em(0.6)


def _set_cursor(*, panning: bool) -> None:
    imgui.set_mouse_cursor(imgui.MouseCursor_.hand if panning else imgui.MouseCursor_.resize_all)


def _draw_cell(cell: Area, texture: TextureView | None, *, centre: bool, hovered: bool) -> None:
    draw = imgui.get_window_draw_list()
    low, high = (cell.left, cell.top), (cell.left + cell.width, cell.top + cell.height)
    rounding = em(0.25)
    if texture is None:
        ground = imgui.get_style_color_vec4(imgui.Col_.frame_bg)
        draw.add_rect_filled(low, high, u32(ground, 0.6), rounding)
        icon = icons.ICON_FA_IMAGE
        extent = imgui.calc_text_size(icon)
        middle = (cell.centre[0] - extent.x / 2, cell.centre[1] - extent.y / 2)
        draw.add_text(middle, u32(imgui.get_style_color_vec4(imgui.Col_.text), 0.25), icon)
    else:
        draw.add_image_rounded(
            imgui.ImTextureRef(texture.texture), low, high, (0, 0), (1, 1),
            u32(ImVec4(1, 1, 1, 1)), rounding,
        )  # fmt: skip
    if centre or hovered:
        edge = u32(accent(), 1.0 if centre else 0.7)
        draw.add_rect(low, high, edge, rounding, max(1.5, em(0.12)))


canvas_ui = Canvas().draw
