"""The page of runs: a list, and what can be asked of the selected one.

Ids: `###run_<i>` in the list `run_list`, `###run_pause`, `###run_resume`, `###run_stop`,
`###run_stop_now`, `###run_start`, `###run_wait`, `###run_unqueue`, `###run_explore`,
`###run_delete` with `###run_delete_yes` and `###run_delete_no` in its popup, `###run_tune`,
`###run_reveal`, `###run_command`, `###runs_folder`, `###training_first` while there is no run.
"""

from __future__ import annotations

import os

from imgui_bundle import ImVec2, ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import RevealFolder, ShowDialog
from explorer.panel_state import Emit
from explorer.training_actions import (
    AskRun,
    CopyText,
    ExploreRun,
    FineTune,
    RunRequest,
    SelectRun,
    ShowTrainingPage,
)
from explorer.training_state import SICK_STATES, RunDetail, RunRow, TrainingState
from widgets.cards import card
from widgets.controls import (
    Button,
    accent,
    button_row,
    dim,
    ellipsis,
    em,
    hint,
    icon_button,
    inner_spacing,
    progress,
    same_line_at,
    section,
    u32,
    warning,
)
from widgets.jobs import duration_text
from widgets.notices import empty_ui, text_dim, text_warning
from widgets.training_selected import SelectedRun

ROWS_SHOWN = 4
OLD_SECS = 20  # a sign of life older than this is worth a line
ICONS = {
    "new": icons.ICON_FA_CIRCLE,
    "queued": icons.ICON_FA_HOURGLASS_HALF,
    "starting": icons.ICON_FA_SPINNER,
    "running": icons.ICON_FA_PLAY,
    "paused": icons.ICON_FA_PAUSE,
    "stopping": icons.ICON_FA_SPINNER,
    "finished": icons.ICON_FA_CIRCLE_CHECK,
    "stopped": icons.ICON_FA_STOP,
    "failed": icons.ICON_FA_TRIANGLE_EXCLAMATION,
    "crashed": icons.ICON_FA_TRIANGLE_EXCLAMATION,
}


class RunsPage:
    """The page; holds what the view of the selected run keeps."""

    def __init__(self) -> None:
        self.selected = SelectedRun()

    def draw(self, state: TrainingState, emit: Emit) -> None:
        if not state.runs:
            _no_runs_ui(state, emit)
            return
        _list_ui(state, emit)
        run = state.run
        if run is not None:
            detail = state.detail
            _run_ui(run, detail, state, emit)
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


def state_colour(run: RunRow) -> ImVec4:
    """Return the colour a run's state is drawn in."""
    if run.state in SICK_STATES:
        return warning()
    return accent() if run.active else dim()


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


