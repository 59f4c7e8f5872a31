"""The selected run through its time: curves, sample pictures, log.

Ids: `###run_view_curves`, `###run_view_samples`, `###run_view_log`, `##curve_smoothing`,
`##curve_log`, `##sheet_at`, `###reset_sheet_at`, `###sheet_explore`, `###sheet_tune`, the list
`run_log`.
"""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons
from numpy.typing import NDArray

from explorer.panel_state import Emit
from explorer.training_actions import ExploreRun, FineTune, ShowSheet
from explorer.training_state import RunCurves, RunDetail, TrainingState, kimg_text
from widgets.choices import segmented, toggle
from widgets.controls import Button, button_row, dim, em
from widgets.notices import empty_ui
from widgets.plots import lines_plot
from widgets.sliders import int_slider, slider

VIEWS = (
    ("curves", "Curves", "Losses and what else is measured"),
    ("samples", "Samples", "The same latents through the whole run"),
    ("log", "Log", "What happened, with times"),
)
# title -> ((label, statistic), ...)
PLOTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Losses", (("Generator", "Loss/G/loss"), ("Discriminator", "Loss/D/loss"))),
    ("Scores", (("Real", "Loss/scores/real"), ("Fake", "Loss/scores/fake"))),
    ("Signs of real scores", (("Sign", "Loss/signs/real"),)),
    ("Gradient penalty R1", (("R1", "Loss/r1_penalty"),)),
    ("Augmentation", (("p", "Progress/augment_p"),)),
)


class SelectedRun:
    """The view, with how curves are drawn."""

    def __init__(self) -> None:
        self.view = "curves"
        self.smoothing = 0.0
        self.log = False

    def draw(self, state: TrainingState, detail: RunDetail, emit: Emit) -> None:
        imgui.dummy(ImVec2(0, em(0.2)))
        self.view = segmented("run_view", self.view, VIEWS, imgui.get_content_region_avail().x)
        if self.view == "curves":
            self._curves_ui(detail.curves)
        elif self.view == "samples":
            _samples_ui(state, detail, emit)
        else:
            _log_ui(detail)

    def _curves_ui(self, curves: RunCurves) -> None:
        if not curves.kimg.size:
            empty_ui(icons.ICON_FA_CHART_LINE, "No statistics yet", "One row per tick appears here")
            return
        self.smoothing = slider(
            "Smoothing", "curve_smoothing", self.smoothing, 0.0, 1.0, default=0.0,
            tooltip="Mean over this part of the run up to each point",
        )  # fmt: skip
        self.log = toggle("Logarithmic", "curve_log", self.log, "Space values by their magnitude")
        for title, lines in PLOTS:
            series = [
                (label, smoothed(curves.values[name], self.smoothing))
                for label, name in lines
                if name in curves.values
            ]
            if series and not all(is_dull(values) for _, values in series):
                imgui.text_colored(dim(), title)
                height = 9.0 if len(series) > 1 else 7.0
                lines_plot(f"curve_{title}", curves.kimg, series, height_ems=height, log=self.log)


def is_dull(values: NDArray[np.float64]) -> bool:
    """Return whether there is nothing to see: all missing, or all zero."""
    return not np.any(np.nan_to_num(values))


def smoothed(values: NDArray[np.float64], amount: float) -> NDArray[np.float64]:
    """Return the mean of each value and those before it, over amount / 4 of all of them."""
    width = round(amount * len(values) / 4)
    if width < 2:
        return values
    known = np.isfinite(values)
    sums = np.cumsum(np.where(known, values, 0.0))
    counts = np.cumsum(known)
    sums[width:] = sums[width:] - sums[:-width].copy()
    counts[width:] = counts[width:] - counts[:-width].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, sums / counts, np.nan)


def _samples_ui(state: TrainingState, detail: RunDetail, emit: Emit) -> None:
    sheets = detail.sheets
    if not sheets:
        empty_ui(icons.ICON_FA_IMAGES, "No samples yet", "The first are made when the run starts")
        return
    last = len(sheets) - 1
    at = last if state.sheet_at is None else min(state.sheet_at, last)
    if last > 0:
        new = int_slider(
            "Time", "sheet_at", at, 0, last, default=last, fmt=kimg_text(sheets[at][0]),
            default_text="the newest", tooltip="Through the whole run",
        )  # fmt: skip
        if new != at:
            emit(ShowSheet(None if new == last else new))
    else:
        imgui.text_colored(dim(), kimg_text(sheets[0][0]))
    _moment_ui(detail, sheets[at][0], emit)
    width = imgui.get_content_region_avail().x
    if state.sheet is None:
        imgui.dummy(ImVec2(width, em(4)))
        return
    texture, columns, rows = state.sheet
    imgui.image(imgui.ImTextureRef(texture), ImVec2(width, width * rows / max(columns, 1)))
    if imgui.is_item_hovered():
        _large_ui(texture, columns, rows)


def _moment_ui(detail: RunDetail, kimg: float, emit: Emit) -> None:
    """Draw what can be done with the snapshot of the sheet's moment."""
    snapshot = next((path for at, path in detail.snapshots if at == kimg), None)
    none = None if snapshot else "There is no snapshot of this moment"
    pressed = button_row(
        (
            Button("sheet_explore", "Explore this one", icons.ICON_FA_EYE,
                   "Show the snapshot of this moment with the latent and settings as they are",
                   none),
            Button("sheet_tune", "Fine-tune from this one", icons.ICON_FA_CODE_BRANCH,
                   "Prepare a new run that starts from the snapshot of this moment", none),
        )
    )  # fmt: skip
    if pressed == "sheet_explore" and snapshot:
        emit(ExploreRun(detail.path, snapshot))
    elif pressed == "sheet_tune" and snapshot:
        emit(FineTune(detail.path, snapshot))


def _large_ui(texture: int, columns: int, rows: int) -> None:
    """Show a sheet at its own size, or as large as the window lets it, beside the mouse."""
    room = imgui.get_main_viewport().size
    scale = min(0.7 * room.x / columns, 0.8 * room.y / rows, 2.0)
    if imgui.begin_tooltip():
        imgui.image(imgui.ImTextureRef(texture), ImVec2(columns * scale, rows * scale))
        imgui.end_tooltip()


def _log_ui(detail: RunDetail) -> None:
    if not detail.log:
        empty_ui(icons.ICON_FA_LIST, "The log is empty")
        return
    imgui.begin_child("run_log", ImVec2(0, em(22)), imgui.ChildFlags_.frame_style,
                      imgui.WindowFlags_.horizontal_scrollbar)  # fmt: skip
    at_end = imgui.get_scroll_y() >= imgui.get_scroll_max_y() - 1
    for line in detail.log:
        imgui.text_unformatted(line)
    if at_end:
        imgui.set_scroll_here_y(1.0)
    imgui.end_child()
