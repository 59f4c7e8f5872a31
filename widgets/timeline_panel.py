"""Timeline: what moves, over time. Toolbar, ruler, tracks; menus and keyboard of their own.

Ids: see `timeline_toolbar`, `timeline_ruler`, `timeline_sound`, `timeline_rows`, `timeline_drive`,
`timeline_menu` and `timeline_recipes`; of the empty panel `###timeline_first_key`,
`###timeline_first_recipe` and `###timeline_first_sound`.
"""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import Apply, SetTimelineView, ShowDialog, Toggle
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from explorer.timeline_state import TimelineView
from widgets.controls import Button, button_row, dim, em
from widgets.timeline_drive import DriveMenu, track_menu_ui
from widgets.timeline_geometry import Lanes, lanes_of, scrolled, zoomed
from widgets.timeline_keys import keyboard_edits, menu_key_pressed
from widgets.timeline_menu import add_menu_ui, key_menu_ui
from widgets.timeline_recipes import RecipesMenu
from widgets.timeline_rows import Rows
from widgets.timeline_ruler import HEIGHT_EMS, playhead_line, ruler_ui
from widgets.timeline_sound import HEIGHT_EMS as SOUND_EMS
from widgets.timeline_sound import SoundRow, nothing_follows_ui
from widgets.timeline_toolbar import add_key, toolbar_ui

_EMPTY_EMS = 24  # of the empty panel's buttons
_EMPTY = "Anything you can set can move: add keys at different times, or let a recipe begin."


