"""The page of runs: a list, and what can be asked of the selected one.

Ids: `###run_<i>` in the list `run_list`, `###runs_folder`, `###training_first` while there is no
run, and those of `widgets.training_run` and `widgets.training_selected`.
"""

from __future__ import annotations

import os

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import ShowDialog
from explorer.panel_state import Emit
from explorer.training_actions import SelectRun, ShowTrainingPage
from explorer.training_state import RunRow, TrainingState
from widgets.controls import Button, button_row, dim, ellipsis, em, hint, section, u32
from widgets.notices import empty_ui
from widgets.training_run import RunCard
from widgets.training_selected import SelectedRun
from widgets.training_words import ICONS, state_colour

ROWS_SHOWN = 4


class RunsPage:
    """The page, with what its parts keep between frames."""

    def __init__(self) -> None:
        self.card = RunCard()
        self.selected = SelectedRun()

    def draw(self, state: TrainingState, emit: Emit) -> None:
        if not state.runs:
            _no_runs_ui(state, emit)
            return
        _list_ui(state, emit)
        run = state.run
        if run is not None:
            detail = state.detail
            self.card.draw(run, detail, state, emit)
            if detail is not None:
                self.selected.draw(state, detail, emit)
        _folder_ui(state, emit)


def _no_runs_ui(state: TrainingState, emit: Emit) -> None:
    if not state.known:
        empty_ui(icons.ICON_FA_DUMBBELL, "Looking for runs")
        return
    empty_ui(
        icons.ICON_FA_DUMBBELL,
        "No run yet",
        "Train a model of your own pictures: a folder, a zip or a video is enough",
    )
    imgui.dummy(ImVec2(0, em(0.3)))
    if button_row((Button("training_first", "New run", icons.ICON_FA_PLUS),)):
        emit(ShowTrainingPage("new"))
    _folder_ui(state, emit)


def _folder_ui(state: TrainingState, emit: Emit) -> None:
    section("Folder of runs", icons.ICON_FA_FOLDER)
    name = os.path.basename(state.folder.rstrip("/\\")) or state.folder
    room = imgui.get_content_region_avail().x - em(3)
    label = ellipsis(name or "Choose…", room)
    if button_row((Button("runs_folder", label, icons.ICON_FA_FOLDER_OPEN, state.folder),)):
        emit(ShowDialog("runs_folder"))


def _list_ui(state: TrainingState, emit: Emit) -> None:
    line = em(2.5)
    height = min(len(state.runs), ROWS_SHOWN) * line + em(0.6)
    imgui.push_style_var(imgui.StyleVar_.window_padding, ImVec2(em(0.3), em(0.3)))
    imgui.push_style_var(imgui.StyleVar_.item_spacing, ImVec2(em(0.4), 0))
    imgui.begin_child("run_list", ImVec2(0, height), imgui.ChildFlags_.frame_style)
    for index, run in enumerate(state.runs):
        chosen = run.path == state.selected
        if imgui.selectable(f"###run_{index}", chosen, 0, ImVec2(0, line))[0]:
            emit(SelectRun(run.path))
        hint(f"{run.name}\n{run.state}: {run.state_text}")
        _run_line(run)
    imgui.end_child()
    imgui.pop_style_var(2)


def _run_line(run: RunRow) -> None:
    """Write a run over the selectable just drawn: state, name, percentage, and a fine bar."""
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    draw = imgui.get_window_draw_list()
    inset = em(0.4)
    text_px = imgui.get_text_line_height()
    y = low.y + em(0.35)
    draw.add_text((low.x + inset, y), u32(state_colour(run)), ICONS.get(run.state, ""))
    share = f"{100 * run.progress:.0f} %"
    right = high.x - inset - imgui.calc_text_size(share).x
    draw.add_text((right, y), u32(dim()), share)
    left = low.x + inset + em(1.6)
    name = ellipsis(run.name, right - left - em(0.4))
    draw.add_text((left, y), imgui.get_color_u32(imgui.Col_.text), name)
    top, thick = y + text_px + em(0.3), max(2.0, em(0.2))
    ground = u32(imgui.get_style_color_vec4(imgui.Col_.text), 0.14)
    end = high.x - inset
    draw.add_rect_filled((left, top), (end, top + thick), ground, thick / 2)
    if run.progress > 0:
        reached = left + max((end - left) * run.progress, thick)
        draw.add_rect_filled((left, top), (reached, top + thick), u32(state_colour(run)), thick / 2)
