"""What floats above the panels: notices, dialogs, palette, log, shortcuts, about."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from imgui_bundle import imgui

from explorer.app.notices import Notices
from explorer.cli import version
from explorer.commands import COMMANDS, MENUS
from widgets.about_ui import about_ui
from widgets.controls import em, floating_size
from widgets.dialogs import restore_question_ui
from widgets.knobs import learning_ui
from widgets.menus import shown_keys
from widgets.shortcuts_ui import shortcuts_ui
from widgets.toasts import toasts_ui

if TYPE_CHECKING:
    from explorer.app.controller import Controller


def overlays_ui(app: Controller) -> None:
    """Draw all of them, each behind its own boundary."""
    app.guarded("Palette", lambda: app.palette.draw(COMMANDS, app.state, app.emit))
    app.guarded("File dialog", app.dialogs.draw)
    app.guarded("Windows", lambda: _windows_ui(app))
    app.guarded(
        "Knobs",
        lambda: learning_ui(app.knobs.frame, app.state.controls.waiting, app.emit),
    )
    if app.asking_restore:
        app.guarded("Restore", lambda: restore_question_ui(app.emit))
    bottom = imgui.get_frame_height() + em(0.6)
    app.guarded(
        "Notices",
        lambda: toasts_ui(app.notices.shown(), bottom, app.emit, app.notices.dismiss),
    )


def _windows_ui(app: Controller) -> None:
    windows = app.windows
    if windows.shortcuts:
        windows.shortcuts = shortcuts_ui(True, shortcut_groups())
    if windows.about:
        windows.about = about_ui(True, _version())
    if windows.export:
        windows.export = app.export_window.draw(app.state, app.emit)
    windows.log = log_ui(windows.log, app.notices)


@cache
def _version() -> str:
    return version()


def shortcut_groups() -> dict[str, list[tuple[str, str]]]:
    """Return the shortcuts of every menu, and what the mouse does on the canvas."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for menu in MENUS:
        entries = [
            (shown_keys(keys), command.label.removesuffix("…"))
            for command in COMMANDS
            if command.menu == menu
            for keys in (command.shortcut, command.also)
            if keys
        ]
        if entries:
            groups[menu] = entries
    groups["Canvas"] = [
        ("Drag", "Move through the latent space"),
        ("Shift+Drag", "Move ten times finer"),
        ("Wheel", "Zoom about the cursor"),
        ("Space+Drag", "Pan; the middle button does, too"),
        ("Click", "In the grid: go to that picture"),
        ("Drag the line", "Between two snapshots: move it"),
    ]
    return groups


def log_ui(shown: bool, notices: Notices) -> bool:
    """Draw the log while `shown`; return whether it stays open. Ids: `###copy_log`."""
    if not shown:
        return False
    centre = imgui.get_main_viewport().get_center()
    imgui.set_next_window_pos(centre, imgui.Cond_.appearing, (0.5, 0.5))
    imgui.set_next_window_size(floating_size(48, 24), imgui.Cond_.appearing)
    visible, still_open = imgui.begin("Log###log_window", True, imgui.WindowFlags_.no_docking)
    if visible:
        lines = notices.lines()
        if imgui.button("Copy###copy_log"):
            imgui.set_clipboard_text("\n".join(lines))
        imgui.begin_child("lines", (0, 0), imgui.ChildFlags_.borders)
        imgui.push_text_wrap_pos(0.0)
        for line in lines:
            imgui.text_unformatted(line)
        imgui.pop_text_wrap_pos()
        if imgui.get_scroll_y() >= imgui.get_scroll_max_y() - em(1):
            imgui.set_scroll_here_y(1.0)
        imgui.end_child()
    imgui.end()
    return bool(still_open)
