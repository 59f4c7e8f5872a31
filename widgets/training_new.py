"""The page of a new run: data, configuration, estimate, start.

Ids: those of `widgets.training_data` and `widgets.training_config`; `###run_estimate`, `###run_go`,
`###run_queue`.
"""

from __future__ import annotations

from typing import Any

from imgui_bundle import icons_fontawesome_6 as icons

from explorer.panel_state import Emit
from explorer.training_actions import DoWork, EditNewRun, StartNewRun
from explorer.training_state import TrainingState
from widgets.controls import Button, button_row, section
from widgets.notices import text_dim, text_warning
from widgets.training_config import ConfigPart
from widgets.training_data import DataPart
from widgets.training_work import BUSY, work_ui


class NewRunPage:
    """The page, with what its parts keep between frames."""

    def __init__(self) -> None:
        self.data = DataPart()
        self.config = ConfigPart()

    def draw(self, state: TrainingState, emit: Emit) -> None:
        self.data.draw(state, emit)
        draft = self.config.draw(state, emit)
        if draft != state.draft:
            emit(EditNewRun(draft))
        _start_ui(state, emit)


def _start_ui(state: TrainingState, emit: Emit) -> None:
    section("Start", icons.ICON_FA_FLAG_CHECKERED)
    work_ui(state.work, ("estimate", "start"), emit)
    for sentence in state.estimate:
        text_dim(sentence)
    incomplete = state.problem if state.facts is None else ""
    if state.problem and not incomplete:
        text_warning(f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {state.problem}")
    busy = BUSY if state.work is not None else None
    reason = busy or state.problem or None
    active = any(run.active for run in state.runs)
    buttons: list[Any] = [
        Button("run_estimate", "Estimate", icons.ICON_FA_GAUGE_HIGH,
               "Measure the speed here and forecast time and memory", reason),
        Button("run_go", "Start", icons.ICON_FA_PLAY,
               "Train in the background; it goes on when this window is closed", reason,
               selected=reason is None and not active),
    ]  # fmt: skip
    if active:
        tip = "Start when the runs before it have ended"
        buttons.append(Button("run_queue", "Queue", icons.ICON_FA_HOURGLASS_HALF, tip, reason))
    pressed = button_row(buttons)
    if pressed == "run_estimate":
        emit(DoWork("estimate"))
    elif pressed in ("run_go", "run_queue"):
        emit(StartNewRun(queue=pressed == "run_queue"))
