"""Grid: the picture alone, or among its neighbours on the plane of seeds.

Ids: `##grid_columns`, `##grid_rows`, `##grid_step` with their `###reset_…`.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.panel_state import Emit, PanelState
from explorer.settings import Grid, Settings
from widgets.controls import disabled
from widgets.fields import number
from widgets.sliders import int_slider

MOST = 9  # columns or rows a slider offers


def grid_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    grid = grid_fields_ui(settings.grid)
    return settings if grid == settings.grid else replace(settings, grid=grid)


def grid_fields_ui(value: Grid) -> Grid:
    """Draw how many pictures are shown side by side and how far apart their seeds are."""
    columns = int_slider(
        "Columns", "grid_columns", value.columns, 1, max(MOST, value.columns), default=1,
        tooltip="Pictures side by side; neighbours differ in x",
    )  # fmt: skip
    rows = int_slider(
        "Rows", "grid_rows", value.rows, 1, max(MOST, value.rows), default=1,
        tooltip="Pictures below each other; neighbours differ in y, 100 seeds a step",
    )  # fmt: skip
    with disabled(None if value.shown else "There are no neighbours in a single picture"):
        step = number(
            "Step", "grid_step", value.step, default=1.0, step=0.01, fmt="%.2f", low=0.01,
            high=100.0, unit="seeds between neighbours in a row",
            tooltip="Below 1 neighbours are blends of two seeds",
        )  # fmt: skip
    return Grid(columns, rows, step)
