"""Commands of the menu View."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons

from explorer import command_parts as parts
from explorer.actions import (
    DismissNotice,
    ResetLayout,
    Toggle,
)
from explorer.command import Command
from explorer.training_actions import SwapCompared, ToggleCompare

VIEW: tuple[Command, ...] = (
    Command(
        "fit",
        "View",
        "Fit picture",
        parts.view(parts.fit),
        "0",
        icons.ICON_FA_EXPAND,
        checked=lambda s: s.view.fit == "fit",
    ),
    Command(
        "actual_size",
        "View",
        "Actual size",
        parts.view(parts.actual),
        "1",
        icons.ICON_FA_MAGNIFYING_GLASS,
    ),
    Command(
        "sampling",
        "View",
        "Show pixels as squares",
        parts.view(parts.sampling),
        "N",
        icons.ICON_FA_TABLE_CELLS,
        checked=lambda s: s.view.sampling == "nearest",
    ),
    Command(
        "badges",
        "View",
        "Badges on the picture",
        parts.view(lambda v: replace(v, badge=not v.badge)),
        "B",
        icons.ICON_FA_TAG,
        checked=lambda s: s.view.badge,
    ),
    Command(
        "full_screen",
        "View",
        "Full screen",
        lambda _: Toggle("full_screen"),
        "F11",
        icons.ICON_FA_MAXIMIZE,
        checked=lambda s: s.view.full_screen,
    ),
    Command(
        "grid_off",
        "View",
        "Single picture",
        parts.grid(1, 1),
        "G",
        icons.ICON_FA_SQUARE,
        checked=lambda s: not s.settings.grid.shown,
        group=1,
    ),
    Command(
        "grid_3",
        "View",
        "Grid 3 × 3",
        parts.grid(3, 3),
        "Shift+G",
        icons.ICON_FA_TABLE_CELLS,
        checked=parts.grid_is(3, 3),
        group=1,
    ),
    Command(
        "grid_5",
        "View",
        "Grid 5 × 5",
        parts.grid(5, 5),
        icon=icons.ICON_FA_TABLE_CELLS,
        checked=parts.grid_is(5, 5),
        group=1,
    ),
    Command(
        "compare",
        "View",
        "Compare snapshots",
        lambda _: ToggleCompare(),
        "W",
        icons.ICON_FA_CIRCLE_HALF_STROKE,
        enabled=parts.can_compare,
        checked=parts.compares,
        group=1,
    ),
    Command(
        "swap_compared",
        "View",
        "Swap compared snapshots",
        lambda _: SwapCompared(),
        "Shift+W",
        icons.ICON_FA_RIGHT_LEFT,
        enabled=parts.compares,
        group=1,
    ),
    Command(
        "palette",
        "View",
        "Command palette…",
        lambda _: Toggle("palette"),
        "Ctrl+P",
        icons.ICON_FA_TERMINAL,
        group=2,
    ),
    Command("log", "View", "Log", lambda _: Toggle("log"), icon=icons.ICON_FA_LIST, group=2),
    Command(
        "dismiss",
        "View",
        "Dismiss notices",
        lambda _: DismissNotice(),
        icon=icons.ICON_FA_XMARK,
        group=2,
    ),
    Command(
        "reset_layout",
        "View",
        "Reset layout",
        lambda _: ResetLayout(),
        icon=icons.ICON_FA_TABLE_COLUMNS,
        group=2,
    ),
)
