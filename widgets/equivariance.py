"""EQ-T and EQ-R of the shown picture, in dB, with their history (arXiv:2106.12423, section 2.1)."""

from __future__ import annotations

import math
from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.panel_state import PanelState
from explorer.request import RenderRequest
from widgets.controls import dim, section
from widgets.fields import fact
from widgets.notices import text_dim
from widgets.plots import history_plot

ROWS = (
    ("EQ-T", "eq_t_db", "Translation by whole pixels"),
    ("EQ-T frac", "eq_t_frac_db", "Translation by fractions of a pixel"),
    ("EQ-R", "eq_r_db", "Rotation"),
)


def equivariance_ui(state: PanelState) -> None:
    """Draw the three numbers and how they went; dimmed while they belong to an older picture."""
    section("Equivariance", icons.ICON_FA_GAUGE_HIGH)
    if not state.equivariance:
        text_dim("Measured when the picture has been at rest for a moment")
        return
    newest = state.equivariance[-1]
    fresh = state.result is not None and same_latent(newest.request, state.result.request)
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    imgui.push_style_color(imgui.Col_.text, text if fresh else dim())
    for label, name, what in ROWS:
        stale = "" if fresh else "; of an earlier picture"
        fact(label, decibels(getattr(newest, name)), f"{what}, higher is better{stale}")
    imgui.pop_style_color()
    series = [
        (label, [v for v in values if math.isfinite(v)])
        for label, values in (
            (label, [getattr(entry, name) for entry in state.equivariance])
            for label, name, _ in ROWS
        )
    ]
    history_plot("eq_history", series, height_ems=8.0, from_zero=False, unit="dB")


def same_latent(a: RenderRequest, b: RenderRequest) -> bool:
    """Return whether a measure of `a` holds for `b`: where the picture is moved to is no matter."""
    return replace(a, transform=b.transform, layer=b.layer, noise=b.noise) == b


def decibels(value: float) -> str:
    """Return "63.1 dB", or "∞" when the pictures agree exactly."""
    if math.isnan(value):
        return "–"
    return f"{value:.1f} dB" if math.isfinite(value) else "∞ dB" if value > 0 else "−∞ dB"
