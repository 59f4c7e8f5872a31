"""Numbers of the shown activation: statistics, histogram, radial spectrum. No ids."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.panel_state import PanelState
from explorer.request import LayerReport
from explorer.settings import LayerView
from widgets.controls import dim, section
from widgets.notices import text_dim
from widgets.plots import bars_plot, spectrum_plot


def report_ui(state: PanelState, value: LayerView) -> None:
    """Draw the numbers of the newest result, or say what they wait for."""
    section("Statistics", icons.ICON_FA_CHART_SIMPLE)
    report = state.result.layer if state.result is not None else None
    if report is None:
        text_dim("Come with the next picture")
        return
    text_dim(f"{report.name} · {report.channels} × {report.height} × {report.width}")
    _table_ui(report)
    bars_plot("histogram", report.histogram, report.histogram_range)
    if report.radial_spectrum_db is not None and value.spectrum:
        text_dim("Power by frequency, in cycles per pixel")
        spectrum_plot("radial", report.radial_spectrum_db)


def _table_ui(report: LayerReport) -> None:
    flags = imgui.TableFlags_.sizing_stretch_prop | imgui.TableFlags_.borders_inner_h
    if not imgui.begin_table("statistics", 3, flags):
        return
    imgui.table_setup_column("", imgui.TableColumnFlags_.width_stretch, 1.0)
    imgui.table_setup_column("All channels", imgui.TableColumnFlags_.width_stretch, 1.2)
    imgui.table_setup_column("Selected", imgui.TableColumnFlags_.width_stretch, 1.2)
    imgui.table_next_row()
    for title in ("", "All channels", "Selected"):
        imgui.table_next_column()
        imgui.text_colored(dim(), title)
    for label, name in (("Mean", "mean"), ("Deviation", "std"), ("Largest", "max_abs")):
        imgui.table_next_row()
        imgui.table_next_column()
        imgui.text_colored(dim(), label)
        for statistics in (report.all_channels, report.selected):
            imgui.table_next_column()
            imgui.text_unformatted(f"{getattr(statistics, name):.4g}")
    imgui.end_table()
