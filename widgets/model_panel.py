"""Model: open one, what failed, what is open, and what else is in its folder.

Ids: `###model_open`, `###model_recent` (a popup with `###shipped_<i>` and `###recent_<i>`),
`###model_retry`, `###model_locate`, `###model_use_anyway`, `###model_close`, `###convert_model`,
`###copy_hash`, `##folder_search`, `###set_folder`, `###folder_<i>` in the list `folder_list`.
"""

from __future__ import annotations

import os

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import (
    CloseModel,
    ConvertModelTo,
    OpenPath,
    RetryLoad,
    SetModelFolder,
    ShowDialog,
    UseModelAnyway,
)
from explorer.panel_state import Emit, FolderEntry, PanelState
from explorer.settings import Settings
from widgets.cards import card
from widgets.controls import Button, button_row, dim, ellipsis, em, hint, progress, section
from widgets.model_facts import facts_ui, size_text
from widgets.notices import text_dim, text_warning

PROBLEMS = ("failed", "missing")


class ModelPanel:
    """The panel, with what is typed to narrow the folder."""

    def __init__(self) -> None:
        self.search = ""

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        _open_ui(state, emit)
        if state.status.kind == "loading":
            progress(state.status.fraction, state.status.text or "Loading")
        elif state.status.kind in PROBLEMS:
            _problem_ui(settings, state, emit)
        if state.info is not None:
            facts_ui(state.info, settings)
            _convert_ui(settings, emit)
        self._folder_ui(settings, state, emit)
        return settings

    def _folder_ui(self, settings: Settings, state: PanelState, emit: Emit) -> None:
        section("Folder", icons.ICON_FA_FOLDER)
        folder = state.preferences.model_folder
        name = os.path.basename(folder.rstrip("/\\")) or folder or "Choose folder…"
        room = imgui.get_content_region_avail().x - em(3)
        item = Button("set_folder", ellipsis(name, room), icons.ICON_FA_FOLDER_OPEN, folder)
        if button_row((item,)):
            emit(ShowDialog("model_folder"))
        if not folder:
            text_dim("Models of the chosen folder are listed here")
            return
        models = [entry for entry in state.folder if not entry.is_folder]
        if len(models) > 8:
            imgui.set_next_item_width(-1)
            hint_text = f"Search {len(models)} models"
            _, self.search = imgui.input_text_with_hint("##folder_search", hint_text, self.search)
        words = self.search.lower().split()
        shown = [
            (index, entry)
            for index, entry in enumerate(state.folder)
            if all(word in entry.name.lower() for word in words)
        ]
        if not shown:
            text_dim("No models here" if not words else "Nothing found")
            return
        line = imgui.get_text_line_height_with_spacing()
        below = int((imgui.get_content_region_avail().y - em(0.6)) / line)
        height = min(len(shown), max(below, 10)) * line + em(0.6)
        imgui.push_style_var(imgui.StyleVar_.window_padding, ImVec2(em(0.3), em(0.3)))
        imgui.begin_child("folder_list", ImVec2(0, height), imgui.ChildFlags_.frame_style)
        for index, entry in shown:
            _entry_ui(index, entry, settings, emit)
        imgui.end_child()
        imgui.pop_style_var()


model_ui = ModelPanel().draw


def _open_ui(state: PanelState, emit: Emit) -> None:
    recent = state.preferences.recent_models
    none = None if recent or state.shipped else "No model was opened yet"
    pressed = button_row(
        (
            Button("model_open", "Open…", icons.ICON_FA_FOLDER_OPEN,
                   "Open a model file, or drop one anywhere on the window"),
            Button("model_recent", "Recent", icons.ICON_FA_CLOCK_ROTATE_LEFT,
                   "Examples that come along, and what was open before", none),
        )
    )  # fmt: skip
    if pressed == "model_open":
        emit(ShowDialog("model"))
    elif pressed == "model_recent":
        imgui.open_popup("recent_models")
    if imgui.begin_popup("recent_models"):
        for index, model in enumerate(state.shipped):
            if imgui.selectable(f"{model.title}###shipped_{index}", False)[0]:
                emit(OpenPath(model.path))
            hint(model.path)
        if state.shipped and recent:
            imgui.separator()
        for index, path in enumerate(recent):
            if imgui.selectable(f"{os.path.basename(path)}###recent_{index}", False)[0]:
                emit(OpenPath(path))
            hint(path)
        imgui.end_popup()
    if state.status.kind == "empty":
        text_dim("Drop a .pkl or .safetensors file anywhere on the window")


def _problem_ui(settings: Settings, state: PanelState, emit: Emit) -> None:
    """Draw what failed and what can be done about it."""
    missing = state.status.kind == "missing"
    buttons = [
        Button("model_retry", "Retry", icons.ICON_FA_ROTATE_RIGHT, "Try the same file again")
    ]
    if missing:
        tip = "Find the file; its content is checked"
        buttons.insert(0, Button("model_locate", "Locate…", icons.ICON_FA_MAGNIFYING_GLASS, tip))
        if state.status.path:
            tip = "Show the same settings with the model in this file"
            buttons.append(Button("model_use_anyway", "Use it anyway", icons.ICON_FA_CHECK, tip))
    buttons.append(Button("model_close", "Close", icons.ICON_FA_XMARK))
    with card(active=True) as width:
        name = settings.model.name if settings.model is not None else "The model"
        fallback = f"{name} is missing" if missing else f"{name} could not be opened"
        text_warning(
            f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {state.status.text or fallback}", width
        )
        if state.status.path and state.status.path not in state.status.text:
            imgui.text_colored(dim(), ellipsis(state.status.path, width))
            hint(state.status.path)
        pressed = button_row(buttons, width)
    if pressed == "model_locate":
        emit(ShowDialog("locate_model"))
    elif pressed == "model_use_anyway":
        emit(UseModelAnyway(state.status.path))
    elif pressed == "model_retry":
        emit(RetryLoad())
    elif pressed == "model_close":
        emit(CloseModel())


def _convert_ui(settings: Settings, emit: Emit) -> None:
    safe = settings.model is not None and settings.model.name.endswith(".safetensors")
    item = Button(
        "convert_model", "Convert to safe format…", icons.ICON_FA_SHIELD_HALVED,
        "Save as .safetensors, which opens faster and can hold no program",
        "This file is in the safe format already" if safe else None,
    )  # fmt: skip
    if button_row((item,)):
        emit(ConvertModelTo())


def _entry_ui(index: int, entry: FolderEntry, settings: Settings, emit: Emit) -> None:
    """Draw one line of the folder: name on the left, size on the right."""
    chosen = settings.model is not None and settings.model.path == entry.path
    if imgui.selectable(f"###folder_{index}", chosen)[0]:
        emit(SetModelFolder(entry.path) if entry.is_folder else OpenPath(entry.path))
    hint(entry.path)
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    inset = imgui.get_style().item_spacing
    y, left, right = low.y + inset.y / 2, low.x + inset.x / 2, high.x - inset.x / 2
    draw = imgui.get_window_draw_list()
    size = "" if entry.is_folder else size_text(entry.size_bytes)
    extent = imgui.calc_text_size(size).x
    icon = icons.ICON_FA_FOLDER if entry.is_folder else icons.ICON_FA_CUBE
    fine = imgui.color_convert_float4_to_u32(dim())
    draw.add_text((left, y), fine, icon)
    name = ellipsis(entry.name, right - left - extent - em(2.4))
    draw.add_text((left + em(1.6), y), imgui.get_color_u32(imgui.Col_.text), name)
    draw.add_text((right - extent, y), fine, size)
