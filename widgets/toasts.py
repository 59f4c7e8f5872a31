"""Passing notices over the window's lower right corner, newest lowest.

Ids: windows "##toast_N" from the top, with `###reveal` and `###dismiss`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from imgui_bundle import ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import RevealFolder
from explorer.panel_state import Emit
from widgets.controls import accent, em, u32, warning

_FLAGS = (
    imgui.WindowFlags_.no_decoration
    | imgui.WindowFlags_.no_docking
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_focus_on_appearing
    | imgui.WindowFlags_.no_nav
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.always_auto_resize
)
_ICONS = {
    "info": icons.ICON_FA_CIRCLE_INFO,
    "good": icons.ICON_FA_CIRCLE_CHECK,
    "warning": icons.ICON_FA_TRIANGLE_EXCLAMATION,
    "bad": icons.ICON_FA_CIRCLE_EXCLAMATION,
}


class ToastLike(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def level(self) -> Literal["info", "good", "warning", "bad"]: ...
    @property
    def reveal(self) -> str: ...


T = TypeVar("T", bound=ToastLike)


def toasts_ui(
    notices: Sequence[T], bottom_px: float, emit: Emit, dismiss: Callable[[T], None]
) -> None:
    """Draw the notices above `bottom_px`, the height of the status bar."""
    viewport = imgui.get_main_viewport()
    right = viewport.pos.x + viewport.size.x - em(0.9)
    bottom = viewport.pos.y + viewport.size.y - bottom_px - em(0.9)
    imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, 1.0)
    for index, notice in reversed(list(enumerate(notices))):
        imgui.set_next_window_pos((right, bottom), pivot=(1.0, 1.0))
        imgui.set_next_window_size_constraints((em(14), 0), (em(30), em(12)))
        imgui.begin(f"##toast_{index}", None, _FLAGS)
        imgui.internal.bring_window_to_display_front(imgui.internal.get_current_window())
        _body_ui(notice, emit, dismiss)
        bottom -= imgui.get_window_size().y + em(0.5)
        imgui.end()
    imgui.pop_style_var()
    imgui.pop_style_color()


def _body_ui(notice: T, emit: Emit, dismiss: Callable[[T], None]) -> None:
    _bar_ui(_colour(notice.level))
    imgui.text_colored(_colour(notice.level), _ICONS[notice.level])
    imgui.same_line(0, em(0.6))
    imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + em(22))
    imgui.text_unformatted(notice.text)
    imgui.pop_text_wrap_pos()
    imgui.same_line(0, em(0.9))
    _quiet_buttons()
    if imgui.small_button(f"{icons.ICON_FA_XMARK}###dismiss"):
        dismiss(notice)
    _normal_buttons()
    if notice.reveal:
        imgui.dummy((em(1.2), 0))
        imgui.same_line()
        label = "Show in folder" if Path(notice.reveal).suffix else "Open folder"
        if imgui.small_button(f"{icons.ICON_FA_FOLDER_OPEN}  {label}###reveal"):
            emit(RevealFolder(notice.reveal))


def _colour(level: str) -> ImVec4:
    if level == "good":
        return ImVec4(0.38, 0.78, 0.52, 1)
    return accent() if level == "info" else warning()


def _bar_ui(colour: ImVec4) -> None:
    """A bar of the level's colour along the left edge."""
    low, size = imgui.get_window_pos(), imgui.get_window_size()
    draw = imgui.get_window_draw_list()
    draw.add_rect_filled(
        low, (low.x + em(0.22), low.y + size.y), u32(colour), imgui.get_style().window_rounding,
        imgui.ImDrawFlags_.round_left,
    )  # fmt: skip


def _quiet_buttons() -> None:
    imgui.push_style_color(imgui.Col_.button, (0, 0, 0, 0))
    imgui.push_style_color(imgui.Col_.border, (0, 0, 0, 0))


def _normal_buttons() -> None:
    imgui.pop_style_color(2)
