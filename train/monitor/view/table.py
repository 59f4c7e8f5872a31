"""The table of runs."""

from __future__ import annotations

from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from train.monitor import words
from train.monitor.choice import focused_run, shown_runs
from train.monitor.model import MonitorModel
from train.monitor.snapshot import ERROR, RunView, Snapshot
from train.monitor.view.look import ACCENT_DIM, BAD, STATES, TEXT, TEXT_DIM, WARNING, curve_colour
from train.monitor.view.parts import Item, Kit, Shown, boxes, hint, tooltip
from train.runs import STATES as MEANINGS

_COLUMNS = (  # title, weight (of the one without a title: width in em), explanation
    ("", 3.0, "Compare: curves and samples of the ticked runs are shown."),
    ("Run", 3.4, "Click: log and buttons of this run."),
    ("State", 1.0, "Rest the mouse on a state for what it means."),
    ("Progress", 1.8, "Part of the planned pictures that have been shown."),
    ("kimg", 1.5, "Thousands of pictures shown, and planned."),
    ("s/kimg", 0.7, "Seconds for a thousand pictures, at the last tick."),
    ("ETA", 1.1, "Time until the end at this speed."),
    ("ADA p", 0.7, "Strength of the discriminator's augmentation."),
    ("Heartbeat", 1.1, "How long ago the run last gave a sign of life."),
)


@dataclass(frozen=True)
class _Row:
    compared: Item
    name: Item
    state: Item
    meaning: Item
    progress: Item
    kimg: Item
    speed: Item
    eta: Item
    augment: Item
    heartbeat: Item


class Table:
    """One row per run."""

    def __init__(self, model: MonitorModel, kit: Kit) -> None:
        self._model, self._kit = model, kit
        self._rows: dict[str, _Row] = {}
        self._shown = Shown()
        self._table: Item = 0

    def build(self) -> None:
        """Make the table where the caller stands."""
        with boxes.table(
            header_row=True,
            resizable=True,
            row_background=True,
            borders_innerH=True,
            scrollY=True,
            policy=dpg.mvTable_SizingStretchProp,
        ) as self._table:
            for title, weight, text in _COLUMNS:
                is_fixed = not title
                column = dpg.add_table_column(
                    label=title,
                    width_fixed=is_fixed,
                    init_width_or_weight=self._kit.px(weight) if is_fixed else weight,
                )
                hint(column, text)

    def update(self, snapshot: Snapshot) -> None:
        """Show the runs as they are."""
        if list(self._rows) != [run.key for run in snapshot.runs]:
            dpg.delete_item(self._table, children_only=True, slot=1)
            self._shown.forget()
            self._rows = {
                run.key: self._add_row(run, index) for index, run in enumerate(snapshot.runs)
            }
        compared = {run.key for run in shown_runs(snapshot, self._model.choice)}
        focused = focused_run(snapshot, self._model.choice)
        for run in snapshot.runs:
            self._update_row(self._rows[run.key], run, run.key in compared, run == focused)

    def rows(self) -> list[tuple[str, str]]:
        """Return the name and the state that each row shows."""
        return [
            (dpg.get_item_label(row.name) or "", dpg.get_value(row.state))
            for row in self._rows.values()
        ]

    def _add_row(self, run: RunView, index: int) -> _Row:
        kit = self._kit
        with boxes.table_row(parent=self._table):
            with boxes.group(horizontal=True, horizontal_spacing=kit.px(0.3)):
                compared = dpg.add_checkbox(
                    callback=lambda _, on: self._model.show(run.key, bool(on))
                )
                side = kit.px(0.75)
                dpg.add_color_button(
                    (*curve_colour(index), 255),
                    width=side,
                    height=kit.px(1.45),
                    no_border=True,
                    no_drag_drop=True,
                )
            name = dpg.add_selectable(
                label=run.name,
                height=kit.px(1.45),
                callback=lambda: self._model.choose(focused=run.key),
            )
            hint(name, str(run.path))
            state = dpg.add_text("")
            with tooltip(state):
                meaning = dpg.add_text("", wrap=kit.px(28))
            progress = dpg.add_progress_bar(width=-1, height=kit.px(1.3))
            others = [dpg.add_text("") for _ in range(5)]
        return _Row(compared, name, state, meaning, progress, *others)

    def _update_row(self, row: _Row, run: RunView, compared: bool, focused: bool) -> None:
        status, shown = run.status, self._shown
        dpg.set_value(row.compared, compared)
        dpg.set_value(row.name, focused)
        shown.text(row.state, status.state)
        shown.configure(row.state, color=STATES.get(status.state, TEXT_DIM))
        shown.text(row.meaning, _meaning(run))
        shown.text(row.progress, status.progress)
        shown.configure(row.progress, overlay=f"{status.progress:.0%}")
        dpg.bind_item_theme(row.progress, self._kit.fill_theme(_bar_colour(run)))
        shown.text(row.kimg, words.kimg(status.cur_kimg, status.total_kimg))
        shown.text(row.speed, words.speed(status.secs_per_kimg))
        shown.text(row.eta, words.duration(status.eta_secs))
        shown.text(row.augment, f"{status.augment_p:.3f}")
        age = run.heartbeat_age
        shown.text(row.heartbeat, words.duration(age))
        silent = status.is_active and any(alarm.kind == "stalled" for alarm in run.alarms)
        dim = TEXT if status.is_active else TEXT_DIM
        shown.configure(row.heartbeat, color=WARNING if silent else dim)


def _bar_colour(run: RunView) -> tuple[int, ...]:
    severities = {alarm.severity for alarm in run.alarms}
    if ERROR in severities:
        return tuple(value * 2 // 3 for value in BAD[:3])
    if severities:
        return tuple(value * 2 // 3 for value in WARNING[:3])
    return ACCENT_DIM if run.status.is_active else (62, 71, 85)


def _meaning(run: RunView) -> str:
    lines = [MEANINGS.get(run.status.state, ""), run.status.reason]
    lines += [alarm.text for alarm in run.alarms if alarm.text != run.status.reason]
    return "\n".join(line for line in [*lines, *run.status.notes] if line)
