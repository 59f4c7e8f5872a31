"""How the monitor looks: the explorer's colours, sizes in em, and its font."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import dearpygui.dearpygui as dpg

from train.monitor.view.parts import boxes

Colour = tuple[int, int, int, int]

FONT_PX = 16
BACKGROUND, PANEL, CANVAS, POPUP = (17, 19, 23), (27, 29, 34), (21, 23, 27), (32, 35, 41)
FRAME, FRAME_HOVERED, FRAME_ACTIVE = (42, 47, 55), (53, 60, 71), (62, 71, 85)
BORDER, ACCENT, ACCENT_DIM = (58, 64, 75), (93, 155, 255), (62, 107, 189)
TEXT, TEXT_DIM = (230, 234, 241, 255), (144, 153, 167, 255)
GOOD, WARNING, BAD = (98, 200, 133, 255), (247, 189, 94, 255), (245, 111, 111, 255)
NOTHING = (0, 0, 0, 0)
CURVES = (
    (93, 155, 255),
    (247, 189, 94),
    (98, 200, 133),
    (226, 124, 205),
    (245, 111, 111),
    (111, 214, 222),
    (178, 150, 255),
    (190, 200, 96),
)
STATES = {
    "running": GOOD,
    "starting": GOOD,
    "paused": WARNING,
    "stopping": WARNING,
    "failed": BAD,
    "crashed": BAD,
    "finished": (93, 155, 255, 255),
}


def curve_colour(index: int) -> tuple[int, int, int]:
    """Return the colour of the index-th run."""
    return CURVES[index % len(CURVES)]


def load_fonts(scale: float) -> dict[str, int | str]:
    """Load Roboto, which comes with imgui_bundle; {} where it does not lie where it used to."""
    spec = importlib.util.find_spec("imgui_bundle")  # found, not imported
    if spec is None or not spec.submodule_search_locations:
        return {}
    folder = Path(next(iter(spec.submodule_search_locations))) / "assets" / "fonts"
    files = {
        "text": (folder / "Roboto" / "Roboto-Regular.ttf", FONT_PX),
        "title": (folder / "Roboto" / "Roboto-Bold.ttf", FONT_PX * 1.12),
        "log": (folder / "Inconsolata-Medium.ttf", FONT_PX * 0.94),
    }
    with boxes.font_registry():
        return {
            name: dpg.add_font(str(path), round(px * scale))
            for name, (path, px) in files.items()
            if path.exists()
        }


def apply_theme(em: float) -> None:
    """Set colours and sizes of everything; em = pixels of one line of text."""
    colours = {
        "WindowBg": BACKGROUND,
        "ChildBg": PANEL,
        "PopupBg": POPUP,
        "Border": BORDER,
        "FrameBg": FRAME,
        "FrameBgHovered": FRAME_HOVERED,
        "FrameBgActive": FRAME_ACTIVE,
        "Button": FRAME,
        "ButtonHovered": FRAME_HOVERED,
        "ButtonActive": ACCENT_DIM,
        "Header": (62, 107, 189, 90),
        "HeaderHovered": (62, 107, 189, 130),
        "HeaderActive": ACCENT_DIM,
        "CheckMark": ACCENT,
        "SliderGrab": ACCENT_DIM,
        "SliderGrabActive": ACCENT,
        "PlotHistogram": ACCENT_DIM,
        "TableHeaderBg": PANEL,
        "TableRowBg": NOTHING,
        "TableRowBgAlt": (255, 255, 255, 6),
        "TableBorderLight": (58, 64, 75, 90),
        "TableBorderStrong": (58, 64, 75, 90),
        "ScrollbarBg": NOTHING,
        "ScrollbarGrab": FRAME_HOVERED,
        "Text": TEXT,
        "TextDisabled": TEXT_DIM,
    }
    plot = {
        "FrameBg": NOTHING,
        "PlotBg": CANVAS,
        "PlotBorder": BORDER,
        "LegendBg": (32, 35, 41, 220),
        "LegendBorder": BORDER,
        "AxisText": TEXT_DIM,
        "AxisGrid": (58, 64, 75, 150),
    }
    small = round(0.36 * em)
    with boxes.theme() as theme, boxes.theme_component(dpg.mvAll):
        for name, colour in colours.items():
            dpg.add_theme_color(getattr(dpg, f"mvThemeCol_{name}"), colour)
        for name, colour in plot.items():
            kind = dpg.mvThemeCat_Plots
            dpg.add_theme_color(getattr(dpg, f"mvPlotCol_{name}"), colour, category=kind)
        for name in ("Child", "Frame", "Popup", "Grab", "Scrollbar"):
            dpg.add_theme_style(getattr(dpg, f"mvStyleVar_{name}Rounding"), small)
        dpg.add_theme_style(dpg.mvStyleVar_ChildBorderSize, 0)
        dpg.add_theme_style(dpg.mvStyleVar_WindowBorderSize, 0)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, round(0.5 * em), round(0.25 * em))
        dpg.add_theme_style(dpg.mvStyleVar_ItemSpacing, round(0.5 * em), round(0.4 * em))
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, round(0.65 * em), round(0.6 * em))
        dpg.add_theme_style(dpg.mvStyleVar_CellPadding, round(0.4 * em), round(0.2 * em))
        dpg.add_theme_style(dpg.mvStyleVar_ScrollbarSize, round(0.7 * em))
    dpg.bind_theme(theme)
