"""The selected run: how far it is, what is wrong with it, what can be asked of it.

Ids: `###run_pause`, `###run_resume`, `###run_stop`, `###run_stop_now`, `##continue_kimg` with
`###reset_continue_kimg`, `###run_start`, `###run_wait`, `###run_unqueue`, `###run_delete` with
`###run_delete_yes` and `###run_delete_no` in its popup, `###run_reveal`, `###run_command`, and
those of `widgets.training_explore`.
"""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import RevealFolder
from explorer.panel_state import Emit
from explorer.training_actions import AskRun, ContinueRun, CopyText, RunRequest
from explorer.training_state import SICK_STATES, RunDetail, RunRow, TrainingState
from widgets.cards import card
from widgets.controls import (
    Button,
    button_row,
    dim,
    ellipsis,
    em,
    hint,
    icon_button,
    inner_spacing,
    progress,
    same_line_at,
)
from widgets.fields import reset_row
from widgets.jobs import duration_text
from widgets.notices import text_dim, text_warning
from widgets.training_explore import explore_ui
from widgets.training_typed import Typed, length_of
from widgets.training_words import ICONS, done_text, headline, numbers_text, state_colour

OLD_SECS = 20  # a sign of life older than this is worth a line
LONGER = 1.5  # a finished run is offered to go on to so many times its length
ENDED = ("finished", "stopped", *SICK_STATES)


class RunCard:
    """The card; keeps the length that is wished of a run that has ended."""

    def __init__(self) -> None:
        self.typed = Typed()
        self._wished: tuple[str, float] = ("", 0.0)  # run, kimg

    def draw(self, run: RunRow, detail: RunDetail | None, state: TrainingState, emit: Emit) -> None:
        imgui.dummy(ImVec2(0, em(0.1)))
        with card(active=run.active) as width:
            _head_ui(run, detail, width, emit)
            _health_ui(run, detail, width)
            self._requests_ui(run, detail, state, width, emit)
        explore_ui(run, detail, state, emit)
        _delete_popup(run, emit)

    def _requests_ui(
        self, run: RunRow, detail: RunDetail | None, state: TrainingState, width: float, emit: Emit
    ) -> None:
        goes_on = run.state in ENDED and detail is not None and detail.can_continue
        kimg = self._length_ui(run, width) if goes_on else run.total_kimg
        reason = self.typed.problem("continue_kimg") if goes_on else ""
        others = any(other.active for other in state.runs if other is not run)
        buttons = requests(run, detail, others_active=others, kimg=kimg, refused=reason)
        pressed = button_row(buttons, width)
        if goes_on and pressed in ("run_start", "run_wait"):
            emit(ContinueRun(run.path, kimg, queue=pressed == "run_wait"))
        elif pressed is not None:
            emit(AskRun(run.path, _REQUESTS[pressed]))

    def _length_ui(self, run: RunRow, inside: float) -> float:
        """Draw to which kimg a run that has ended goes on; returns that."""
        default = longer(run.total_kimg) if run.state == "finished" else run.total_kimg
        path, wished = self._wished
        kimg = wished if path == run.path and wished > run.cur_kimg else default
        tip = "The length of the whole run in kimg; what is done counts\n--kimg"
        changed = kimg != default
        beyond = imgui.get_content_region_avail().x - inside  # the card's edge
        width, restore = reset_row("Continue to", tip, "continue_kimg", changed, f"{default:g}")
        room = width - beyond - imgui.calc_text_size("kimg").x - inner_spacing()
        new = self.typed.field("continue_kimg", f"{kimg:.10g}", length_of(run.cur_kimg), room, tip)
        imgui.same_line(0, inner_spacing())
        imgui.align_text_to_frame_padding()
        imgui.text_colored(dim(), "kimg")
        self.typed.problem_ui("continue_kimg", inside)
        if restore:
            self.typed.forget("continue_kimg")
            self._wished = ("", 0.0)
            return default
        if new is not None:
            self._wished = (run.path, new)
        return kimg if new is None else new


def longer(total: float) -> float:
    """Return a round length beyond the end of a finished run."""
    return float(f"{LONGER * total:.3g}")


def _head_ui(run: RunRow, detail: RunDetail | None, width: float, emit: Emit) -> None:
    deletable = not run.active and run.state != "queued"
    tools = (2 + deletable) * (imgui.get_frame_height() + inner_spacing())
    imgui.align_text_to_frame_padding()
    imgui.text_colored(state_colour(run), ICONS.get(run.state, ""))
    imgui.same_line(0, em(0.5))
    left = imgui.get_cursor_pos_x() - em(1.6)
    room = width - em(2.2)
    beside = imgui.calc_text_size(run.state.capitalize()).x <= room - tools
    imgui.text_unformatted(ellipsis(headline(run, detail), room - (tools if beside else 0.0)))
    hint(f"{headline(run, detail)}\n{run.state_text}")
    if beside:
        same_line_at(left + width - tools)
        _tools_ui(run, detail, emit, deletable=deletable)
    progress(run.progress, done_text(run), width=width)
    numbers = numbers_text(run)
    if numbers:
        imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + width)
        imgui.text_colored(dim(), numbers)
        imgui.pop_text_wrap_pos()
    if not beside:
        _tools_ui(run, detail, emit, deletable=deletable)


def _tools_ui(run: RunRow, detail: RunDetail | None, emit: Emit, *, deletable: bool) -> None:
    tip = f"Show the folder of the run\n{run.path}"
    if icon_button(icons.ICON_FA_FOLDER_OPEN, "###run_reveal", tip, quiet=True):
        emit(RevealFolder(run.path))
    imgui.same_line(0, inner_spacing())
    tip = "Copy the command line that does the same"
    copied = icon_button(icons.ICON_FA_TERMINAL, "###run_command", tip, quiet=True)
    if copied and detail is not None:
        emit(CopyText(detail.command))
    if deletable:
        imgui.same_line(0, inner_spacing())
        tip = "Delete the run's folder"
        if icon_button(icons.ICON_FA_TRASH_CAN, "###run_delete", tip, quiet=True):
            imgui.open_popup("delete_run")


def _health_ui(run: RunRow, detail: RunDetail | None, width: float) -> None:
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


def requests(
    run: RunRow, detail: RunDetail | None, *, others_active: bool, kimg: float, refused: str
) -> list[Button]:
    """Return what can be asked of a run now.

    Args:
        kimg:    to which it would go on.
        refused: why the length that was typed cannot be, or "".
    """
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
    reason = refused or None
    if reason is None and not kimg > run.cur_kimg:
        reason = "It reached its length and has no checkpoint to go on from"
    label = "Continue" if run.cur_kimg > 0 else "Start"
    tip = f"Go on exactly where it was, to {kimg:g} kimg"
    start = Button("run_start", label, icons.ICON_FA_PLAY, tip, reason)
    tip = "Start when the runs before it have ended"
    wait = Button("run_wait", "Queue", icons.ICON_FA_HOURGLASS_HALF, tip, reason)
    return [start, wait] if others_active else [start]


_REQUESTS: dict[str, RunRequest] = {
    "run_start": "start",
    "run_wait": "queue",
    "run_unqueue": "unqueue",
    "run_pause": "pause",
    "run_resume": "resume",
    "run_stop": "stop",
    "run_stop_now": "stop_now",
}


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
