"""How a track follows the sound: which curve, how, how much, how smoothly and how late.

Ids: at the track's label `###track_drive_<path>`; popup "track_menu" with `###track_follow`,
`###track_follow_not`, `###track_menu_delete`; popup "drive_menu" with `##drive_curve`,
`##drive_how`, `##drive_gain`, `##drive_smoothing`, `##drive_delay`, `###drive_remove`.
"""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.settings import Settings
from explorer.timeline.drives import default_drive, default_gain, follow
from explorer.timeline.edit import remove_track, set_drive
from explorer.timeline.evaluate import drivable
from explorer.timeline.heard import Driven
from explorer.timeline.model import (
    MAX_DELAY_SECS,
    MAX_SMOOTHING_SECS,
    Curve,
    Drive,
    Driving,
    Timeline,
    Track,
)
from explorer.timeline.properties import Property, property_of
from explorer.timeline_state import TimelineState
from widgets.choices import combo
from widgets.controls import Button, accent, button, em, hint, icon_button, u32
from widgets.fields import menu_row

_CURVES: tuple[tuple[Curve, str], ...] = (
    ("level", "Loudness"),
    ("bass", "Bass"),
    ("middle", "Middle"),
    ("treble", "Treble"),
    ("onset", "Beats"),
)
_HOW: dict[Driving, tuple[str, str, str]] = {
    "add": ("Adds to it", "Up to", "What the keys say, and this much more where it is loudest"),
    "along": ("Goes along its keys", "Reach", "Silence is the first key; 1 = loudest is the last"),
    "travel": ("Runs on faster", "Faster by", "Seconds of its keys more per second where loudest"),
}
_HOW_NAMED: dict[str, Driving] = {str(way): way for way in _HOW}
_COLUMN_EMS, _WIDTH_EMS = 4.2, 13.0
_FAINT = imgui.Col_.text_disabled


class DriveMenu:
    """The popup of one track; `open` makes it that of another."""

    def __init__(self) -> None:
        self._path = ""

    def open(self, settings: Settings, path: str) -> Settings:
        """Show the popup of a track; one that does not follow the sound begins to."""
        known, track = property_of(path), settings.timeline.track(path)
        if known is None:
            return settings
        self._path = path
        imgui.open_popup("drive_menu")
        drive = None if track is None else track.drive
        if drive is None or (track is not None and not track.keys):
            settings = follow(settings, path, drive or default_drive(known))
        return settings

    def draw(self, settings: Settings, state: TimelineState) -> Settings:
        """Draw the popup while it is open."""
        if not imgui.begin_popup("drive_menu"):
            return settings
        known, track = property_of(self._path), settings.timeline.track(self._path)
        if known is None or track is None or track.drive is None:
            imgui.close_current_popup()
            imgui.end_popup()
            return settings
        imgui.text_unformatted(f"{known.label} follows the sound")
        _meter(next((each for each in state.driven if each.path == self._path), None))
        drive: Drive | None = _fields(track.drive, known)
        imgui.dummy((0, em(0.15)))
        icon = icons.ICON_FA_LINK_SLASH
        if button(Button("drive_remove", "Follow no more", icon, "Only its keys move it")):
            drive = None
            imgui.close_current_popup()
        imgui.end_popup()
        if drive == track.drive:
            return settings
        timeline = set_drive(settings.timeline, self._path, drive)
        return replace(settings, timeline=timeline)


def _fields(drive: Drive, known: Property) -> Drive:
    menu_row("Curve", _COLUMN_EMS, _WIDTH_EMS)
    picked = combo("drive_curve", drive.curve, _CURVES)
    drive = replace(drive, curve=next(curve for curve, _ in _CURVES if curve == picked))
    menu_row("How", _COLUMN_EMS, _WIDTH_EMS)
    ways = drivable(known)
    picked = combo("drive_how", drive.how, tuple((way, _HOW[way][0]) for way in ways))
    how = _HOW_NAMED[picked]
    if how != drive.how:  # gains of different ways mean different things
        drive = replace(drive, how=how, gain=default_gain(known, how))
    _, label, tip = _HOW[drive.how]
    unit = " seeds" if known.kind == "latent" and drive.how == "add" else ""
    drive = replace(drive, gain=_gain(label, drive.gain, _speed(drive, known), unit, tip))
    smoothing = _ms("Smooth", "drive_smoothing", drive.smoothing_secs, 0, MAX_SMOOTHING_SECS,
                    "Over how long the curve is averaged; 0 shows every detail")  # fmt: skip
    delay = _ms("Delay", "drive_delay", drive.delay_secs, -MAX_DELAY_SECS, MAX_DELAY_SECS,
                "How much later than the sound it acts; less than 0 = before it")  # fmt: skip
    return replace(drive, smoothing_secs=smoothing, delay_secs=delay)