class TimelinePanel:
    """The panel, with the drag, the menu and the dialog that are under way."""

    def __init__(self) -> None:
        self._rows = Rows()
        self._recipes = RecipesMenu()
        self._sound = SoundRow()
        self._drive = DriveMenu()
        self._track = ""  # whose menu is open

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        before, view = settings, state.timeline.view
        timeline = settings.timeline
        if timeline.empty and not timeline.tracks and timeline.sound is None:
            self._empty_ui(settings, state, emit)
            return settings
        settings, view, asked = toolbar_ui(settings, view, state.timeline)
        if asked.add_menu:
            imgui.open_popup("add_menu")
        if asked.sound:
            emit(ShowDialog("sound"))
        if asked.recipes:
            imgui.open_popup("recipe_menu")
        if asked.export:
            emit(Toggle("export"))
        settings = add_menu_ui(settings, state, emit)
        self._recipes.draw(settings, state, emit)
        settings, view, menu = self._tracks_ui(settings, state, view, emit)
        if menu or menu_key_pressed(view):
            imgui.open_popup("key_menu")
        settings = key_menu_ui(settings, view, emit)
        settings = self._follow_ui(settings, state)
        if view != state.timeline.view:
            emit(SetTimelineView(view))
        elif settings is before:
            settings = keyboard_edits(settings, state, emit)
        return settings

    def _follow_ui(self, settings: Settings, state: PanelState) -> Settings:
        """Draw the menu of a track, and how it follows the sound, while they are open."""
        if self._rows.asks_track:
            self._track = self._rows.asks_track
            imgui.open_popup("track_menu")
        settings, follow = track_menu_ui(settings, self._track)
        path = self._track if follow else self._rows.asks_drive
        if path:
            settings = self._drive.open(settings, path)
        return self._drive.draw(settings, state.timeline)

    def _empty_ui(self, settings: Settings, state: PanelState, emit: Emit) -> None:
        imgui.push_text_wrap_pos(0.0)
        imgui.text_colored(dim(), _EMPTY)
        imgui.pop_text_wrap_pos()
        imgui.dummy(ImVec2(0, em(0.2)))
        why = None if settings.model is not None else "Open a model first"
        reading = f"Reading {state.timeline.sound.reading}…" if state.timeline.sound.reading else ""
        pressed = button_row(
            (
                Button("timeline_first_recipe", "Recipe…", icons.ICON_FA_WAND_MAGIC_SPARKLES,
                       "Fill the timeline in one click", why, selected=not why),
                Button("timeline_first_key", "Add key", icons.ICON_FA_KEY,
                       "A key of the latent at the start", why),
                Button("timeline_first_sound", "Sound…", icons.ICON_FA_MUSIC,
                       "Open a music file: what moves can follow its loudness, its bass, its beats",
                       reading or why),
            ),
            min(imgui.get_content_region_avail().x, em(_EMPTY_EMS)),
        )  # fmt: skip
        if pressed == "timeline_first_key":
            emit(Apply(add_key(settings, state.timeline.view.playhead_secs, {}), "Add key"))
        elif pressed == "timeline_first_recipe":
            imgui.open_popup("recipe_menu")
        elif pressed == "timeline_first_sound":
            emit(ShowDialog("sound"))
        self._recipes.draw(settings, state, emit)

    def _tracks_ui(
        self, settings: Settings, state: PanelState, view: TimelineView, emit: Emit
    ) -> tuple[Settings, TimelineView, bool]:
        """Draw ruler, sound and rows; returns also whether the menu of keys is wanted."""
        origin, avail = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        label_px = min(em(11), 0.34 * avail.x)
        margin = em(0.6)
        bar = imgui.get_style().scrollbar_size
        left = origin.x + label_px + margin
        lanes = lanes_of(settings.timeline, view, left, avail.x - label_px - margin - bar)
        seen = replace(state.timeline, view=view)
        ruled = ruler_ui(settings.timeline, seen, lanes, origin.y)
        height = em(HEIGHT_EMS)
        if settings.timeline.sound is not None:
            place = ImVec2(origin.x, origin.y + height)
            settings, ruled = self._sound.draw(settings, state, ruled, lanes, place, label_px, emit)
            height += em(SOUND_EMS)
        imgui.set_cursor_screen_pos(ImVec2(origin.x, origin.y + height))
        rest = max(avail.y - height, em(1.9))
        imgui.push_style_var(imgui.StyleVar_.window_padding, ImVec2(0, 0))
        imgui.begin_child("timeline_rows", ImVec2(0, rest), imgui.ChildFlags_.none)
        seen = replace(seen, view=ruled)
        settings, rowed, menu = self._rows.draw(settings, seen, lanes, label_px)
        if not settings.timeline.tracks:
            nothing_follows_ui(settings, state, lanes, emit)
        bottom = imgui.get_window_pos().y + imgui.get_window_size().y
        playhead_line(lanes, ruled.playhead_secs, origin.y + height, bottom, head=False)
        imgui.end_child()
        imgui.pop_style_var()
        playhead_line(lanes, ruled.playhead_secs, origin.y, origin.y + height, head=True)
        view = self._wheel(settings, rowed, lanes, origin.y, bottom)
        return settings, view, menu

    def _wheel(
        self, settings: Settings, view: TimelineView, lanes: Lanes, top: float, bottom: float
    ) -> TimelineView:
        """Zoom with the wheel over ruler and lanes, scroll with Shift or a sideways wheel."""
        io = imgui.get_io()
        low, high = ImVec2(lanes.left, top), ImVec2(lanes.right, bottom)
        over = imgui.is_mouse_hovering_rect(low, high, False)
        flags = imgui.HoveredFlags_.child_windows
        if not over or not imgui.is_window_hovered(flags):
            return view
        owner = imgui.get_id("###timeline_wheel")
        imgui.internal.set_key_owner(imgui.Key.mouse_wheel_y, owner)
        sideways = io.mouse_wheel_h or (io.mouse_wheel if io.key_shift else 0.0)
        if sideways:
            return scrolled(view, settings.timeline, -0.1 * sideways)
        if io.mouse_wheel:
            return zoomed(view, settings.timeline, lanes, io.mouse_pos.x, io.mouse_wheel)
        return view


timeline_ui = TimelinePanel().draw
