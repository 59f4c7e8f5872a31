"""Which panel sits where, and how what it returns becomes settings and preferences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import SetPreferences
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from explorer.view_state import Preferences
from widgets.canvas import canvas_ui
from widgets.capture_panel import capture_ui
from widgets.class_panel import class_ui
from widgets.controls import section
from widgets.grid_panel import grid_ui
from widgets.history_panel import history_ui
from widgets.latent_panel import latent_ui
from widgets.layers_panel import layers_ui
from widgets.library_panel import library_ui
from widgets.live_panel import live_ui
from widgets.mixing_panel import mixing_ui
from widgets.model_panel import model_ui
from widgets.noise_panel import noise_ui
from widgets.performance_panel import performance_ui
from widgets.timeline_panel import timeline_ui
from widgets.training_panel import training_ui
from widgets.transform_panel import transform_ui
from widgets.truncation_panel import truncation_ui

Draw = Callable[[Settings, PanelState, Emit], Settings]
WithPreferences = Callable[[Settings, Preferences, PanelState, Emit], tuple[Settings, Preferences]]


@dataclass(frozen=True)
class Panel:
    """A docked window: `title` is its id and its name in menus, `dock` where it starts."""

    title: str
    icon: str
    dock: str
    draw: Draw
    padded: bool = True

    @property
    def label(self) -> str:
        """The window's name: an icon and the title, with the title alone as the id."""
        return f"{self.icon} {self.title}###{self.title}"


@dataclass(frozen=True)
class Split:
    """Cut a part of the dock `of` away towards `side` and call it `name`.

    The part is `size_em` wide, downwards as high, within `ratios` of the whole window; 0 = half the
    dock.
    """

    of: str
    name: str
    side: imgui.Dir
    size_em: float = 0.0
    ratios: tuple[float, float] = (0.5, 0.5)


def controls_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    """Draw the controls used most, one section below the other."""
    sections: tuple[tuple[str, str, Draw], ...] = (
        ("Latent", icons.ICON_FA_DICE, latent_ui),
        ("Truncation", icons.ICON_FA_COMPRESS, truncation_ui),
        ("Class", icons.ICON_FA_TAGS, class_ui),
        ("Noise", icons.ICON_FA_BRAILLE, noise_ui),
        ("Grid", icons.ICON_FA_TABLE_CELLS, grid_ui),
    )
    for index, (title, icon, draw) in enumerate(sections):
        if title == "Class" and state.info is not None and state.info.c_dim == 0:
            continue
        section(title, icon, first=index == 0)
        settings = draw(settings, state, emit)
    return settings


def with_preferences(draw: WithPreferences) -> Draw:
    """Return a panel that changes preferences as one that asks for the change."""

    def drawn(settings: Settings, state: PanelState, emit: Emit) -> Settings:
        settings, preferences = draw(settings, state.preferences, state, emit)
        if preferences is not state.preferences and preferences != state.preferences:
            emit(SetPreferences(preferences))
        return settings

    return drawn


MAIN, LEFT, RIGHT, RIGHT_LOW, LOW = "MainDockSpace", "Left", "Right", "RightLow", "Low"

SPLITS: tuple[Split, ...] = (
    Split(MAIN, LEFT, imgui.Dir.left, 23.5, (0.18, 0.28)),
    Split(MAIN, RIGHT, imgui.Dir.right, 27.0, (0.20, 0.32)),
    Split(RIGHT, RIGHT_LOW, imgui.Dir.down),
    Split(MAIN, LOW, imgui.Dir.down, 13.0, (0.27, 0.42)),
)


def split_ratios(window_em: float, height_em: float) -> list[float]:
    """Return how much of the dock it is cut from each split takes, in a window of that size."""
    ratios: list[float] = []
    rest = 1.0  # of the window's width, for the main dock
    for split in SPLITS:
        room = height_em if split.side == imgui.Dir.down else window_em
        share = min(max(split.size_em / room, split.ratios[0]), split.ratios[1])
        cuts_width = split.of == MAIN and split.side != imgui.Dir.down
        ratios.append(share / rest if cuts_width else share)
        rest -= share if cuts_width else 0.0
    return ratios


PANELS: tuple[Panel, ...] = (
    Panel("Controls", icons.ICON_FA_SLIDERS, LEFT, controls_ui),
    Panel("Model", icons.ICON_FA_CUBE, LEFT, model_ui),
    Panel("Training", icons.ICON_FA_DUMBBELL, LEFT, training_ui),
    Panel("Canvas", icons.ICON_FA_IMAGE, MAIN, canvas_ui, padded=False),
    Panel("Timeline", icons.ICON_FA_FILM, LOW, timeline_ui),
    Panel("Style mixing", icons.ICON_FA_SHUFFLE, RIGHT, mixing_ui),
    Panel("Library", icons.ICON_FA_BOOKMARK, RIGHT, library_ui),
    Panel("Transform", icons.ICON_FA_UP_DOWN_LEFT_RIGHT, RIGHT, transform_ui),
    Panel("Live", icons.ICON_FA_TOWER_BROADCAST, RIGHT, live_ui),
    Panel("Layers", icons.ICON_FA_LAYER_GROUP, RIGHT_LOW, layers_ui),
    Panel("History", icons.ICON_FA_CLOCK_ROTATE_LEFT, RIGHT_LOW, history_ui),
    Panel("Capture", icons.ICON_FA_CAMERA, RIGHT_LOW, with_preferences(capture_ui)),
    Panel("Performance", icons.ICON_FA_GAUGE_HIGH, RIGHT_LOW, with_preferences(performance_ui)),
)


def panel(title: str) -> Panel:
    """Return the panel of that title; KeyError if there is none."""
    return {item.title: item for item in PANELS}[title]