def _gain(label: str, gain: float, speed: float, unit: str, tip: str) -> float:
    menu_row(label, _COLUMN_EMS, _WIDTH_EMS)
    changed, new = imgui.drag_float("##drive_gain", gain, speed, 0, 0, f"%.3g{unit}")
    hint(f"{tip}\nLess than 0 turns it round. Drag, or Ctrl-click to type")
    return float(f"{new:.4g}") if changed else gain


def _speed(drive: Drive, known: Property) -> float:
    """Return how much a pixel of the mouse changes a gain."""
    return max(abs(default_gain(known, drive.how)), 0.01) / 50


def _ms(label: str, name: str, secs: float, low: float, high: float, tip: str) -> float:
    menu_row(label, _COLUMN_EMS, _WIDTH_EMS)
    clamp = imgui.SliderFlags_.always_clamp
    changed, ms = imgui.drag_float(
        f"##{name}", 1000 * secs, 1.0, 1000 * low, 1000 * high, "%.0f ms", clamp
    )
    hint(f"{tip}. Drag, or Ctrl-click to type")
    return round(ms) / 1000 if changed else secs


def _meter(driven: Driven | None) -> None:
    """Draw how much is heard at the playhead."""
    left, height = imgui.get_cursor_screen_pos(), em(0.35)
    width = em(4.2 + _WIDTH_EMS)
    draw, text = imgui.get_window_draw_list(), imgui.get_style_color_vec4(imgui.Col_.text)
    top = left.y + em(0.1)
    draw.add_rect_filled((left.x, top), (left.x + width, top + height), u32(text, 0.1), height / 2)
    level = 0.0 if driven is None else driven.level
    if level * width > height:
        end = (left.x + level * width, top + height)
        draw.add_rect_filled((left.x, top), end, u32(accent()), height / 2)
    imgui.dummy(ImVec2(width, height + em(0.25)))
    hint("What is heard at the playhead, smoothed and delayed")


def drive_button(timeline: Timeline, track: Track, place: ImVec2) -> bool:
    """Draw the button `###track_drive_<path>` at a place on the screen; True when pressed."""
    imgui.set_cursor_screen_pos(place)
    follows_now = track.drive is not None
    colour = accent() if follows_now and track.enabled else imgui.get_style_color_vec4(_FAINT)
    imgui.push_style_color(imgui.Col_.text, colour)
    tip = "Let it follow the sound"
    if track.drive is not None:
        curve = dict(_CURVES)[track.drive.curve]
        tip = f"Follows the sound: {curve}, {_HOW[track.drive.how][0].lower()}"
    pressed = icon_button(icons.ICON_FA_MUSIC, f"###track_drive_{track.path}", quiet=True)
    imgui.pop_style_color()
    hint(tip)
    return pressed


def track_menu_ui(settings: Settings, path: str) -> tuple[Settings, bool]:
    """Draw the menu of a track while it is open; returns also whether it is to follow the sound."""
    if not imgui.begin_popup("track_menu"):
        return settings, False
    there = settings.timeline.sound is not None
    track = settings.timeline.track(path)
    follow_it = bool(imgui.menu_item("Follow the sound…###track_follow", "", False, there)[0])
    if not there and imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled):
        imgui.set_tooltip("Open a sound first: Sound… above")
    driven = track is not None and track.drive is not None
    if imgui.menu_item("Follow no more###track_follow_not", "", False, driven)[0]:
        settings = replace(settings, timeline=set_drive(settings.timeline, path, None))
    imgui.separator()
    if imgui.menu_item("Delete###track_menu_delete", "", False)[0]:
        settings = replace(settings, timeline=remove_track(settings.timeline, path))
    imgui.end_popup()
    return settings, follow_it
