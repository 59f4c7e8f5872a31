"""A menu of models by name: those of the timeline, shipped, recent, or a file.

Ids in the popup or menu: `###pick_model_<n>`, `###pick_model_file`.
"""

from __future__ import annotations

import os

from imgui_bundle import imgui

from explorer.actions import DialogKind, ShowDialog
from explorer.panel_state import Emit, PanelState
from widgets.controls import hint


def models_menu_ui(popup: str, state: PanelState, emit: Emit, file_dialog: DialogKind) -> str:
    """Draw the popup while it is open; return the path that was picked, or ""."""
    if not imgui.begin_popup(popup):
        return ""
    picked = model_items_ui(state, emit, file_dialog)
    imgui.end_popup()
    return picked


def model_items_ui(state: PanelState, emit: Emit, file_dialog: DialogKind) -> str:
    """Draw the items in an open menu; return the path that was picked, or ""."""
    picked = ""
    for number, (text, path) in enumerate(models_offered(state)):
        if imgui.menu_item(f"{text}###pick_model_{number}", "", False)[0]:
            picked = path
        hint(path)
    imgui.separator()
    if imgui.menu_item("Choose file…###pick_model_file", "", False)[0]:
        emit(ShowDialog(file_dialog))
    return picked


def models_offered(state: PanelState) -> tuple[tuple[str, str], ...]:
    """Return (text, path) of models that can be picked, each once."""
    offered: dict[str, str] = {}
    for model in (state.settings.model, *state.settings.timeline.models):
        if model is not None and model.path:
            offered.setdefault(model.path, model.name)
    for shipped in state.shipped:
        offered.setdefault(shipped.path, shipped.title)
    for path in state.preferences.recent_models:
        offered.setdefault(path, os.path.basename(path))
    return tuple((text, path) for path, text in offered.items())
