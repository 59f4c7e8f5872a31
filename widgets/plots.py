"""Small plots in the theme's colours: a history, a histogram, a spectrum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from imgui_bundle import ImVec2, ImVec4, implot
from numpy.typing import NDArray

from widgets.controls import accent, em

MIN_HEIGHT_EMS = 4.5
PALETTE = (
    ImVec4(0.36, 0.61, 1.0, 1.0),
    ImVec4(1.0, 0.69, 0.29, 1.0),
    ImVec4(0.46, 0.85, 0.55, 1.0),
)


def _spec(colour: ImVec4, weight: float = 1.6, fill: float = 1.0) -> implot.Spec:
    spec = implot.Spec()
    spec.line_color = colour
    spec.line_weight = max(1.0, em(weight / 16))
    spec.fill_color = colour
    spec.fill_alpha = fill
    return spec


def _begin(name: str, height_ems: float, x: str, y: str, *, x_ticks: bool, legend: bool) -> bool:
    size = ImVec2(-1, em(max(height_ems, MIN_HEIGHT_EMS)))
    flags = implot.Flags_.no_title | implot.Flags_.no_mouse_text | implot.Flags_.no_menus
    flags |= implot.Flags_.no_box_select | implot.Flags_.no_inputs
    if not legend:
        flags |= implot.Flags_.no_legend
    implot.push_style_var(implot.StyleVar_.plot_padding, ImVec2(em(0.4), em(0.4)))
    implot.push_style_color(implot.Col_.frame_bg, ImVec4(0, 0, 0, 0))
    implot.push_style_color(implot.Col_.plot_bg, ImVec4(0, 0, 0, 0.22))
    implot.push_style_color(implot.Col_.plot_border, ImVec4(1, 1, 1, 0.10))
    shown = implot.begin_plot(f"##{name}", size, flags)
    if not shown:
        _end(shown)
        return False
    axis = implot.AxisFlags_.no_highlight | implot.AxisFlags_.no_menus
    x_flags = axis | (0 if x_ticks else implot.AxisFlags_.no_decorations)
    implot.setup_axes(x, y, x_flags, axis)
    if legend:
        place = implot.LegendFlags_.horizontal | implot.LegendFlags_.outside
        implot.setup_legend(implot.Location_.north, place)
    return True


def _end(shown: bool = True) -> None:
    if shown:
        implot.end_plot()
    implot.pop_style_color(3)
    implot.pop_style_var()


def history_plot(
    name: str,
    series: Sequence[tuple[str, Sequence[float]]],
    *,
    height_ems: float = 5.0,
    from_zero: bool = True,
    unit: str = "",
) -> None:
    """Draw lines of values, newest on the right; each series is (label, values).

    A single value is a level line: one point alone would not be seen.
    """
    finite = [v for _, values in series for v in values if np.isfinite(v)]
    series = [
        (label, [*values, *values] if len(values) == 1 else values) for label, values in series
    ]
    if not finite:
        finite = [0.0, 1.0]
    low, high = (0.0 if from_zero else min(finite)), max(finite)
    margin = 0.12 * (high - low) or 1.0
    length = max(2, *(len(values) for _, values in series))
    if not _begin(name, height_ems, "", unit, x_ticks=False, legend=len(series) > 1):
        return
    implot.setup_axis_limits(implot.ImAxis_.x1, 0, length - 1, implot.Cond_.always)
    bottom = low if from_zero else low - margin
    top = high + margin
    implot.setup_axis_limits(implot.ImAxis_.y1, bottom, top, implot.Cond_.always)
    for index, (label, values) in enumerate(series):
        data = np.asarray(values, np.float64)
        if data.size == 0:
            continue
        colour = accent() if len(series) == 1 else PALETTE[index % len(PALETTE)]
        first = length - len(data)
        if len(series) == 1:
            shade = _spec(colour, 0.0, 0.18)
            implot.plot_shaded(f"{label}##shade", data, bottom, 1, first, shade)
        implot.plot_line(label or "##line", data, 1, first, _spec(colour))
    _end()


def lines_plot(
    name: str,
    x: NDArray[np.float64],
    series: Sequence[tuple[str, NDArray[np.float64]]],
    *,
    height_ems: float = 7.0,
    log: bool = False,
) -> None:
    """Draw lines over `x`; each series is (label, values), nan where there is none.

    `log` spaces values by their magnitude, also negative ones.
    """
    if not _begin(name, height_ems, "", "", x_ticks=True, legend=len(series) > 1):
        return
    seen = [values[np.isfinite(values)] for _, values in series]
    low = min((float(values.min()) for values in seen if values.size), default=0.0)
    high = max((float(values.max()) for values in seen if values.size), default=1.0)
    if log:
        positive = low > 0
        scale = implot.Scale_.log10 if positive else implot.Scale_.sym_log
        implot.setup_axis_scale(implot.ImAxis_.y1, scale)
        low, high = (low / 1.2, high * 1.2) if positive else (low - 0.1, high + 0.1)
    else:
        margin = 0.08 * (high - low) or max(abs(high), 1.0) * 0.1
        low, high = low - margin, high + margin
    first, last = (float(x[0]), float(x[-1])) if x.size else (0.0, 1.0)
    end = last if last > first else first + 1.0
    implot.setup_axis_limits(implot.ImAxis_.x1, first, end, implot.Cond_.always)
    implot.setup_axis_limits(implot.ImAxis_.y1, low, high, implot.Cond_.always)
    for index, (label, values) in enumerate(series):
        known = np.isfinite(values)
        if not known.any():
            continue
        spec = _spec(PALETTE[index % len(PALETTE)])
        if known.sum() == 1:  # a level line: one point alone would not be seen
            level = np.full(2, values[known][0])
            implot.plot_line(label, np.asarray([first, end]), level, spec)
        else:
            implot.plot_line(label, x[known], values[known], spec)
    _end()


def bars_plot(
    name: str, counts: NDArray[np.float32], limits: tuple[float, float], *, height_ems: float = 6.0
) -> None:
    """Draw a histogram: `counts` [bins] over the values limits[0]..limits[1]."""
    heights = np.ascontiguousarray(counts, np.float64)
    low, high = limits
    step = (high - low) / max(1, len(heights)) or 1.0
    if not _begin(name, height_ems, "", "", x_ticks=True, legend=False):
        return
    implot.setup_axis(implot.ImAxis_.y1, "", implot.AxisFlags_.no_decorations)
    implot.setup_axis_limits(implot.ImAxis_.x1, low, low + step * len(heights), implot.Cond_.always)
    top = float(heights.max(initial=0.0)) or 1.0
    implot.setup_axis_limits(implot.ImAxis_.y1, 0, top * 1.08, implot.Cond_.always)
    centres = low + step * (np.arange(len(heights)) + 0.5)
    implot.plot_bars("##bars", centres, heights, step * 0.92, _spec(accent(), 0.0, 0.85))
    _end()


def spectrum_plot(name: str, decibels: NDArray[np.float32], *, height_ems: float = 7.0) -> None:
    """Draw power by spatial frequency: `decibels` [radius], zero frequency first."""
    values = np.ascontiguousarray(decibels, np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    if not _begin(name, height_ems, "", "dB", x_ticks=True, legend=False):
        return
    low, high = (
        (float(np.nanmin(values)), float(np.nanmax(values)))
        if np.isfinite(values).any()
        else (-1.0, 1.0)
    )
    margin = 0.08 * (high - low) or 1.0
    frequencies = np.linspace(0.0, 0.5, len(values))  # cycles per pixel
    implot.setup_axis_limits(implot.ImAxis_.x1, 0.0, 0.5, implot.Cond_.always)
    implot.setup_axis_ticks(implot.ImAxis_.x1, [0.0, 0.1, 0.2, 0.3, 0.4])
    bottom = low - margin
    implot.setup_axis_limits(implot.ImAxis_.y1, bottom, high + margin, implot.Cond_.always)
    shade = _spec(accent(), 0.0, 0.18)
    implot.plot_shaded("##shade", frequencies, values, bottom, shade)
    implot.plot_line("##line", frequencies, values, _spec(accent()))
    _end()
