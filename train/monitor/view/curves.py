"""Curves of several runs over each other."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from train.monitor.choice import AXES, statistics_of
from train.monitor.model import MonitorModel
from train.monitor.series import LINEAR, LOG, SYMLOG, Series, all_series, scale_of
from train.monitor.snapshot import Snapshot
from train.monitor.view.look import curve_colour
from train.monitor.view.parts import Item, Kit, Shown, boxes, hint

_SCALES = {
    LINEAR: dpg.mvPlotScale_Linear,
    LOG: dpg.mvPlotScale_Log10,
    SYMLOG: dpg.mvPlotScale_SymLog,
}
_FAINT = 70
_LEGEND_FROM_EM = 11  # below, it would hide the curves; the table shows the colours, too


class CurvesPanel:
    """A statistic, how it is drawn, and the plot."""

    def __init__(self, model: MonitorModel, kit: Kit) -> None:
        self._model, self._kit = model, kit
        self._shown = Shown()
        self._lines: dict[str, tuple[Item, Item]] = {}
        self._drawn: object = None
        self._has_legend = True
        self._axes_of: object = None
        self._fitted: tuple[list[float], int] | None = None  # limits, frame of the fit
        self._statistic = self._plot = self._x = self._y = 0

    def build(self) -> None:
        """Make the panel where the caller stands."""
        choice, kit = self._model.choice, self._kit
        choose = self._model.choose
        with boxes.group(horizontal=True):
            self._statistic = dpg.add_combo(
                [choice.statistic],
                default_value=choice.statistic,
                width=kit.px(10),
                callback=lambda _, name: choose(statistic=name),
            )
            hint(self._statistic, "What is drawn.")
            slider = dpg.add_slider_float(
                default_value=choice.smoothing,
                max_value=0.99,
                width=kit.px(6.5),
                format="smooth %.2f",
                clamped=True,
                callback=lambda _, value: choose(smoothing=min(max(value, 0.0), 0.99)),
            )
            hint(slider, "Weight of what was before; 0 = as measured.")
            log = dpg.add_checkbox(
                label="Log", default_value=choice.log, callback=lambda _, on: choose(log=on)
            )
            hint(log, "Logarithmic values; with both signs, linear near zero.")
            axis = dpg.add_combo(
                AXES,
                default_value=choice.axis,
                width=kit.px(4.6),
                callback=lambda _, name: choose(axis=name),
            )
            hint(axis, "Against thousands of pictures, or hours since the first tick.")
            fit = dpg.add_button(label="Fit", callback=self._fit)
            hint(fit, "Show all; so does a double click on the plot.")
        with boxes.plot(width=-1, height=-1, no_mouse_pos=True) as self._plot:
            self._legend = dpg.add_plot_legend(location=dpg.mvPlot_Location_NorthEast)
            self._x = dpg.add_plot_axis(dpg.mvXAxis, label=choice.axis, no_side_switch=True)
            self._y = dpg.add_plot_axis(dpg.mvYAxis, no_side_switch=True)

    def update(self, snapshot: Snapshot) -> None:
        """Draw the curves, if anything about them has changed."""
        self._remember_limits()
        self._show_legend()
        choice = self._model.choice
        picked = (choice.statistic, choice.smoothing, choice.log, choice.axis, choice.shown)
        drawn = ([(run.key, id(run.curves)) for run in snapshot.runs], picked)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._kept = [run.curves for run in snapshot.runs]  # so that their ids stay theirs
        names = statistics_of(snapshot) or [choice.statistic]
        self._shown.configure(self._statistic, items=names)
        series = all_series(snapshot, choice)
        colours = {run.key: curve_colour(index) for index, run in enumerate(snapshot.runs)}
        for key in [key for key in self._lines if key not in {s.key for s in series}]:
            for line in self._lines.pop(key):
                dpg.delete_item(line)
        self._shown.configure(self._x, label=choice.axis)
        self._shown.configure(self._y, scale=_SCALES[scale_of(series, choice.log)])
        for one in series:
            self._draw(one, colours[one.key])
        axes_of = (picked[0], picked[2], picked[3], frozenset(self._lines))
        if axes_of != self._axes_of or not self._is_moved():
            self._axes_of = axes_of
            self._fit()

    def _show_legend(self) -> None:
        has_room = dpg.get_item_rect_size(self._plot)[1] > self._kit.px(_LEGEND_FROM_EM)
        if has_room != self._has_legend:
            self._has_legend = has_room
            # Both at once: configuring one puts the other back.
            place = dpg.mvPlot_Location_NorthEast
            dpg.configure_item(self._legend, show=has_room, location=place)

    def _draw(self, one: Series, colour: tuple[int, int, int]) -> None:
        if one.key not in self._lines:
            faint = dpg.add_line_series([], [], parent=self._y)
            line = dpg.add_line_series([], [], parent=self._y)
            self._lines[one.key] = (faint, line)
        faint, line = self._lines[one.key]
        dpg.set_value(faint, [list(one.x), list(one.y)])
        dpg.set_value(line, [list(one.x), list(one.smooth)])
        dpg.configure_item(line, label=one.name)
        dpg.bind_item_theme(faint, self._kit.line_theme(colour, _FAINT, 1.0))
        dpg.bind_item_theme(line, self._kit.line_theme(colour, 255, 0.13 * self._kit.em))

    def _fit(self) -> None:
        dpg.fit_axis_data(self._x)
        dpg.fit_axis_data(self._y)
        self._fitted = ([], dpg.get_frame_count())

    def _limits(self) -> list[float]:
        return [*dpg.get_axis_limits(self._x), *dpg.get_axis_limits(self._y)]

    def _remember_limits(self) -> None:
        """Keep what a fit made of the axes; it takes a frame or two to do so."""
        if self._fitted is None or self._fitted[0]:
            return
        if dpg.get_frame_count() > self._fitted[1] + 2:
            self._fitted = (self._limits(), 0)

    def _is_moved(self) -> bool:
        """Whether the user looks at a part: then new points must not move the axes."""
        return self._fitted is not None and self._fitted[0] not in ([], self._limits())
