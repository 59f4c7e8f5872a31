"""Live: what goes out of the window while you play with it, section by section."""

from __future__ import annotations

from collections.abc import Callable

from imgui_bundle import icons_fontawesome_6 as icons

from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from widgets.controls import section
from widgets.live_controls import controllers_ui
from widgets.live_recording import camera_ui, recording_ui

Draw = Callable[[Settings, PanelState, Emit], Settings]

SECTIONS: tuple[tuple[str, str, Draw], ...] = (
    ("Recording", icons.ICON_FA_CIRCLE_DOT, recording_ui),
    ("Virtual camera", icons.ICON_FA_VIDEO, camera_ui),
    ("Controllers", icons.ICON_FA_PLUG, controllers_ui),
)


def live_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    """Draw the sections, one below the other."""
    for index, (title, icon, draw) in enumerate(SECTIONS):
        section(title, icon, first=index == 0)
        settings = draw(settings, state, emit)
    return settings
