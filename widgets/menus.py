"""The menu bar and the keyboard, both from the table of commands.

Ids: menus "File", "Edit", ...; items "###id" of the command; panels "###panel_TITLE".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from imgui_bundle import imgui

from explorer.actions import Action, OpenPath, ShowPanel
from explorer.command import Command
from explorer.commands import MENUS, in_menu
from explorer.panel_state import Emit, PanelState
from explorer.shipped import ShippedModel
from widgets.controls import hint

_KEYS = {
    "[": imgui.Key.left_bracket,
    "]": imgui.Key.right_bracket,
    "Escape": imgui.Key.escape,
    **{str(digit): getattr(imgui.Key, f"_{digit}") for digit in range(10)},
}
_MODS = {"Ctrl": imgui.Key.mod_ctrl, "Shift": imgui.Key.mod_shift, "Alt": imgui.Key.mod_alt}


def menu_bar_ui(state: PanelState, panels: Sequence[tuple[str, bool]], emit: Emit) -> None:
    """Draw all menus inside an open menu bar; `panels` are (title, whether it is shown)."""
    for menu in MENUS:
        if imgui.begin_menu(menu):
            if menu == "View":
                _panels_ui(panels, emit)
            if menu == "Model":
                _shipped_ui(state.shipped, emit)
                _recent_ui("Recent models", state.preferences.recent_models, emit)
            _items_ui(in_menu(menu), state, emit)
            if menu == "File":
                _recent_ui("Recent sessions", state.preferences.recent_sessions, emit)
            imgui.end_menu()


def _items_ui(commands: Sequence[Command], state: PanelState, emit: Emit) -> None:
    group = commands[0].group if commands else 0
    for command in commands:
        if command.group != group:
            imgui.separator()
            group = command.group
        on = command.checked(state) if command.checked is not None else False
        label = f"{command.label}###{command.id}"
        clicked, _ = imgui.menu_item(
            label, shown_keys(command.shortcut), on, command.enabled(state)
        )
        if clicked:
            emit(command.action(state))


def _panels_ui(panels: Sequence[tuple[str, bool]], emit: Emit) -> None:
    if imgui.begin_menu("Panels"):
        for title, visible in panels:
            if imgui.menu_item(f"{title}###panel_{title}", "", visible)[0]:
                emit(ShowPanel(title, not visible))
        imgui.end_menu()


def _shipped_ui(models: Sequence[ShippedModel], emit: Emit) -> None:
    if models and imgui.begin_menu("Example models"):
        for index, model in enumerate(models):
            if imgui.menu_item(f"{model.title}###shipped_{index}", "", False)[0]:
                emit(OpenPath(model.path))
            hint(model.path)
        imgui.end_menu()


def _recent_ui(title: str, paths: Sequence[str], emit: Emit) -> None:
    if imgui.begin_menu(title, bool(paths)):
        for index, path in enumerate(paths):
            if imgui.menu_item(f"{Path(path).name}###recent_{index}", "", False)[0]:
                emit(OpenPath(path))
            hint(path)
        imgui.end_menu()


def shown_keys(shortcut: str) -> str:
    """Return a shortcut as it is written on this system's keyboards."""
    return shortcut.replace("Ctrl", "⌘") if imgui.get_io().config_mac_osx_behaviors else shortcut


def key_chord(shortcut: str) -> int:
    """Return the shortcut as imgui's key chord; ValueError names a key that does not exist."""
    *mods, key = shortcut.split("+")
    chord = 0
    for mod in mods:
        chord |= int(_MODS[mod])
    found = _KEYS.get(key) or getattr(imgui.Key, key.lower(), None)
    if found is None:
        raise ValueError(f"there is no key called {key!r}")
    return chord | int(found)


def keyboard_ui(
    commands: Sequence[Command],
    state: PanelState,
    run: Callable[[Action], None],
    taken: Collection[str] = (),
) -> None:
    """Run the commands whose shortcut was pressed; plain keys only while nothing is typed.

    taken: shortcuts that the panel with the focus uses itself.
    """
    typing = imgui.get_io().want_text_input
    blocked = imgui.is_popup_open("", int(imgui.PopupFlags_.any_popup))
    for command in commands:
        for shortcut in filter(None, (command.shortcut, command.also)):
            plain = not shortcut.startswith("Ctrl") and not shortcut.startswith("F1")
            if shortcut in taken or (plain and (typing or blocked)):
                continue
            if not imgui.is_key_chord_pressed(key_chord(shortcut)):
                continue
            if typing and shortcut in ("Ctrl+C", "Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z"):
                continue  # the text field's own
            if command.enabled(state):
                run(command.action(state))
