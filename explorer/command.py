"""One command: a thing a user can ask for, as menus, palette and keyboard see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.actions import Action
from explorer.panel_state import PanelState


def _always(_state: PanelState) -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """One thing a user can ask for.

    Attributes:
        id:       stable, the menu item's "###id".
        menu:     which menu lists it.
        shortcut: "Ctrl+Shift+Z", "F11", "R"; keys without Ctrl act only while nothing is typed.
        action:   what it means in the state of this frame.
        enabled:  whether it can be asked for now.
        checked:  for switches: whether it is on; None = no switch.
        group:    a line separates groups of one menu.
    """

    id: str
    menu: str
    label: str
    action: Callable[[PanelState], Action]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[PanelState], bool] = _always
    checked: Callable[[PanelState], bool] | None = None
    group: int = 0
    also: str = ""  # a second shortcut
