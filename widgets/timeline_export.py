"""Export: a window that says how a video is to be written, and how far those under way are.

Ids in window "###export": `##export_kind`, `##export_size`, `##export_width`, `##export_height`,
`##export_quality`, `###export_bits_8`, `###export_bits_16`, `###export_more`, `###export_ok`, and
those of `timeline_export_more` (in the child "export_part") and `timeline_export_jobs`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.export_actions import ChooseExport, ExportVideo
from explorer.export_state import WATCHABLE_PX, ExportChoice, Kind, Size
from explorer.panel_state import Emit, PanelState
from widgets.choices import combo, segmented_row
from widgets.controls import Button, button, dim, em
from widgets.fields import row
from widgets.floating import MOST_HIGH, floating
from widgets.jobs import duration_text
from widgets.notices import text_dim, text_warning
from widgets.timeline_export_jobs import jobs_ui
from widgets.timeline_export_more import more_ui, whole_row

_KINDS: tuple[tuple[Kind, str], ...] = (
    ("mp4", "MP4 (H.264)"),
    ("webm", "WebM (VP9)"),
    ("gif", "GIF"),
    ("png", "PNG frames in a folder"),
)
_BITS = (
    ("8", "8 bit", "Bit for bit the pictures on screen"),
    ("16", "16 bit", "From the numbers of the network, for editing"),
)
WIDTH_EMS = 27
MAX_SIDE_PX = 16384


class ExportWindow:
    """The window; what is chosen belongs to the application."""

    def draw(self, state: PanelState, emit: Emit) -> bool:
        """Draw it; return whether it stays open."""
        with floating("Export video###export", WIDTH_EMS) as window:
            if window.visible:
                _contents_ui(state, emit)
        return window.open


def _contents_ui(state: PanelState, emit: Emit) -> None:
    before = choice = state.export.choice
    choice = _kind_ui(choice)
    choice = _size_ui(choice, state.info.resolution if state.info is not None else 0)
    choice = _quality_ui(choice)
    imgui.dummy((0, em(0.1)))
    flags = imgui.TreeNodeFlags_.span_avail_width | imgui.TreeNodeFlags_.no_tree_push_on_open
    if imgui.tree_node_ex(_more_label(choice), flags):
        imgui.set_next_window_size_constraints((0, 0), (1e6, _room_for_more(state)))
        imgui.begin_child("export_part", (0, 0), imgui.ChildFlags_.auto_resize_y)
        choice = more_ui(choice, state, emit)
        imgui.end_child()
    if choice != before:
        emit(ChooseExport(choice))
    imgui.dummy((0, em(0.2)))
    _start_ui(state, emit)
    jobs_ui(state.export.rows, emit)


def _room_for_more(state: PanelState) -> float:
    """Return how high the folded part may be, so that the button below it is always seen."""
    lines = 9 + (4 if state.export.rows else 0) + (2 if state.export.choice.size == "exact" else 0)
    line = imgui.get_frame_height_with_spacing()
    return max(4 * line, MOST_HIGH * imgui.get_main_viewport().size.y - lines * line)


def _kind_ui(choice: ExportChoice) -> ExportChoice:
    imgui.set_next_item_width(row("Format"))
    picked = combo("export_kind", choice.kind, _KINDS)
    return replace(choice, kind=next(kind for kind in get_args(Kind) if kind == picked))


def _size_ui(choice: ExportChoice, side_px: int) -> ExportChoice:
    tip = "Of the whole frame; models of few pixels are enlarged by a whole number"
    imgui.set_next_item_width(row("Size", tip))
    picked = combo("export_size", choice.size, size_options(choice, side_px), tip)
    choice = replace(choice, size=next(size for size in get_args(Size) if size == picked))
    if choice.size != "exact":
        return choice
    tip = "Pixels; 0 = as the height asks"
    width = whole_row("Width", "export_width", choice.width, 0, MAX_SIDE_PX, tip)
    tip = "Pixels; 0 = as the width asks"
    height = whole_row("Height", "export_height", choice.height, 0, MAX_SIDE_PX, tip)
    return replace(choice, width=width, height=height)


def size_options(choice: ExportChoice, side_px: int) -> tuple[tuple[Size, str], ...]:
    """Return the sizes that can be chosen, with the pixels they mean where those are known."""
    across, down = (choice.columns, choice.rows) if choice.cells == "seeds" else (1, 1)
    known = side_px and choice.cells != "models"

    def pixels(scale: int) -> str:
        return f"{across * side_px * scale} × {down * side_px * scale}" if known else ""

    short = min(across, down) * side_px
    automatic = pixels(max(1, -(-WATCHABLE_PX // short))) if known else f"{WATCHABLE_PX} or more"
    named = [("auto", f"Automatic, {automatic}")]
    for scale in (1, 2, 4, 8):
        text = "As it is" if scale == 1 else f"{scale} times"
        named.append((str(scale), f"{text}, {pixels(scale)}" if known else text))
    named.append(("exact", "Exact…"))
    return tuple((next(s for s in get_args(Size) if s == name), text) for name, text in named)


def _quality_ui(choice: ExportChoice) -> ExportChoice:
    if choice.kind == "png":
        bits = segmented_row("Depth", "export_bits", str(choice.bits), _BITS)
        return replace(choice, bits=16 if bits == "16" else 8)
    tip = "100 is the largest file"
    if choice.kind == "gif":
        tip = "How many colours the palette has: all 256 from 75 on"
    imgui.set_next_item_width(row("Quality", tip))
    _, quality = imgui.slider_int("##export_quality", choice.quality, 0, 100)
    return replace(choice, quality=min(max(quality, 0), 100))


def _more_label(choice: ExportChoice) -> str:
    """Return what the folded part is called, with what in it is not as usual."""
    usual = ExportChoice()
    said = [
        word
        for word, other in (
            ("sharp", choice.nearest),
            (f"{choice.fps:g} fps", choice.fps != usual.fps),
            ("marked part", choice.part != usual.part),
            (f"grid of {choice.cells}", choice.cells != usual.cells),
            ("caption", bool(choice.caption)),
            ("sound", bool(choice.sound)),
            (f"{len(choice.sessions)} sessions", bool(choice.sessions)),
        )
        if other
    ]
    return ("More" + (": " + ", ".join(said) if said else "")) + "###export_more"


def roughly(secs: float) -> float:
    """Return a duration no more exact than an estimate can be."""
    step = next(step for most, step in ((10, 1), (60, 5), (300, 30), (math.inf, 60)) if secs < most)
    return max(1, round(secs / step)) * step


def _start_ui(state: PanelState, emit: Emit) -> None:
    """Say what will come out, and begin."""
    export = state.export
    choice, plan = export.choice, export.plan
    if choice.sessions:
        count = len(choice.sessions)
        text_dim(f"{count} videos, one after the other" if count > 1 else "1 video")
    elif plan.problem:
        text_warning(plan.problem)
    else:
        text_dim(plan.text or "Looking at the timeline")
    if plan.secs is not None and not plan.problem and not choice.sessions:
        text_dim(f"About {duration_text(roughly(plan.secs))} to make, in the background")
    imgui.dummy((0, em(0.1)))
    folder = bool(choice.sessions)
    reason = None if folder else plan.problem or None
    label = "Choose folder…" if folder or choice.kind == "png" else "Choose file…"
    icon = icons.ICON_FA_FILE_EXPORT
    item = Button("export_ok", label, icon, disabled_reason=reason, selected=reason is None)
    if button(item):
        emit(ExportVideo())
    if any(r.active for r in export.rows) and reason is None:
        imgui.same_line()
        imgui.align_text_to_frame_padding()
        imgui.text_colored(dim(), "Waits for the others")
