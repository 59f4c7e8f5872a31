"""History: every edit of the session, to go back to and forth from.

Ids: `###undo`, `###redo`, `###history_<index>` in the list `history_list`.
"""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import GoToHistory, Redo, Undo
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from widgets.controls import Button, accent, button_row, dim, ellipsis, em, u32


class HistoryPanel:
    """The panel, with the entry the list was last scrolled to."""

    def __init__(self) -> None:
        self.scrolled_to = (-1, -1)

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        last = len(state.history_labels) - 1
        first = "Nothing to undo" if state.history_index <= 0 else None
        newest = "Nothing to redo" if state.history_index >= last else None
        pressed = button_row(
            (
                Button("undo", "Undo", icons.ICON_FA_ROTATE_LEFT, "Ctrl+Z", first),
                Button("redo", "Redo", icons.ICON_FA_ROTATE_RIGHT, "Ctrl+Shift+Z", newest),
            )
        )
        if pressed:
            emit(Undo() if pressed == "undo" else Redo())
        height = max(em(8), imgui.get_content_region_avail().y)
        imgui.begin_child("history_list", ImVec2(0, height), imgui.ChildFlags_.none)
        self._list_ui(state, emit)
        imgui.end_child()
        return settings

    def _list_ui(self, state: PanelState, emit: Emit) -> None:
        draw = imgui.get_window_draw_list()
        text = imgui.get_style_color_vec4(imgui.Col_.text)
        fresh = (state.history_index, len(state.history_labels))
        for index, label in enumerate(state.history_labels):
            current, future = index == state.history_index, index > state.history_index
            if imgui.selectable(f"###history_{index}", current)[0] and not current:
                emit(GoToHistory(index))
            if current and self.scrolled_to != fresh:
                imgui.set_scroll_here_y(0.5)
                self.scrolled_to = fresh
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            x, y = low.x + em(0.9), (low.y + high.y) / 2
            if index:
                draw.add_line((x, low.y), (x, y), u32(text, 0.12 if future else 0.3))
            if index < len(state.history_labels) - 1:
                draw.add_line((x, y), (x, high.y), u32(text, 0.12 if future or current else 0.3))
            fill = u32(accent()) if current else u32(text, 0.25 if future else 0.55)
            draw.add_circle_filled((x, y), em(0.28 if current else 0.18), fill)
            colour = u32(text) if current else u32(dim(), 0.55 if future else 1.0)
            place = (low.x + em(2), y - imgui.get_font_size() / 2)
            draw.add_text(place, colour, ellipsis(label, high.x - low.x - em(2.4)))


history_ui = HistoryPanel().draw
