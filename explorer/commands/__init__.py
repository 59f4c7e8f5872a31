"""Every command once: what menus, the palette, the shortcut list and the keyboard all read."""

from __future__ import annotations

from explorer.command import Command
from explorer.commands.edit import EDIT
from explorer.commands.file import FILE
from explorer.commands.help import HELP
from explorer.commands.model import MODEL
from explorer.commands.render import RENDER
from explorer.commands.view import VIEW

MENUS = ("File", "Edit", "View", "Model", "Render", "Help")
COMMANDS: tuple[Command, ...] = (*FILE, *EDIT, *VIEW, *MODEL, *RENDER, *HELP)


def by_id(command_id: str) -> Command:
    """Return a command; KeyError if there is none."""
    return _BY_ID[command_id]


def in_menu(menu: str) -> tuple[Command, ...]:
    return tuple(command for command in COMMANDS if command.menu == menu)


_BY_ID = {command.id: command for command in COMMANDS}