def _run_ui(run: RunRow, detail: RunDetail | None, state: TrainingState, emit: Emit) -> None:
    imgui.dummy(ImVec2(0, em(0.1)))
    with card(active=run.active) as width:
        imgui.align_text_to_frame_padding()
        imgui.text_colored(state_colour(run), ICONS.get(run.state, ""))
        imgui.same_line(0, em(0.5))
        tools = 2 * (imgui.get_frame_height() + inner_spacing())
        left = imgui.get_cursor_pos_x() - em(1.6)
        imgui.text_unformatted(ellipsis(headline(run, detail), width - em(2.2) - tools))
        hint(run.state_text)
        same_line_at(left + width - tools)
        _tools_ui(run, detail, emit)
        text = f"{run.cur_kimg:,.1f} of {run.total_kimg:,g} kimg · {100 * run.progress:.0f} %"
        progress(run.progress, text, width=width)
        numbers = numbers_text(run)
        if numbers:
            imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + width)
            imgui.text_colored(dim(), numbers)
            imgui.pop_text_wrap_pos()
        for sentence in (run.reason if run.state in SICK_STATES else "", *run.warnings):
            if sentence:
                text_warning(f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {sentence}", width)
        if run.heartbeat_secs > OLD_SECS:
            old = duration_text(run.heartbeat_secs)
            text_warning(f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  No sign of life for {old}", width)
        if run.state in SICK_STATES and detail is not None:
            for line in detail.log[-3:]:
                imgui.text_colored(dim(), ellipsis(line, width))
                hint(line)
        others_active = any(other.active for other in state.runs if other is not run)
        pressed = button_row(_requests(run, detail, others_active=others_active), width)
        if pressed is not None:
            _pressed(pressed, run, emit)
        others = button_row(_others(run, detail, state), width)
    if others is not None:
        _pressed(others, run, emit, state)
    _delete_popup(run, emit)


def _tools_ui(run: RunRow, detail: RunDetail | None, emit: Emit) -> None:
    tip = f"Show the folder of the run\n{run.path}"
    if icon_button(icons.ICON_FA_FOLDER_OPEN, "###run_reveal", tip, quiet=True):
        emit(RevealFolder(run.path))
    imgui.same_line(0, inner_spacing())
    tip = "Copy the command line that does the same"
    copied = icon_button(icons.ICON_FA_TERMINAL, "###run_command", tip, quiet=True)
    if copied and detail is not None:
        emit(CopyText(detail.command))


def headline(run: RunRow, detail: RunDetail | None) -> str:
    """Return a run's state with what has been asked of it: "Running, stops after this tick"."""
    asked = detail.asked if detail is not None and run.active else ()
    text = run.state.capitalize()
    if "stop-now" in asked:
        return f"{text}, stops now"
    if "stop-after-tick" in asked:
        return f"{text}, stops after this tick"
    if "pause" in asked and run.state != "paused":
        return f"{text}, pauses before the next step"
    return text if run.state == "running" else f"{text}: {run.state_text}"


def numbers_text(run: RunRow) -> str:
    """Return "12.3 s/kimg · 2 h 10 min left · next snapshot in 4 min · p 0.120"."""
    parts = []
    if run.secs_per_kimg is not None:
        parts.append(f"{run.secs_per_kimg:.1f} s/kimg")
    if run.active:
        if run.eta_secs is not None:
            parts.append(f"{duration_text(run.eta_secs)} left")
        snapshot = next_snapshot_secs(run)
        if snapshot is not None:
            parts.append(f"next snapshot in {duration_text(snapshot)}")
        if run.augment_p > 0:
            parts.append(f"p {run.augment_p:.3f}")
    return " · ".join(parts)


def next_snapshot_secs(run: RunRow) -> float | None:
    """Return the seconds until the next snapshot, by time or by count, whichever comes first."""
    found = [] if run.next_snapshot_secs is None else [run.next_snapshot_secs]
    if run.next_snapshot_kimg is not None and run.secs_per_kimg is not None:
        found.append(run.next_snapshot_kimg * run.secs_per_kimg)
    return max(min(found), 0.0) if found else None


def _requests(run: RunRow, detail: RunDetail | None, *, others_active: bool) -> list[Button]:
    asked = detail.asked if detail is not None else ()
    # A run that starts forgets what was asked of it before.
    busy = {"stopping": "It is stopping", "starting": "It is starting"}.get(run.state)
    stop = Button(
        "run_stop_now", "Stop now", icons.ICON_FA_STOP,
        "Write a checkpoint after this step and end; it can be continued exactly", busy,
    )  # fmt: skip
    if run.state == "paused":
        return [Button("run_resume", "Resume", icons.ICON_FA_PLAY, "Go on"), stop]
    if run.active:
        pause = Button("run_pause", "Pause", icons.ICON_FA_PAUSE, "Wait before the next step", busy)
        if "pause" in asked:
            pause = Button("run_resume", "Resume", icons.ICON_FA_PLAY, "Do not pause")
        tick = Button(
            "run_stop", "Stop after tick", icons.ICON_FA_HAND,
            "Write a checkpoint at the next row of statistics and end", busy,
        )  # fmt: skip
        return [pause, tick, stop]
    if run.state == "queued":
        tip = "Do not start it when the runs before it have ended"
        return [Button("run_unqueue", "Take out of the queue", icons.ICON_FA_XMARK, tip)]
    reason = "It reached its length; fine-tune from it instead" if run.state == "finished" else None
    label = "Continue" if run.cur_kimg > 0 else "Start"
    tip = "Go on exactly where it was"
    delete = Button("run_delete", "Delete…", icons.ICON_FA_TRASH_CAN, "Delete the run's folder")
    start = Button("run_start", label, icons.ICON_FA_PLAY, tip, reason)
    tip = "Start when the runs before it have ended"
    wait = Button("run_wait", "Queue", icons.ICON_FA_HOURGLASS_HALF, tip, reason)
    return [start, wait, delete] if others_active and reason is None else [start, delete]


def _others(run: RunRow, detail: RunDetail | None, state: TrainingState) -> list[Button]:
    none = None if detail is not None and detail.snapshots else "It has written no snapshot yet"
    following = state.exploring == run.path
    label = "Exploring" if following else "Explore"
    if following and state.explored_kimg is not None:
        label = f"Exploring {state.explored_kimg:,} kimg"
    waits = "Shows the first snapshot when it is there" if none else "Show the newest snapshot"
    tip = f"{waits} with the latent and settings as they are, and every newer one"
    return [
        Button("run_explore", label, icons.ICON_FA_EYE, tip, selected=following),
        Button("run_tune", "Fine-tune", icons.ICON_FA_CODE_BRANCH,
               "Prepare a new run that starts from the newest snapshot", none),
    ]  # fmt: skip


_REQUESTS: dict[str, RunRequest] = {
    "run_start": "start",
    "run_wait": "queue",
    "run_unqueue": "unqueue",
    "run_pause": "pause",
    "run_resume": "resume",
    "run_stop": "stop",
    "run_stop_now": "stop_now",
}


def _pressed(
    name: str,
    run: RunRow,
    emit: Emit,
    state: TrainingState | None = None,
) -> None:
    if name in _REQUESTS:
        emit(AskRun(run.path, _REQUESTS[name]))
    elif name == "run_delete":
        imgui.open_popup("delete_run")
    elif name == "run_explore" and state is not None:
        emit(ExploreRun("" if state.exploring == run.path else run.path))
    elif name == "run_tune":
        emit(FineTune(run.path))


def _delete_popup(run: RunRow, emit: Emit) -> None:
    imgui.set_next_window_size((em(20), 0))
    if not imgui.begin_popup("delete_run"):
        return
    imgui.text_unformatted("Delete this run?")
    text_dim(f"{run.name} with its snapshots, checkpoints and pictures; this cannot be undone")
    buttons = (
        Button("run_delete_yes", "Delete", icons.ICON_FA_TRASH_CAN),
        Button("run_delete_no", "Keep"),
    )
    pressed = button_row(buttons)
    if pressed == "run_delete_yes":
        emit(AskRun(run.path, "delete"))
    if pressed is not None:
        imgui.close_current_popup()
    imgui.end_popup()
