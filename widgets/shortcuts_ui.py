"""The list of shortcuts (F1). Ids: window `Shortcuts###shortcuts`, `##shortcut_search`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from imgui_bundle import ImVec2, imgui

from widgets.controls import em, floating_size, same_line_at, section, u32
from widgets.notices import text_dim

Group = Sequence[tuple[str, str]]  # (keys, what they do)

MOUSE: Mapping[str, Group] = {
    "Controls": (
        ("Ctrl+Click", "Type the value of a slider"),
        ("Shift+Drag", "Drag a number ten times faster"),
        ("Alt+Drag", "Drag a number a hundred times slower"),
        ("Ctrl+Click", "Step a seed by 100, on − and +"),
    ),
    "Pads": (
        ("Drag", "Move the position"),
        ("Double-click", "Jump there"),
        ("Wheel", "Zoom the plane of seeds"),
    ),
    "Timeline": (
        ("Space", "Play or stop"),
        ("←, →", "A frame back, forward; with Shift ten"),
        ("[, ]", "To the key before, behind"),
        ("Home, End", "To the start, the end"),
        ("I, O", "Play from, to the playhead; again: everything"),
        ("Tab, ↑, ↓", "Select the next key, one of the track above, below"),
        ("Enter", "Menu of the selected keys"),
        ("Alt+←, Alt+→", "Move the selected keys by a frame"),
        ("Ctrl+C, Ctrl+V", "Copy keys, paste them at the playhead"),
        ("Ctrl+A, Del", "Select all keys, delete the selected ones"),
        ("Shift+Drag", "On the ruler: what is played"),
        ("Alt+Drag", "A key without snapping"),
        ("Click, drag", "On the waveform: go there, shift the sound"),
        ("Wheel", "Zoom; with Shift scroll; 0 shows all"),
    ),
    "Style mixing": (
        ("Drag", "Paint the weights of rows"),
        ("Right-click", "Switch a row on or off"),
        ("Ctrl+Click", "Type the weight of a row"),
    ),
}


class ShortcutsWindow:
    """The window, with the text typed to narrow the list."""

    def __init__(self) -> None:
        self.search = ""

    def draw(self, shown: bool, groups: Mapping[str, Group]) -> bool:
        """Draw the groups and what the mouse does while `shown`; return whether it stays open."""
        if not shown:
            return False
        centre = imgui.get_main_viewport().get_center()
        imgui.set_next_window_pos(centre, imgui.Cond_.appearing, ImVec2(0.5, 0.5))
        imgui.set_next_window_size(floating_size(34, 36), imgui.Cond_.appearing)
        flags = imgui.WindowFlags_.no_docking | imgui.WindowFlags_.no_collapse
        imgui.push_style_color(
            imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg)
        )
        imgui.push_style_var(imgui.StyleVar_.window_border_size, 1.0)
        visible, still_open = imgui.begin("Shortcuts###shortcuts", True, flags)
        if visible:
            self._contents_ui({**groups, **MOUSE})
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color()
        return bool(still_open) and not imgui.is_key_pressed(imgui.Key.escape)

    def _contents_ui(self, groups: Mapping[str, Group]) -> None:
        if imgui.is_window_appearing():
            self.search = ""
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(-1)
        _, self.search = imgui.input_text_with_hint("##shortcut_search", "Search", self.search)
        imgui.begin_child("list")
        found = False
        for title, entries in groups.items():
            kept = [entry for entry in entries if found_by(self.search, title, *entry)]
            if kept:
                section(title, first=not found)
                for keys, meaning in kept:
                    _line_ui(keys, meaning)
                found = True
        if not found:
            text_dim("Nothing found")
        imgui.end_child()


shortcuts_ui = ShortcutsWindow().draw


def found_by(search: str, *texts: str) -> bool:
    """Return whether the texts together hold every word of `search`."""
    everything = " ".join(texts).lower()
    return all(word in everything for word in search.lower().split())


def _line_ui(keys: str, meaning: str) -> None:
    """Draw the keys as caps on the left and what they do on the right."""
    left = imgui.get_cursor_pos_x()
    draw = imgui.get_window_draw_list()
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    place = imgui.get_cursor_screen_pos()
    height = imgui.get_text_line_height() + em(0.3)
    x = place.x
    for key in keys.split("+") if len(keys) > 1 else [keys]:
        width = imgui.calc_text_size(key).x + em(0.8)
        draw.add_rect_filled((x, place.y), (x + width, place.y + height), u32(text, 0.10), em(0.25))
        draw.add_text((x + em(0.4), place.y + em(0.15)), u32(text, 0.9), key)
        x += width + em(0.3)
    imgui.dummy(ImVec2(em(11), height))
    same_line_at(left + em(11.5))
    imgui.set_cursor_pos_y(imgui.get_cursor_pos_y() + em(0.15))
    imgui.text_wrapped(meaning)
