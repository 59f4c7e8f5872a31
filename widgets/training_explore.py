"""A run's snapshots on the canvas: which one is explored, and which one beside it.

Ids: `##snapshot` (`###snapshot_newest`, `###snapshot_<i>`, the newest first), `###run_explore`,
`###run_tune`, `###run_compare`; while two are compared `##compare_with` with
`###reset_compare_with`, `##wipe_at` with `###reset_wipe_at`, `###compare_swap`.
"""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.panel_state import Emit
from explorer.training_actions import (
    ChooseSnapshot,
    Compare,
    ExploreRun,
    FineTune,
    MoveWipe,
    SwapCompared,
    ToggleCompare,
)
from explorer.training_state import Compared, Moment, RunDetail, RunRow, TrainingState, kimg_text
from widgets.controls import Button, button_row, hint
from widgets.fields import row
from widgets.notices import text_warning
from widgets.sliders import int_slider, slider

NONE_YET = "It has written no snapshot yet"
NEWEST = "always the newest"
GONE = "deleted meanwhile"


def explore_ui(run: RunRow, detail: RunDetail | None, state: TrainingState, emit: Emit) -> None:
    """Draw what can be done with the snapshots of the selected run."""
    snapshots = detail.snapshots if detail is not None else ()
    if snapshots:
        _choice_ui(snapshots, state.snapshot, emit)
    explored = state.exploring == run.path
    pressed = button_row(_buttons(run, snapshots, state))
    if pressed is None and explored and state.explored_kimg is not None:
        pressed = button_row(_compare_buttons(state))
    if pressed == "run_explore":
        emit(ExploreRun("") if explored else ExploreRun(run.path, state.snapshot))
    elif pressed == "run_tune":
        emit(FineTune(run.path, state.snapshot))
    elif pressed == "run_compare":
        emit(ToggleCompare())
    elif pressed == "compare_swap":
        emit(SwapCompared())
    if explored and state.compared is not None:
        _compared_ui(state.compared, state, emit)


def _choice_ui(snapshots: tuple[Moment, ...], chosen: str, emit: Emit) -> None:
    tip = "The snapshot that Explore shows and Fine-tune starts from"
    imgui.set_next_item_width(row("Snapshot", tip))
    kimg = next((kimg for kimg, path in snapshots if path == chosen), None)
    shown = GONE if kimg is None else kimg_text(kimg)
    if not imgui.begin_combo("##snapshot", shown if chosen else NEWEST):
        hint(tip)
        return
    if imgui.selectable(f"{NEWEST}###snapshot_newest", not chosen)[0]:
        emit(ChooseSnapshot(""))
    for index, (kimg, path) in enumerate(reversed(snapshots)):
        if imgui.selectable(f"{kimg_text(kimg)}###snapshot_{index}", path == chosen)[0]:
            emit(ChooseSnapshot(path))
    imgui.end_combo()


def _buttons(run: RunRow, snapshots: tuple[Moment, ...], state: TrainingState) -> list[Button]:
    none, gone = None if snapshots else NONE_YET, None
    if state.snapshot and all(path != state.snapshot for _, path in snapshots):
        none = gone = "The chosen snapshot has been deleted meanwhile; choose another"
    explored = state.exploring == run.path
    label, tip = "Explore", "Show this snapshot with the latent and settings as they are"
    if not state.snapshot:
        waits = "Shows the first snapshot when it is there" if none else "Show the newest snapshot"
        tip = f"{waits} with the latent and settings as they are, and every newer one"
    if explored:
        label = "Exploring"
        if state.explored_kimg is not None:
            label = f"Exploring {kimg_text(state.explored_kimg)}"
    what = "this snapshot" if state.snapshot else "the newest snapshot"
    return [
        Button("run_explore", label, icons.ICON_FA_EYE, tip,
               None if explored else gone, selected=explored),
        Button("run_tune", "Fine-tune", icons.ICON_FA_CODE_BRANCH,
               f"Prepare a new run that starts from {what}", none),
    ]  # fmt: skip


def _compare_buttons(state: TrainingState) -> list[Button]:
    tip = "Put another snapshot beside it, with a line to drag between them\n"
    tip += "Captures take the explored one alone · W"
    alone = None if state.others else "It has no other snapshot yet"
    icon, comparing = icons.ICON_FA_CIRCLE_HALF_STROKE, state.compared is not None
    buttons = [Button("run_compare", "Compare", icon, tip, alone, selected=comparing)]
    if comparing:
        tip = "Exchange left and right\nShift+W"
        buttons.append(Button("compare_swap", "Swap sides", icons.ICON_FA_RIGHT_LEFT, tip))
    return buttons


def _compared_ui(compared: Compared, state: TrainingState, emit: Emit) -> None:
    """Draw which snapshot is B and where the line is."""
    others = state.others
    paths = [path for _, path in others]
    if compared.path in paths and len(others) > 1:
        at, last = paths.index(compared.path), len(others) - 1
        new = int_slider(
            "B", "compare_with", at, 0, last, default=at, fmt=kimg_text(compared.kimg),
            default_text="half way to A", tooltip="The other snapshot of this run",
        )  # fmt: skip
        if new != at:
            emit(Compare(paths[new]))
    else:
        row("B", "The other snapshot of this run")
        imgui.align_text_to_frame_padding()
        imgui.text_unformatted(kimg_text(compared.kimg))
    share = slider(
        "Line", "wipe_at", 100 * compared.at, 0.0, 100.0, default=50.0, fmt="%.0f %%",
        tooltip="Where the line is, from left to right; drag it on the canvas as well",
    )  # fmt: skip
    if abs(share - 100 * compared.at) > 1e-9:
        emit(MoveWipe(share / 100))
    if compared.problem:
        text_warning(f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {compared.problem}")
