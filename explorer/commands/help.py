"""Commands of the menu Help."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import (
    Toggle,
)
from explorer.command import Command

HELP: tuple[Command, ...] = (
    Command(
        "shortcuts",
        "Help",
        "Keyboard shortcuts",
        lambda _: Toggle("shortcuts"),
        "F1",
        icons.ICON_FA_KEYBOARD,
    ),
    Command("about", "Help", "About", lambda _: Toggle("about"), icon=icons.ICON_FA_CIRCLE_INFO),
)
