"""Floating windows that fit their contents and stay within the main window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from imgui_bundle import imgui

from widgets.controls import em

MOST_HIGH = 0.9  # of the main window
_FLAGS = (
    imgui.WindowFlags_.no_docking
    | imgui.WindowFlags_.no_collapse
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.always_auto_resize
)


@dataclass
class Floating:
    """open: whether the window stays open; whoever draws its contents may close it."""

    visible: bool
    open: bool


@contextmanager
def floating(title: str, width_ems: float) -> Iterator[Floating]:
    """Begin a window of that width, as high as its contents, and end it; Escape closes it."""
    viewport = imgui.get_main_viewport()
    width = min(em(width_ems), 0.96 * viewport.size.x)
    imgui.set_next_window_pos(viewport.get_center(), imgui.Cond_.appearing, (0.5, 0.5))
    imgui.set_next_window_size_constraints((width, 0), (width, MOST_HIGH * viewport.size.y))
    imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, 1.0)
    visible, still_open = imgui.begin(title, True, _FLAGS)
    window = Floating(visible, bool(still_open))
    if visible:
        _keep_inside(viewport)
    try:
        yield window
    finally:
        keys = imgui.is_window_focused() and not imgui.is_any_item_active()
        if keys and imgui.is_key_pressed(imgui.Key.escape):
            window.open = False
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color()


def escape_closes_menu() -> bool:
    """Close the topmost menu or list on Escape; call it behind all windows. Whether it did.

    Dear ImGui does so only where the keyboard moves its focus, too. A modal dialog asks for Escape
    itself.
    """
    stack = imgui.get_current_context().open_popup_stack
    if len(stack) == 0 or imgui.is_any_item_active() or not imgui.is_key_pressed(imgui.Key.escape):
        return False
    top = stack[len(stack) - 1].window
    if top is None or top.flags & imgui.WindowFlags_.modal:
        return False
    imgui.internal.close_popup_to_level(len(stack) - 1, True)
    return True


def _keep_inside(viewport: imgui.Viewport) -> None:
    """Move the window up where it has grown over the status bar."""
    place = imgui.get_window_pos()
    status_bar = imgui.get_frame_height() + em(0.6)
    over = place.y + imgui.get_window_size().y - (viewport.work_pos.y + viewport.work_size.y)
    over += status_bar
    if over > 0 and place.y > viewport.work_pos.y:
        imgui.set_window_pos((place.x, max(viewport.work_pos.y, place.y - over)))
