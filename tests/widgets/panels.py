"""Every panel as `draw(settings, state, emit) -> settings`, by name, for tests over all of them."""

from __future__ import annotations

from collections.abc import Callable

from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from widgets.capture_panel import CapturePanel
from widgets.class_panel import ClassPanel
from widgets.grid_panel import grid_ui
from widgets.history_panel import HistoryPanel
from widgets.latent_panel import LatentPanel
from widgets.layers_panel import LayersPanel
from widgets.library_panel import LibraryPanel
from widgets.live_panel import live_ui
from widgets.mixing_panel import mixing_ui
from widgets.model_panel import ModelPanel
from widgets.noise_panel import noise_ui
from widgets.performance_panel import performance_ui
from widgets.status_bar import status_bar_ui
from widgets.timeline_panel import TimelinePanel
from widgets.transform_panel import TransformPanel
from widgets.truncation_panel import truncation_ui

Panel = Callable[[Settings, PanelState, Emit], Settings]


def capture_panel() -> Panel:
    panel = CapturePanel()

    def draw(settings: Settings, state: PanelState, emit: Emit) -> Settings:
        new, preferences = panel.draw(settings, state.preferences, state, emit)
        assert preferences is state.preferences
        return new

    return draw


def performance_panel(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    new, preferences = performance_ui(settings, state.preferences, state, emit)
    assert preferences is state.preferences
    return new


def status_bar(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    status_bar_ui(state, emit)
    return settings


def all_panels() -> dict[str, Panel]:
    """Return fresh panels, so that nothing typed in one test is seen by another."""
    return {
        "model": ModelPanel().draw,
        "latent": LatentPanel().draw,
        "library": LibraryPanel().draw,
        "class": ClassPanel().draw,
        "truncation": truncation_ui,
        "noise": noise_ui,
        "grid": grid_ui,
        "mixing": mixing_ui,
        "transform": TransformPanel().draw,
        "layers": LayersPanel().draw,
        "performance": performance_panel,
        "timeline": TimelinePanel().draw,
        "live": live_ui,
        "capture": capture_panel(),
        "history": HistoryPanel().draw,
        "status": status_bar,
    }
