"""Passing notices over the window's lower right corner, newest lowest.

Ids: windows "##toast_N" from the top, with `###reveal`, `###toast_log` and `###dismiss`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from imgui_bundle import ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import RevealFolder, Toggle
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
WIDTH_EMS = 27
MOST_LINES = 6
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
        width = min(em(WIDTH_EMS), viewport.size.x - em(1.8))
        imgui.set_next_window_size_constraints((width, 0), (width, viewport.size.y))
        imgui.begin(f"##toast_{index}", None, _FLAGS)
        if imgui.internal.get_top_most_popup_modal() is None:  # never over a dialog's buttons
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
    left, cross = imgui.get_cursor_pos_x(), imgui.calc_text_size(icons.ICON_FA_XMARK).x + em(0.9)
    end = imgui.get_cursor_pos_x() + imgui.get_content_region_avail().x
    room = end - left - cross - em(0.4)
    text = cut_to_lines(notice.text, room)
    imgui.push_text_wrap_pos(left + room)
    imgui.text_unformatted(text)
    imgui.pop_text_wrap_pos()
    imgui.same_line(0, 0)
    imgui.set_cursor_pos_x(end - cross)
    _quiet_buttons()
    if imgui.small_button(f"{icons.ICON_FA_XMARK}###dismiss"):
        dismiss(notice)
    _normal_buttons()
    if text != notice.text:
        imgui.set_cursor_pos_x(left)
        if imgui.small_button(f"{icons.ICON_FA_LIST}  Read all of it in the log###toast_log"):
            emit(Toggle("log"))
            dismiss(notice)
    if notice.reveal:
        imgui.set_cursor_pos_x(left)
        label = "Show in folder" if Path(notice.reveal).suffix else "Open folder"
        if imgui.small_button(f"{icons.ICON_FA_FOLDER_OPEN}  {label}###reveal"):
            emit(RevealFolder(notice.reveal))


def cut_to_lines(text: str, width: float, lines: int = MOST_LINES) -> str:
    """Return `text`, or its beginning and "…" so that it takes at most so many wrapped lines."""
    most = (lines + 0.5) * imgui.get_text_line_height()
    if imgui.calc_text_size(text, wrap_width=width).y <= most:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        fits = imgui.calc_text_size(text[:middle] + "…", wrap_width=width).y <= most
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"


def _colour(level: str) -> ImVec4:
    if level == "good":
        return ImVec4(0.38, 0.78, 0.52, 1)
    if level == "warning":
        return ImVec4(0.97, 0.74, 0.37, 1)
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
