"""The time-lapse of a training: which run, which of its snapshots, how long.

Ids in window "###lapse": `###lapse_run_<n>` in the child "lapse_runs", `###lapse_folder`,
`##lapse_every`, `##lapse_secs`, `###lapse_ok`, `###lapse_stop`.
"""

from __future__ import annotations

import os

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import ShowDialog
from explorer.export_actions import CancelTimeLapse, FillTimeLapse, ListRuns
from explorer.export_state import LapseRun, LapseState
from explorer.panel_state import Emit, PanelState
from widgets.controls import Button, button, dim, ellipsis, em, icon_button, progress, same_line_at
from widgets.fields import row, whole
from widgets.floating import floating
from widgets.notices import text_dim

WIDTH_EMS = 27
_ROWS = 6
_MAX_SECS = 3600.0


class LapseWindow:
    """The window, with what is chosen in it."""

    def __init__(self) -> None:
        self._open = False
        self._filled: int | None = None  # how many there were when it was opened
        self._run = ""
        self._every = 1
        self._secs = 10.0

    def show(self, secs: float, emit: Emit) -> None:
        """Open it for a timeline of that length."""
        self._open, self._filled, self._secs = True, None, secs
        emit(ListRuns())

    def draw(self, state: PanelState, emit: Emit) -> None:
        """Draw it while it is open."""
        if not self._open:
            return
        lapse = state.export.lapse
        self._filled = lapse.filled if self._filled is None else self._filled
        if lapse.filled > self._filled:
            self._open = False
            return
        with floating("Training time-lapse###lapse", WIDTH_EMS) as window:
            if window.visible:
                self._contents_ui(lapse, emit)
        if not window.open:
            self._open = False
            emit(CancelTimeLapse())

    def _contents_ui(self, lapse: LapseState, emit: Emit) -> None:
        text_dim("What a run learned, snapshot after snapshot, at the latent on screen")
        self._runs_ui(lapse, emit)
        run = self._chosen(lapse)
        most = run.snapshots - 1 if run is not None else 1
        width = row("Every nth", "1 = each of them; the last one is always taken")
        self._every = min(self._every, most)
        self._every = whole("lapse_every", self._every, width, low=1, high=most)
        imgui.set_next_item_width(row("Length"))
        _, secs = imgui.input_float("##lapse_secs", self._secs, 0, 0, "%.2f s")
        self._secs = min(max(secs, 0.1), _MAX_SECS)
        text_dim(self._words(run))
        imgui.dummy((0, em(0.1)))
        if lapse.reading is not None:
            side = imgui.get_frame_height()
            room = imgui.get_content_region_avail().x - side
            progress(lapse.reading, "Reading the snapshots", side, room)
            imgui.same_line(0, 0)
            if icon_button(icons.ICON_FA_XMARK, "###lapse_stop", "Cancel", quiet=True):
                emit(CancelTimeLapse())
            return
        reason = None if run is not None else "Choose a run first"
        item = Button(
            "lapse_ok", "Fill the timeline", icons.ICON_FA_CHECK, disabled_reason=reason,
            selected=reason is None,
        )  # fmt: skip
        if button(item) and run is not None:
            emit(FillTimeLapse(run.path, self._every, self._secs))

    def _runs_ui(self, lapse: LapseState, emit: Emit) -> None:
        runs, line = lapse.runs or (), imgui.get_text_line_height_with_spacing()
        height = min(max(len(runs), 2), _ROWS) * line + em(0.6)
        imgui.push_style_var(imgui.StyleVar_.window_padding, (em(0.3), em(0.3)))
        imgui.begin_child("lapse_runs", (0, height), imgui.ChildFlags_.frame_style)
        imgui.pop_style_var()
        if not runs:
            said = "Looking for runs" if lapse.runs is None else "No run here has two snapshots"
            imgui.text_colored(dim(), said)
        for number, run in enumerate(runs):
            if _run_ui(number, run, run == self._chosen(lapse)):
                self._run = run.path
        imgui.end_child()
        room = imgui.get_content_region_avail().x
        name = os.path.basename(lapse.folder.rstrip("/\\")) or lapse.folder
        label = ellipsis(f"In {name}. Choose another folder…", room - em(3))
        tip = lapse.folder
        if button(Button("lapse_folder", label, icons.ICON_FA_FOLDER_OPEN, tip), room):
            emit(ShowDialog("lapse_folder"))

    def _chosen(self, lapse: LapseState) -> LapseRun | None:
        """Return the run that was picked, else the newest."""
        runs = lapse.runs or ()
        return next((run for run in runs if run.path == self._run), next(iter(runs), None))

    def _words(self, run: LapseRun | None) -> str:
        if run is None:
            return "Runs are looked for where the Training tab makes them"
        count = taken(run.snapshots, self._every)
        each = f"every {ordinal(self._every)} of {run.snapshots}" if self._every > 1 else "all"
        return f"{count} snapshots ({each}), {self._secs / count:.2f} s each"


def taken(snapshots: int, every: int) -> int:
    """Return how many are shown if every n-th is, the last one among them."""
    return -(-snapshots // every)


def ordinal(number: int) -> str:
    """Return "2nd", "3rd", "11th"."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _run_ui(number: int, run: LapseRun, chosen: bool) -> bool:
    left, room = imgui.get_cursor_pos_x(), imgui.get_content_region_avail().x
    facts = f"{run.snapshots} snapshots, {run.kimg:,.0f} kimg"
    width = imgui.calc_text_size(facts).x
    label = ellipsis(run.name, room - width - em(1))
    pressed = imgui.selectable(f"{label}###lapse_run_{number}", chosen)[0]
    same_line_at(left + room - width)
    imgui.text_colored(dim(), facts)
    return bool(pressed)
