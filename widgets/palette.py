"""The command palette: type a few letters, choose, run.

Ids: window "Command palette", `##palette_search`, items "###palette_ID".
"""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import ImVec2, imgui

from explorer.command import Command
from explorer.panel_state import Emit, PanelState
from widgets.controls import dim, em
from widgets.menus import shown_keys

SHOWN = 12


def match_score(query: str, text: str) -> float | None:
    """Return how well the letters of `query` occur in `text` in order; None if they do not.

    Higher is better: letters that begin words or follow each other count more, long texts less.
    """
    query, lower = query.lower().replace(" ", ""), text.lower()
    score, position, previous = 0.0, 0, -2
    for letter in query:
        found = lower.find(letter, position)
        starts = _word_start(lower, letter, position)
        if starts is not None and (found != previous + 1):
            found = starts
        if found < 0:
            return None
        at_start = found == 0 or not lower[found - 1].isalnum()
        score += 3.0 if found == previous + 1 else 2.0 if at_start else 0.5
        previous, position = found, found + 1
    return score - 0.01 * len(text)


def _word_start(text: str, letter: str, position: int) -> int | None:
    for index in range(position, len(text)):
        if text[index] == letter and (index == 0 or not text[index - 1].isalnum()):
            return index
    return None


def matches(query: str, commands: Sequence[Command]) -> list[Command]:
    """Return the commands that fit, best first; all of them, in their order, for ""."""
    if not query.strip():
        return list(commands)
    scored = ((match_score(query, f"{c.label} {c.menu}"), c) for c in commands)
    found = [(score, command) for score, command in scored if score is not None]
    return [command for _, command in sorted(found, key=lambda pair: -pair[0])]


class Palette:
    """Open or not, what is typed, and which line is chosen."""

    def __init__(self) -> None:
        self.open = False
        self._query = ""
        self._chosen = 0
        self._fresh = False

    def toggle(self) -> None:
        self.open = not self.open
        self._query, self._chosen, self._fresh = "", 0, True

    def draw(self, commands: Sequence[Command], state: PanelState, emit: Emit) -> None:
        if not self.open:
            return
        viewport = imgui.get_main_viewport()
        width = min(em(34), viewport.size.x * 0.8)
        imgui.set_next_window_pos(
            (viewport.pos.x + viewport.size.x / 2, viewport.pos.y + viewport.size.y * 0.14),
            pivot=(0.5, 0.0),
        )
        imgui.set_next_window_size((width, 0))
        flags = (
            imgui.WindowFlags_.no_title_bar
            | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_resize
            | imgui.WindowFlags_.no_saved_settings
            | imgui.WindowFlags_.no_docking
            | imgui.WindowFlags_.always_auto_resize
        )
        imgui.push_style_color(
            imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg)
        )
        imgui.push_style_var(imgui.StyleVar_.window_border_size, 1.0)
        imgui.begin("Command palette", None, flags)
        self._body_ui([c for c in commands if c.id != "palette"], state, emit)
        focused = imgui.is_window_focused(imgui.FocusedFlags_.root_and_child_windows)
        if imgui.is_key_pressed(imgui.Key.escape) or (not focused and not self._fresh):
            self.open = False
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color()
        self._fresh = False

    def _body_ui(self, commands: Sequence[Command], state: PanelState, emit: Emit) -> None:
        if self._fresh:
            imgui.set_window_focus()
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(-1)
        changed, self._query = imgui.input_text_with_hint(
            "##palette_search", "Type a command", self._query
        )
        found = matches(self._query, commands)[:SHOWN]
        if changed:
            self._chosen = 0
        if imgui.is_key_pressed(imgui.Key.down_arrow):
            self._chosen += 1
        if imgui.is_key_pressed(imgui.Key.up_arrow):
            self._chosen -= 1
        self._chosen = min(max(self._chosen, 0), max(len(found) - 1, 0))
        entered = imgui.is_key_pressed(imgui.Key.enter) or imgui.is_key_pressed(
            imgui.Key.keypad_enter
        )
        for index, command in enumerate(found):
            clicked = _line_ui(command, state, chosen=index == self._chosen)
            if (clicked or (entered and index == self._chosen)) and command.enabled(state):
                self.open = False
                emit(command.action(state))
        if not found:
            imgui.text_colored(dim(), "No command fits")


def _line_ui(command: Command, state: PanelState, *, chosen: bool) -> bool:
    imgui.begin_disabled(not command.enabled(state))
    left = imgui.get_cursor_pos_x()
    right = left + imgui.get_content_region_avail().x
    height = em(1.5)
    top = imgui.get_cursor_pos_y() + (height - imgui.get_text_line_height()) / 2
    clicked = imgui.selectable(f"###palette_{command.id}", chosen, 0, ImVec2(0, height))[0]
    below = imgui.get_cursor_pos_y()
    imgui.same_line(left + em(0.3))
    imgui.set_cursor_pos_y(top)
    imgui.text_colored(dim(), command.icon)
    imgui.same_line(left + em(2.1))
    imgui.set_cursor_pos_y(top)
    imgui.text_unformatted(command.label)
    keys = shown_keys(command.shortcut)
    note = f"{command.menu}   {keys}" if keys else command.menu
    imgui.same_line(right - imgui.calc_text_size(note).x - em(0.3))
    imgui.set_cursor_pos_y(top)
    imgui.text_colored(dim(), note)
    imgui.set_cursor_pos_y(below)
    imgui.dummy((0, 0))
    imgui.end_disabled()
    return clicked
