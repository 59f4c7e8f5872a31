"""The timeline's toolbar; on a narrow panel half of it is behind `###timeline_more`.

Ids: `###timeline_start`, `###timeline_play`, `###timeline_end`, `###timeline_add_key`,
`###timeline_add_more`, `###timeline_recipe`, `###timeline_sound`, `##timeline_length`,
`##timeline_fps`, `##timeline_playing`, `###timeline_stretch` (right-click on the length),
`###timeline_snap`, `###timeline_auto_key`, `###timeline_fit`, `###timeline_export`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from imgui_bundle import ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.settings import Settings
from explorer.timeline.edit import DrivenBy, key_here, key_moving, set_duration, stretch
from explorer.timeline.model import MAX_FPS, MAX_SECS, MIN_FPS, Playing
from explorer.timeline_state import (
    TimelineState,
    TimelineView,
    frame_at,
    last_frame,
    last_secs,
    timecode,
)
from widgets.choices import combo
from widgets.controls import (
    Button,
    accent,
    button,
    dim,
    disabled,
    em,
    hint,
    icon_button,
    inner_spacing,
    spacing,
    text_on_accent,
)

_NARROW_EMS, _TIGHT_EMS = 43, 66  # below: half of it in a menu; icons without their words
_EXPORT_TIP = "Export a video of the timeline"
_SOUND_TIP = "Open a music file: what moves can follow its loudness, its bass, its beats"
_SHORT_EMS = 24  # below this the length is not said
_PLAYING: tuple[tuple[Playing, str], ...] = (
    ("loop", "Loop"),
    ("mirror", "There and back"),
    ("once", "Once"),
)


@dataclass(frozen=True)
class Asked:
    """What the toolbar asks to be opened: the menus belong to the panel's own window."""

    add_menu: bool = False
    sound: bool = False
    recipes: bool = False
    export: bool = False


class _Flow:
    """Puts items side by side, and on the next line where the width ends."""

    def __init__(self) -> None:
        start = imgui.get_cursor_screen_pos().x
        self._end = start + imgui.get_content_region_avail().x
        self._first = True

    def place(self, width: float, gap: float | None = None) -> None:
        """Make room for an item `width` pixels wide."""
        gap = spacing() if gap is None else gap
        fits = imgui.get_item_rect_max().x + gap + width <= self._end
        if not self._first and fits:
            imgui.same_line(0, gap)
        self._first = False


def toolbar_ui(
    settings: Settings, view: TimelineView, seen: TimelineState
) -> tuple[Settings, TimelineView, Asked]:
    """Draw the toolbar."""
    flow, side = _Flow(), imgui.get_frame_height()
    width = imgui.get_content_region_avail().x
    narrow, tight = width < em(_NARROW_EMS), width < em(_TIGHT_EMS)
    view = _transport(flow, settings, view, side, narrow)
    settings, add_menu = _add_key(flow, settings, view, seen, narrow)
    recipes = _opener(flow, "recipe", icons.ICON_FA_WAND_MAGIC_SPARKLES, "" if tight else "Recipe…",
                      "Recipes fill the timeline in one click")  # fmt: skip
    sound = False
    if settings.timeline.sound is None:
        reading = seen.sound.reading and f"Reading {seen.sound.reading}…"
        word = "" if tight else "Sound…"
        sound = _opener(flow, "sound", icons.ICON_FA_MUSIC, word, _SOUND_TIP, reading)
    if narrow:
        export = _opener(flow, "export", icons.ICON_FA_FILE_EXPORT, "", _EXPORT_TIP)
        settings, view = _more_ui(flow, settings, view, side)
        return settings, view, Asked(add_menu, sound, recipes, export)
    settings, view = _numbers(flow, settings, view)
    view = _switches(flow, view, side)
    word = "" if tight else "Export…"
    export = _opener(flow, "export", icons.ICON_FA_FILE_EXPORT, word, _EXPORT_TIP)
    return settings, view, Asked(add_menu, sound, recipes, export)


