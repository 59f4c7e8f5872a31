"""What the canvas says while there is no picture: nothing open, loading, failed, missing.

Ids: `###canvas_open`, `###canvas_recent_N`, `###canvas_retry`, `###canvas_locate`,
`###canvas_use_anyway`, `###canvas_close`.
"""

from __future__ import annotations

from pathlib import Path

from imgui_bundle import ImVec2, ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import CloseModel, OpenPath, RetryLoad, ShowDialog, UseModelAnyway
from explorer.panel_state import Emit, PanelState
from widgets.canvas_geometry import Area
from widgets.controls import (
    Button,
    accent,
    button_row,
    dim,
    ellipsis,
    em,
    hint,
    progress,
    u32,
    warning,
)

RECENT_SHOWN = 5


def card_ui(area: Area, state: PanelState, emit: Emit) -> None:
    """Draw the card for the model's state in the middle of the canvas."""
    kind = state.status.kind
    width = min(em(27), area.width - em(2))
    imgui.set_cursor_screen_pos(
        (area.left + (area.width - width) / 2, area.top + max(em(1), 0.26 * area.height))
    )
    imgui.begin_child("##canvas_card", ImVec2(width, area.height * 0.7))
    if kind == "loading":
        _loading_ui(state)
    elif kind in ("failed", "missing"):
        _problem_ui(state, emit)
    elif kind == "ready":
        _waiting_ui(state)
    else:
        _empty_ui(state, emit)
    imgui.end_child()


def _empty_ui(state: PanelState, emit: Emit) -> None:
    _emblem(icons.ICON_FA_SHAPES, accent())
    _centred("Open a StyleGAN model", 1.35)
    _centred_dim("Drop a .pkl or .safetensors file here, or choose one")
    _gap()
    pressed = button_row(
        (Button("canvas_open", "Open model…", icons.ICON_FA_FOLDER_OPEN, "Ctrl+O", selected=True),)
    )
    if pressed:
        emit(ShowDialog("model"))
    if state.shipped:
        _gap()
        _centred_dim("Examples")
    for index, model in enumerate(state.shipped):
        label = f"{icons.ICON_FA_CUBE}  {model.title}"
        if imgui.selectable(f"{label}###canvas_shipped_{index}", False)[0]:
            emit(OpenPath(model.path))
        hint(model.path)
    recent = state.preferences.recent_models[:RECENT_SHOWN]
    if recent:
        _gap()
        _centred_dim("Recent")
    for index, path in enumerate(recent):
        room = imgui.get_content_region_avail().x
        label = f"{icons.ICON_FA_CUBE}  {Path(path).name}"
        if imgui.selectable(f"{ellipsis(label, room)}###canvas_recent_{index}", False)[0]:
            emit(OpenPath(path))
        hint(path)
    _gap()
    _centred_dim("From a terminal: python main.py MODEL")


def _loading_ui(state: PanelState) -> None:
    _emblem(icons.ICON_FA_HOURGLASS_HALF, accent())
    _centred("Loading", 1.35)
    _gap()
    progress(state.status.fraction, state.status.text)
    _gap()
    _centred_dim(state.status.path)


def _waiting_ui(state: PanelState) -> None:
    if state.render_error is None:
        _emblem(icons.ICON_FA_ROTATE, accent())
        _centred("Rendering", 1.35)
        return
    _emblem(icons.ICON_FA_TRIANGLE_EXCLAMATION, warning())
    _centred("No picture", 1.35)
    _gap()
    _wrapped(state.render_error.message)


def _problem_ui(state: PanelState, emit: Emit) -> None:
    status = state.status
    missing = status.kind == "missing"
    _emblem(icons.ICON_FA_TRIANGLE_EXCLAMATION, warning())
    name = Path(status.path).name or (state.settings.model.name if state.settings.model else "")
    _centred("The model is missing" if missing else "The model could not be opened", 1.35)
    if name and name not in status.text:
        _centred_dim(name)
    _gap()
    _wrapped(status.text)
    if missing:
        _centred_dim("Your settings are kept")
    _gap()
    buttons: list[Button] = []
    if missing:
        tip = "Find the file; its content is checked"
        buttons.append(Button("canvas_locate", "Locate…", icons.ICON_FA_MAGNIFYING_GLASS, tip))
        if status.path:
            tip = "Show the same settings with the model in this file"
            buttons.append(Button("canvas_use_anyway", "Use it anyway", icons.ICON_FA_CHECK, tip))
    if status.path or missing:
        buttons.append(Button("canvas_retry", "Retry", icons.ICON_FA_ROTATE_RIGHT))
    buttons.append(Button("canvas_open", "Open another…", icons.ICON_FA_FOLDER_OPEN))
    buttons.append(Button("canvas_close", "Close", icons.ICON_FA_XMARK))
    pressed = button_row(buttons)
    if pressed == "canvas_locate":
        emit(ShowDialog("locate_model"))
    elif pressed == "canvas_use_anyway":
        emit(UseModelAnyway(status.path))
    elif pressed == "canvas_retry":
        emit(RetryLoad())
    elif pressed == "canvas_open":
        emit(ShowDialog("model"))
    elif pressed == "canvas_close":
        emit(CloseModel())


def _emblem(icon: str, colour: ImVec4) -> None:
    """A large icon in a soft disc."""
    side = em(4.4)
    room = imgui.get_content_region_avail().x
    low = imgui.get_cursor_screen_pos()
    centre = (low.x + room / 2, low.y + side / 2)
    draw = imgui.get_window_draw_list()
    draw.add_circle_filled(centre, side / 2, u32(colour, 0.14), 48)
    size = imgui.get_font_size() * 2
    imgui.push_font(None, imgui.get_style().font_size_base * 2)
    extent = imgui.calc_text_size(icon)
    draw.add_text(
        imgui.get_font(), size, (centre[0] - extent.x / 2, centre[1] - extent.y / 2),
        u32(colour), icon,
    )  # fmt: skip
    imgui.pop_font()
    imgui.dummy(ImVec2(room, side + em(0.4)))


def _centred(text: str, scale: float = 1.0) -> None:
    imgui.push_font(None, imgui.get_style().font_size_base * scale)
    text = ellipsis(text, imgui.get_content_region_avail().x)
    spare = imgui.get_content_region_avail().x - imgui.calc_text_size(text).x
    imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + max(0.0, spare / 2))
    imgui.text_unformatted(text)
    imgui.pop_font()


def _centred_dim(text: str) -> None:
    imgui.push_style_color(imgui.Col_.text, dim())
    _centred(text)
    imgui.pop_style_color()


def _wrapped(text: str) -> None:
    """A sentence, centred where it fits one line."""
    if imgui.calc_text_size(text).x <= imgui.get_content_region_avail().x:
        _centred(text)
    else:
        imgui.text_wrapped(text.replace("%", "%%"))


def _gap() -> None:
    imgui.dummy(ImVec2(0, em(0.35)))
