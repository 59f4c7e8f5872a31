"""One line above everything when something is wrong; nothing when nothing is."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg

from train.monitor import words
from train.monitor.choice import open_alarms
from train.monitor.model import MonitorModel
from train.monitor.snapshot import ERROR, Snapshot
from train.monitor.view.look import BAD, WARNING
from train.monitor.view.parts import Kit, Shown, boxes, tooltip

_TINTS = {True: (66, 34, 38), False: (60, 50, 34)}
_MOST_IN_TOOLTIP = 12
_BOX: Any = {
    "border": False,
    "always_use_window_padding": True,
    "show": False,
    "no_scrollbar": True,
}


class Banner:
    """The most urgent alarm, how many more there are, and a button that hides them."""

    def __init__(self, model: MonitorModel, kit: Kit) -> None:
        self._model, self._kit, self._shown = model, kit, Shown()
        self._box = self._text = self._more = self._list = self._dismiss = 0

    @property
    def height(self) -> int:
        """In pixels, when there is something to say."""
        return self._kit.px(2.7)

    def build(self) -> None:
        """Make the banner where the caller stands."""
        kit = self._kit
        with (
            boxes.child_window(**_BOX, height=self.height) as self._box,
            boxes.group(horizontal=True),
        ):
            self._dismiss = dpg.add_button(label="Dismiss", callback=self._model.dismiss_alarms)
            self._text = dpg.add_text("")
            with tooltip(self._text):
                self._list = dpg.add_text("", wrap=kit.px(45))

    def update(self, snapshot: Snapshot) -> bool:
        """Show the alarms; return whether there are any."""
        alarms = open_alarms(snapshot, self._model.choice)
        is_bad = any(alarm.severity == ERROR for alarm in alarms)
        names = {run.key: run.name for run in snapshot.runs}
        lines = [line for line in (self._model.notice, *snapshot.problems) if line]
        lines += [f"{names[alarm.run]}: {alarm.text}" for alarm in alarms]
        self._shown.configure(self._box, show=bool(lines))
        if not lines:
            return False
        more = f"{words.plural(len(lines), 'alarm')}   ·   " if len(lines) > 1 else ""
        self._shown.text(self._text, more + lines[0])
        self._shown.configure(self._text, color=BAD if is_bad else WARNING)
        self._shown.text(self._list, "\n\n".join(lines[:_MOST_IN_TOOLTIP]))
        dpg.bind_item_theme(self._box, self._kit.fill_theme(_TINTS[is_bad]))
        return True