def _opener(flow: _Flow, name: str, icon: str, word: str, tip: str, reason: str = "") -> bool:
    """Draw the button `###timeline_<name>`; without a word it is a square."""
    side = imgui.get_frame_height()
    if not word:
        flow.place(side, inner_spacing())
        with disabled(reason or None):
            return icon_button(icon, f"###timeline_{name}", tip)
    flow.place(_text_px(f"{icon}  {word}"))
    return button(Button(f"timeline_{name}", word, icon, tip, reason or None))


def _more_ui(
    flow: _Flow, settings: Settings, view: TimelineView, side: float
) -> tuple[Settings, TimelineView]:
    """Draw the button of a menu, and in it what a narrow toolbar has no room for."""
    flow.place(side, inner_spacing())
    if icon_button(icons.ICON_FA_GEAR, "###timeline_more", "Length, rate, loop, snapping"):
        imgui.open_popup("timeline_more_menu")
    if imgui.begin_popup("timeline_more_menu"):
        imgui.dummy((em(19), 0))
        inside = _Flow()
        settings, view = _numbers(inside, settings, view)
        view = _switches(inside, view, side)
        imgui.end_popup()
    return settings, view


def _transport(
    flow: _Flow, settings: Settings, view: TimelineView, side: float, narrow: bool
) -> TimelineView:
    timeline = settings.timeline
    flow.place(side)
    if icon_button(icons.ICON_FA_BACKWARD_STEP, "###timeline_start", "To the start (Home)"):
        view = replace(view, playhead_secs=0.0)
    flow.place(side, inner_spacing())
    icon = icons.ICON_FA_PAUSE if view.playing else icons.ICON_FA_PLAY
    if _lit_button(icon, "###timeline_play", "Play or stop (Space)", view.playing):
        view = replace(view, playing=not view.playing)
    flow.place(side, inner_spacing())
    if icon_button(icons.ICON_FA_FORWARD_STEP, "###timeline_end", "To the end (End)"):
        view = replace(view, playhead_secs=last_secs(timeline))
    end = timecode(timeline.duration_secs)
    frame = frame_at(timeline, view.playhead_secs)
    short = imgui.get_window_width() < em(_SHORT_EMS)
    total = "" if short else f"/ {end}" + ("" if narrow else f"   frame {last_frame(timeline)}")
    flow.place(imgui.calc_text_size(f"{end} {total}").x + spacing(), 1.5 * spacing())
    imgui.align_text_to_frame_padding()
    imgui.text_unformatted(timecode(view.playhead_secs))
    if not short:
        imgui.same_line(0, em(0.3))
        imgui.text_colored(dim(), f"/ {end}" + ("" if narrow else f"   frame {frame}"))
    hint(f"Frame {frame}, the last one is {last_frame(timeline)}")
    return view


def _add_key(
    flow: _Flow, settings: Settings, view: TimelineView, seen: TimelineState, narrow: bool
) -> tuple[Settings, bool]:
    word = "" if narrow else "Add key"
    flow.place(_text_px(f"{icons.ICON_FA_KEY}  {word}") + imgui.get_frame_height(), 1.5 * spacing())
    tip = "Keys at the playhead for everything that moves (K)"
    held = bool(seen.held)
    if held:
        tip = "Keep what was changed here: " + tip[0].lower() + tip[1:]
    if button(Button("timeline_add_key", word, icons.ICON_FA_KEY, tip, selected=held)):
        settings = add_key(settings, view.playhead_secs, seen.driven_by)
    imgui.same_line(0, max(1.0, em(0.08)))
    more = icon_button(icons.ICON_FA_CARET_DOWN, "###timeline_add_more", "A key of something else")
    return settings, more


def add_key(settings: Settings, secs: float, driven: DrivenBy) -> Settings:
    """Add keys for what moves; the first key of a timeline is one of the latent."""
    if settings.timeline.empty:
        return key_here(settings, "latent", secs)
    return key_moving(settings, secs, driven)


