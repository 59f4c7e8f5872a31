"""The run in focus: what can be asked of it, and the end of its log."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from train.monitor.choice import focused_run
from train.monitor.model import (
    PAUSE,
    RESUME,
    STOP_AFTER_TICK,
    STOP_NOW,
    MonitorModel,
    requests_open_to,
)
from train.monitor.snapshot import RunView, Snapshot
from train.monitor.view.look import TEXT, TEXT_DIM
from train.monitor.view.parts import Item, Kit, Shown, boxes, hint

_BUTTONS = {
    PAUSE: ("Pause", "Wait before the next step, keeping everything in memory."),
    RESUME: ("Resume", "Go on."),
    STOP_AFTER_TICK: ("Stop after tick", "End with a checkpoint at the next row of statistics."),
    STOP_NOW: ("Stop now", "End with a checkpoint after this step; it can be continued."),
}


class FocusPanel:
    """Buttons and log of one run."""

    def __init__(self, model: MonitorModel, kit: Kit) -> None:
        self._model, self._kit, self._shown = model, kit, Shown()
        self._buttons: dict[str, Item] = {}
        self._title = self._state = self._log = self._box = 0
        self._key: str | None = None
        self._logged: object = None

    def build(self) -> None:
        """Make the panel where the caller stands."""
        with boxes.group(horizontal=True):
            self._title = dpg.add_text("")
            self._kit.font(self._title, "title")
            for request, (label, text) in _BUTTONS.items():
                button = dpg.add_button(
                    label=label, callback=lambda _, __, what: self._ask(what), user_data=request
                )
                hint(button, text)
                self._buttons[request] = button
            self._state = dpg.add_text("", color=TEXT_DIM)
        with boxes.child_window(border=False, always_use_window_padding=True) as self._box:
            self._log = dpg.add_text("")
            self._kit.font(self._log, "log")
        dpg.bind_item_theme(self._box, self._kit.fill_theme((21, 23, 27)))

    def update(self, snapshot: Snapshot) -> None:
        """Show the run in focus."""
        run = focused_run(snapshot, self._model.choice)
        self._key = None if run is None else run.key
        usable = ()
        if run is not None:
            usable = requests_open_to(run.status.state, run.requests.pause)
        for request, button in self._buttons.items():
            self._shown.configure(button, show=request in usable)
        self._shown.text(self._title, "" if run is None else run.name)
        self._shown.text(self._state, "" if run is None else _state(run))
        self._show_log(run)

    def _show_log(self, run: RunView | None) -> None:
        logged = None if run is None else (run.key, run.log)
        if logged == self._logged:
            return
        at_end = dpg.get_y_scroll(self._box) >= dpg.get_y_scroll_max(self._box) - 1
        is_other = self._logged is None or run is None or self._logged[0] != run.key  # type: ignore[index]
        self._logged = logged
        lines = run.log if run is not None else ()
        dpg.set_value(self._log, "\n".join(lines) or "Nothing in the log yet.")
        dpg.configure_item(self._log, color=TEXT if lines else TEXT_DIM)
        if at_end or is_other:  # who reads further up is not disturbed
            dpg.set_y_scroll(self._box, -1.0)

    def _ask(self, request: str) -> None:
        if self._key is not None:
            self._model.ask(self._key, request)


def _state(run: RunView) -> str:
    """Say what the buttons have been used for and why a run ended, in a few words."""
    asked, status = run.requests, run.status
    if status.is_active:
        if asked.stop_now:
            return "asked to stop now"
        if asked.stop_after_tick:
            return "asked to stop after this tick"
        if asked.pause and status.state != "paused":
            return "asked to pause"
        return ""
    return status.reason.split("\n")[0]
