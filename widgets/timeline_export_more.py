"""The folded part of the export window: all that a video can have besides format and size.

Ids: `###export_filter_smooth`, `###export_filter_sharp`, `##export_fps`, `###export_part_all`,
`###export_part_range`, `###export_cells_one`, `###export_cells_seeds`, `###export_cells_models`,
`##export_columns`, `##export_rows`, `##export_step`, `###export_models` (a menu of
`timeline_models`), `###export_model_off_<n>`, `###export_caption_time`, `###export_caption_seed`,
`###export_caption_psi`, `###export_caption_model`, `###export_sound`, `###export_sound_off`,
`###export_sessions`, `###export_session_off_<n>`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import ShowDialog
from explorer.export_state import Caption, Cells, ExportChoice
from explorer.panel_state import Emit, PanelState
from explorer.timeline.model import MAX_FPS, MIN_FPS
from explorer.timeline_state import timecode
from widgets.choices import segmented_row
from widgets.controls import dim, disabled, ellipsis, em, hint, icon_button, inner_spacing
from widgets.fields import row, whole
from widgets.timeline_models import models_menu_ui

_FILTERS = (
    ("smooth", "Smooth", "Lanczos"),
    ("sharp", "Sharp", "Pixels stay squares"),
)
_CELLS: tuple[tuple[Cells, str, str], ...] = (
    ("one", "None", "The picture alone"),
    ("seeds", "Seeds", "Neighbouring seeds that go the same way"),
    ("models", "Models", "Each cell shows another model"),
)
_CAPTIONS: tuple[tuple[Caption, str], ...] = (
    ("time", "Time"), ("seed", "Seed"), ("psi", "Psi"), ("model", "Model"),
)  # fmt: skip
_MOST_CELLS = 16  # in a row or a column


def more_ui(choice: ExportChoice, state: PanelState, emit: Emit) -> ExportChoice:
    """Draw the rows; return the choice."""
    sharp = "sharp" if choice.nearest else "smooth"
    tip = "How pixels are enlarged"
    sharp = segmented_row("Enlarging", "export_filter", sharp, _FILTERS, tip)
    choice = replace(choice, nearest=sharp == "sharp")
    choice = _fps_ui(choice, state)
    choice = _part_ui(choice, state)
    choice = replace(choice, cells=segmented_row("Grid", "export_cells", choice.cells, _CELLS))
    if choice.cells == "seeds":
        choice = _seeds_ui(choice)
    elif choice.cells == "models":
        choice = _models_ui(choice, state, emit)
    choice = _caption_ui(choice)
    choice = _sound_ui(choice, state, emit)
    return _sessions_ui(choice, emit)


def whole_row(label: str, name: str, value: int, low: int, high: int, tip: str = "") -> int:
    """Draw a row with a whole number; steps end at the bounds."""
    new = whole(name, value, row(label, tip), low=low, high=high, tooltip=tip)
    wrapped = abs(new - value) == high - low > 1 and imgui.is_any_item_active()
    return value if wrapped else new


def _fps_ui(choice: ExportChoice, state: PanelState) -> ExportChoice:
    own = state.settings.timeline.fps
    tip = f"Frames per second; 0 = the timeline's {own:g}"
    imgui.set_next_item_width(row("Rate", tip))
    shown = "%.5g fps" if choice.fps else f"{own:g} fps, as the timeline"
    _, fps = imgui.input_float("##export_fps", choice.fps, 0, 0, shown)
    hint(tip)
    return replace(choice, fps=min(max(fps, MIN_FPS), MAX_FPS) if fps > 0 else 0.0)


def _part_ui(choice: ExportChoice, state: PanelState) -> ExportChoice:
    marked = state.timeline.view.range_secs
    if marked is None:
        row("Part", "Which part of the timeline")
        imgui.align_text_to_frame_padding()
        imgui.text_colored(dim(), "All; drag with Shift on the ruler to mark one")
        return choice
    text = f"{timecode(marked[0])} to {timecode(marked[1])}"
    parts = (("all", "All", "The whole timeline"), ("range", text, "The part that is played"))
    part = segmented_row("Part", "export_part", choice.part, parts)
    return replace(choice, part="range" if part == "range" else "all")


def _seeds_ui(choice: ExportChoice) -> ExportChoice:
    columns = whole_row("Columns", "export_columns", choice.columns, 1, _MOST_CELLS)
    rows = whole_row("Rows", "export_rows", choice.rows, 1, _MOST_CELLS)
    tip = "How many seeds each cell lies beyond the one before"
    imgui.set_next_item_width(row("Seed step", tip))
    _, step = imgui.input_float("##export_step", choice.seed_step, 0, 0, "%.5g")
    hint(tip)
    return replace(choice, columns=columns, rows=rows, seed_step=step)


def _models_ui(choice: ExportChoice, state: PanelState, emit: Emit) -> ExportChoice:
    names = [os.path.basename(path) for path in choice.models]
    gone = _list_ui("Models", "export_model_off", names, choice.models)
    if gone is not None:
        models = (*choice.models[:gone], *choice.models[gone + 1 :])
        choice = replace(choice, models=models)
    width = row("" if names else "Models")
    icon = icons.ICON_FA_PLUS
    if imgui.button(f"{icon}  Add model###export_models", (width, 0)):
        imgui.open_popup("export_models_menu")
    picked = models_menu_ui("export_models_menu", state, emit, "grid_model")
    if picked and picked not in choice.models:
        choice = replace(choice, models=(*choice.models, picked))
    if len(choice.models) > 1:
        most = min(len(choice.models), _MOST_CELLS)
        value = min(choice.columns, most)
        columns = whole_row("Columns", "export_columns", value, 1, most)
        if columns != value:
            choice = replace(choice, columns=columns)
    return choice


def _caption_ui(choice: ExportChoice) -> ExportChoice:
    tip = "Written below the picture, beside what a track of captions says"
    width = row("Caption", tip)
    gap = inner_spacing()
    each = (width - gap * (len(_CAPTIONS) - 1)) / len(_CAPTIONS)
    left = imgui.get_cursor_pos_x()
    chosen = set(choice.caption)
    for number, (part, text) in enumerate(_CAPTIONS):
        if number:
            imgui.same_line(0, 0)
            imgui.set_cursor_pos_x(left + number * (each + gap))
        _, on = imgui.checkbox(f"{text}###export_caption_{part}", part in chosen)
        chosen = chosen | {part} if on else chosen - {part}
    return replace(choice, caption=tuple(part for part in get_args(Caption) if part in chosen))


def _sound_ui(choice: ExportChoice, state: PanelState, emit: Emit) -> ExportChoice:
    own = state.settings.timeline.sound
    heard = choice.kind in ("mp4", "webm")
    tip = "A sound file; it begins with the video and is cut to its length"
    width = row("Sound", tip)
    text = os.path.basename(choice.sound) or "Choose…"
    if not choice.sound and own is not None:
        text = f"{own.name}, the timeline's"
        tip = "As the timeline has it, cut to the video's length; press for another file"
        if state.settings.timeline.playing == "mirror":
            tip += "\nOn the way back the sound plays on"
    if not heard or (choice.silent and own is not None):
        text = "None"
    audible = heard and not choice.silent and bool(choice.sound or own is not None)
    side, gap = imgui.get_frame_height(), inner_spacing()
    width -= side + gap if audible else 0.0
    with disabled(None if heard else "GIF and PNG have no sound"):
        shown = ellipsis(text, width - em(1))
        if imgui.button(f"{shown}###export_sound", (width, 0)):
            emit(ShowDialog("video_sound"))
        hint(choice.sound or tip)
    if audible:
        imgui.same_line(0, gap)
        if icon_button(icons.ICON_FA_XMARK, "###export_sound_off", "No sound", quiet=True):
            choice = replace(choice, sound="", silent=own is not None)
    return choice


def _sessions_ui(choice: ExportChoice, emit: Emit) -> ExportChoice:
    names = [os.path.basename(path) for path in choice.sessions]
    gone = _list_ui("Sessions", "export_session_off", names, choice.sessions)
    if gone is not None:
        sessions = (*choice.sessions[:gone], *choice.sessions[gone + 1 :])
        choice = replace(choice, sessions=sessions)
    tip = "Export the timelines of saved sessions, one video each, in place of the one on screen"
    width = row("" if names else "Sessions", tip)
    label = f"{icons.ICON_FA_PLUS}  Add session files…###export_sessions"
    if imgui.button(label, (width, 0)):
        emit(ShowDialog("video_sessions"))
    hint(tip)
    return choice


def _list_ui(label: str, name: str, texts: Sequence[str], hints: Sequence[str]) -> int | None:
    """Draw texts below each other, each with a button that takes it off; return which one was."""
    gone = None
    side, gap = imgui.get_frame_height(), inner_spacing()
    for number, text in enumerate(texts):
        width = row("" if number else label) - side - gap
        left = imgui.get_cursor_pos_x()
        imgui.align_text_to_frame_padding()
        imgui.text_unformatted(ellipsis(text, width))
        hint(hints[number])
        imgui.same_line(0, 0)
        imgui.set_cursor_pos_x(left + width + gap)
        if icon_button(icons.ICON_FA_XMARK, f"###{name}_{number}", "Take it off", quiet=True):
            gone = number
    return gone