def _length_menu(view: TimelineView) -> TimelineView:
    """Draw the menu of the last item, the length."""
    if imgui.begin_popup_context_item("length_menu", imgui.PopupFlags_.mouse_button_right):
        label = "Stretch the keys with the length"
        if imgui.menu_item(f"{label}###timeline_stretch", "", view.stretch)[0]:
            view = replace(view, stretch=not view.stretch)
        imgui.end_popup()
    return view


def _numbers(flow: _Flow, settings: Settings, view: TimelineView) -> tuple[Settings, TimelineView]:
    timeline = settings.timeline
    flow.place(em(4.6))
    imgui.set_next_item_width(em(4.6))
    clamp = imgui.SliderFlags_.always_clamp
    changed, secs = imgui.drag_float(
        "##timeline_length", timeline.duration_secs, 0.05, 0.1, MAX_SECS, "%.2f s", clamp
    )
    keep = "Keys stretch with it" if view.stretch else "Keys stay where they are"
    hint(f"Length: drag, or Ctrl-click to type. {keep}; right-click to choose")
    view = _length_menu(view)
    if changed and secs != timeline.duration_secs:
        change = stretch if view.stretch else set_duration
        timeline = change(timeline, round(secs, 2))
    flow.place(em(4.6))
    imgui.set_next_item_width(em(4.6))
    changed, fps = imgui.drag_float(
        "##timeline_fps", timeline.fps, 0.2, MIN_FPS, MAX_FPS, "%.5g fps", clamp
    )
    hint("Frames a second: drag, or Ctrl-click to type")
    if changed and fps != timeline.fps:
        timeline = replace(timeline, fps=float(f"{fps:.5g}"))
    flow.place(em(7.6))
    imgui.set_next_item_width(em(7.6))
    picked = combo("timeline_playing", timeline.playing, _PLAYING, "What comes behind the end")
    if picked != timeline.playing:
        playing = next(value for value, _ in _PLAYING if value == picked)
        timeline = replace(timeline, playing=playing)
    same = timeline is settings.timeline
    return (settings if same else replace(settings, timeline=timeline)), view


def _switches(flow: _Flow, view: TimelineView, side: float) -> TimelineView:
    flow.place(side)
    tip = "Snap keys to frames, to each other and to beats; Alt drags freely"
    if _lit_button(icons.ICON_FA_MAGNET, "###timeline_snap", tip, view.snap):
        view = replace(view, snap=not view.snap)
    flow.place(side, inner_spacing())
    tip = (
        "Auto key: changing something that moves sets its key at the playhead.\n"
        "Otherwise the change lasts until the playhead moves, unless a key is added"
    )
    if _lit_button(icons.ICON_FA_CIRCLE_DOT, "###timeline_auto_key", tip, view.auto_key):
        view = replace(view, auto_key=not view.auto_key)
    flow.place(side, inner_spacing())
    if icon_button(icons.ICON_FA_ARROWS_LEFT_RIGHT, "###timeline_fit", "Show all of it (0)"):
        view = replace(view, visible_secs=0.0, start_secs=0.0)
    return view


def _lit_button(icon: str, name: str, tip: str, on: bool) -> bool:
    """Draw a square button in the accent colour while it is on."""
    if not on:
        return icon_button(icon, name, tip)
    colour: ImVec4 = accent()
    for slot in (imgui.Col_.button, imgui.Col_.button_hovered, imgui.Col_.button_active):
        imgui.push_style_color(slot, colour)
    imgui.push_style_color(imgui.Col_.text, text_on_accent())
    pressed = icon_button(icon, name)
    imgui.pop_style_color(4)
    hint(tip)
    return pressed


def _text_px(text: str) -> float:
    return imgui.calc_text_size(text).x + 2 * imgui.get_style().frame_padding.x
