"""The tracks: labels to the left, keys on lanes to the right.

Ids in the child "timeline_rows": the ground `###lanes`, keys `###key_<path>_<index>`, and of each
track `###track_on_<path>` and `###track_delete_<path>`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from imgui_bundle import ImVec2, ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.settings import Settings
from explorer.timeline.edit import (
    KeyName,
    is_led,
    move_keys,
    remove_track,
    same_time,
    snapped,
)
from explorer.timeline.model import Key, Timeline, Track
from explorer.timeline.properties import property_of
from explorer.timeline_state import TimelineState, TimelineView
from widgets.controls import accent, dim, ellipsis, em, hint, icon_button, u32
from widgets.timeline_drive import drive_button
from widgets.timeline_geometry import Lanes, pressed_at, track_colour
from widgets.timeline_lane import lane_ui
from widgets.timeline_sound import beats_of
from widgets.timeline_wave import drive_ui

ROW_EMS = 1.75
_REACH_PX = 6.0  # keys snap to each other's times, and to beats, within


@dataclass(frozen=True)
class KeyDrag:
    """Keys under way: the timeline before, which keys, which one the mouse holds."""

    timeline: Timeline
    names: tuple[KeyName, ...]
    grabbed: KeyName
    by_secs: float = 0.0


class Rows:
    """The rows, with the drag that is under way."""

    def __init__(self) -> None:
        self._drag: KeyDrag | None = None
        self._box: tuple[KeyName, ...] | None = None  # selected before the box
        self._asks_menu = False
        self._beats: tuple[float, ...] = ()  # of the sound, while keys are dragged
        self.asks_drive = ""  # path of the track whose following of the sound is wanted
        self.asks_track = ""  # path of the track whose menu is wanted

    def draw(
        self, settings: Settings, state: TimelineState, lanes: Lanes, label_px: float
    ) -> tuple[Settings, TimelineView, bool]:
        """Draw all tracks; returns the settings, the view, and whether the key menu is wanted."""
        view, before = state.view, settings.timeline
        timeline = self._drag.timeline if self._drag is not None else before
        origin, row = imgui.get_cursor_screen_pos(), em(ROW_EMS)
        room = imgui.get_content_region_avail().y
        height = max(row * len(timeline.tracks), room)
        view = self._ground(timeline, view, lanes, origin.y, height)
        self._asks_menu = False
        self._beats = beats_of(timeline, state.sound) if self._drag is not None else ()
        self.asks_drive = self.asks_track = ""
        side = imgui.get_frame_height()
        for number, track in enumerate(timeline.tracks):
            top = origin.y + number * row
            settings = _label(settings, state, track, ImVec2(origin.x, top), label_px)
            if imgui.is_item_clicked(1):
                self.asks_track = track.path
            if timeline.sound is not None:
                place = ImVec2(origin.x + label_px - 2 * side, top + (row - side) / 2)
                if drive_button(timeline, track, place):
                    self.asks_drive = track.path
            driven = next((each for each in state.driven if each.path == track.path), None)
            values = next((each for each in state.values if each.path == track.path), None)
            # Beats lie closer together than the values that are drawn of a track.
            lane_ui(track, timeline, lanes, top, row, values if driven is None else None)
            if driven is not None:
                drive_ui(driven, timeline, lanes, top, row)
            settings, view = self._keys(settings, view, track, lanes, top + row / 2)
        if self._drag is not None and not imgui.is_mouse_down(0):
            self._drag = None
        imgui.set_cursor_screen_pos(origin)
        imgui.dummy(ImVec2(1, row * len(timeline.tracks)))
        return settings, view, self._asks_menu

    def _ground(
        self, timeline: Timeline, view: TimelineView, lanes: Lanes, top: float, height: float
    ) -> TimelineView:
        """Draw what lies behind the keys: a drag over it selects."""
        imgui.set_cursor_screen_pos(ImVec2(lanes.left, top))
        imgui.set_next_item_allow_overlap()
        imgui.invisible_button("###lanes", ImVec2(lanes.width, height))
        io = imgui.get_io()
        if imgui.is_item_activated():
            self._box = view.selected if io.key_shift or io.key_ctrl else ()
        if self._box is None:
            return view
        start, end = pressed_at(), io.mouse_pos
        found = tuple(
            name
            for number, track in enumerate(timeline.tracks)
            if _between(top + (number + 0.5) * em(ROW_EMS), start.y, end.y)
            for name in (KeyName(track.path, key.time) for key in track.keys)
            if _between(lanes.x(name.time), start.x, end.x) and name not in self._box
        )
        if imgui.is_mouse_dragging(0):
            draw = imgui.get_window_draw_list()
            low = (min(start.x, end.x), min(start.y, end.y))
            high = (max(start.x, end.x), max(start.y, end.y))
            draw.add_rect_filled(low, high, u32(accent(), 0.15))
            draw.add_rect(low, high, u32(accent(), 0.7))
        view = replace(view, selected=(*self._box, *found))
        if not imgui.is_item_active():
            self._box = None
        return view

    def _keys(
        self, settings: Settings, view: TimelineView, track: Track, lanes: Lanes, y: float
    ) -> tuple[Settings, TimelineView]:
        side, drag = em(1.1), self._drag
        # Selected keys lie above their neighbours, and so can be taken.
        for index, key in enumerate(track.keys):
            name = KeyName(track.path, key.time)
            by_secs = drag.by_secs if drag is not None and _in(name, drag.names) else 0.0
            x = lanes.x(key.time + by_secs)
            if not lanes.left - side <= x <= lanes.right + side:
                continue
            imgui.set_cursor_screen_pos(ImVec2(x - side / 2, y - side / 2))
            imgui.invisible_button(f"###key_{track.path}_{index}", ImVec2(side, side))
            hovered, active = imgui.is_item_hovered(), imgui.is_item_active()
            settings, view = self._handled(settings, view, name, lanes)
            if not active:
                hint(key_text(track.path, key))
            chosen = _in(replace(name, time=key.time + by_secs), view.selected)
            _diamond(x, y, key, track, chosen=chosen, lit=hovered or active)
        return settings, view

    def _handled(
        self, settings: Settings, view: TimelineView, name: KeyName, lanes: Lanes
    ) -> tuple[Settings, TimelineView]:
        """Do what the mouse did with the last item, a key: select, drag, ask for the menu."""
        io = imgui.get_io()
        if imgui.is_item_clicked(1):
            self._asks_menu = True
            return settings, view if _in(name, view.selected) else replace(view, selected=(name,))
        if imgui.is_item_activated():
            view = _clicked(view, name, more=io.key_shift or io.key_ctrl)
            if _in(name, view.selected):
                self._drag = KeyDrag(settings.timeline, view.selected, name)
            return settings, view
        drag = self._drag
        using = imgui.is_item_active() or imgui.is_item_deactivated()
        if drag is None or not using or drag.grabbed != name:
            return settings, view
        moved_px = imgui.get_mouse_drag_delta(0).x
        if moved_px == 0 and drag.by_secs == 0:
            return settings, view
        target = max(name.time + moved_px * lanes.secs_per_px, 0.0)
        if view.snap and not io.key_alt:
            others = [*_times(drag), *self._beats]
            reach = _REACH_PX * lanes.secs_per_px
            target = snapped(target, drag.timeline.fps, others, reach)
        timeline, names = move_keys(drag.timeline, drag.names, target - name.time)
        by_secs = names[0].time - drag.names[0].time if names else 0.0
        self._drag = replace(drag, by_secs=by_secs)
        return replace(settings, timeline=timeline), replace(view, selected=names)


def key_text(path: str, key: Key) -> str:
    """Return a hint that says what a key is."""
    known = property_of(path)
    label = known.label if known is not None else path
    value = f"{key.number:.3g}"
    if key.latent is not None:
        value = f"seed {key.latent.seed}"
    elif key.classes is not None:
        value = ", ".join(str(index) for index, _ in key.classes.weights)
    elif key.text or (known is not None and known.kind in ("choice", "model")):
        value = key.text[:12] or "picture"
    elif known is not None and known.kind == "text":
        value = "ends"  # an empty one
    way = key.interpolation if key.easing == "none" else f"{key.interpolation}, {key.easing}"
    return f"{label} {value} at {key.time:.2f} s\n{way} · right-click for more"


def _times(drag: KeyDrag) -> list[float]:
    """Return the times of the keys that stay where they are."""
    return [
        key.time
        for track in drag.timeline.tracks
        for key in track.keys
        if not _in(KeyName(track.path, key.time), drag.names)
    ]


def _clicked(view: TimelineView, name: KeyName, *, more: bool) -> TimelineView:
    if not more:
        return view if _in(name, view.selected) else replace(view, selected=(name,))
    if _in(name, view.selected):
        rest = tuple(each for each in view.selected if not _in(each, (name,)))
        return replace(view, selected=rest)
    return replace(view, selected=(*view.selected, name))


def _in(name: KeyName, names: tuple[KeyName, ...]) -> bool:
    return any(each.path == name.path and same_time(each.time, name.time) for each in names)


def _between(value: float, a: float, b: float) -> bool:
    return min(a, b) <= value <= max(a, b)


def _label(
    settings: Settings, state: TimelineState, track: Track, place: ImVec2, width: float
) -> Settings:
    """Draw a track's switch, name and delete button."""
    row, side = em(ROW_EMS), imgui.get_frame_height()
    y = place.y + (row - side) / 2
    known = property_of(track.path)
    text = known.label if known is not None else track.path
    imgui.set_cursor_screen_pos(ImVec2(place.x, y))
    icon = icons.ICON_FA_EYE if track.enabled else icons.ICON_FA_EYE_SLASH
    tip = "Moves; press to keep it still" if track.enabled else "Kept still; press to move it"
    if icon_button(icon, f"###track_on_{track.path}", tip, quiet=True):
        switched = replace(track, enabled=not track.enabled)
        settings = _with_track(settings, switched)
    imgui.set_cursor_screen_pos(ImVec2(place.x + width - side, y))
    tip = "Delete the track with its keys"
    if icon_button(icons.ICON_FA_XMARK, f"###track_delete_{track.path}", tip, quiet=True):
        timeline = remove_track(settings.timeline, track.path)
        settings = replace(settings, timeline=timeline)
    left = place.x + side + em(0.3)
    held = track.path in state.held
    buttons = 2 if settings.timeline.sound is None else 3
    room = width - buttons * side - em(0.5) - (em(0.8) if held else 0.0)
    shown = ellipsis(text, room)
    imgui.set_cursor_screen_pos(ImVec2(left, place.y + (row - imgui.get_font_size()) / 2))
    colour = imgui.get_style_color_vec4(imgui.Col_.text) if track.enabled else dim()
    imgui.text_colored(colour, shown)
    if held and is_led(settings.timeline, track.path):
        hint("Changed here. The sound leads this track: the arrow at Add key puts a key here")
    else:
        hint("Changed here and in no key yet: add a key to keep it" if held else text)
    if held:
        x = left + imgui.calc_text_size(shown).x + em(0.5)
        orange = ImVec4(1.0, 0.69, 0.29, 1.0)
        imgui.get_window_draw_list().add_circle_filled((x, place.y + row / 2), em(0.2), u32(orange))
    return settings


def _with_track(settings: Settings, track: Track) -> Settings:
    tracks = tuple(
        track if other.path == track.path else other for other in settings.timeline.tracks
    )
    return replace(settings, timeline=replace(settings.timeline, tracks=tracks))


def _diamond(x: float, y: float, key: Key, track: Track, *, chosen: bool, lit: bool) -> None:
    """Draw a key: a square where it holds, else a diamond; white edges where it is selected."""
    draw, colour = imgui.get_window_draw_list(), track_colour(track.path)
    r = em(0.46 if lit or chosen else 0.4)
    strength = 1.0 if track.enabled else 0.45
    if key.interpolation == "hold":
        r *= 0.8
        corners = [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
    else:
        corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    points: list[Any] = [ImVec2(*corner) for corner in corners]
    draw.add_convex_poly_filled(points, u32(colour, strength))
    edge = ImVec4(1, 1, 1, 1) if chosen else ImVec4(0.05, 0.06, 0.08, 1)
    thickness = max(1.0, em(0.14 if chosen else 0.08))
    draw.add_polyline(points, u32(edge), thickness, imgui.ImDrawFlags_.closed)
