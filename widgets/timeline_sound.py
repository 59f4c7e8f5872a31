"""The row of the timeline's sound: its name, whether it is heard, its menu, and its waveform.

Ids: the waveform `###timeline_wave`, `###sound_heard`, `###sound_menu`; popup "sound_menu" with
`###sound_dance`, `###sound_beats`, `###sound_length`, `##sound_offset`, `###sound_replace`,
`###sound_remove`; where nothing moves yet `###sound_dance_first`.
"""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import Apply, SetTimelineView, ShowDialog
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from explorer.timeline.drives import dance, seed_at_each
from explorer.timeline.edit import set_duration
from explorer.timeline.heard import onset_secs
from explorer.timeline.model import Sound, Timeline
from explorer.timeline_state import SoundState, TimelineView, nearest_frame_secs
from widgets.controls import Button, button, dim, ellipsis, em, hint, icon_button, u32
from widgets.timeline_geometry import Lanes
from widgets.timeline_wave import Wave

HEIGHT_EMS = 2.1
DANCE_TIP = "A loop through seeds that runs faster where it is loud, and psi jumps with the bass"
_LEAST_HEARD_SECS = 0.05  # of a sound that is dragged to its end


class SoundRow:
    """The row, with what is kept of the waveform and of the drag."""

    def __init__(self) -> None:
        self._wave = Wave()
        self._offset_secs = 0.0  # when the drag began
        self._dragged = False

    def draw(
        self, settings: Settings, state: PanelState, view: TimelineView, lanes: Lanes,
        place: ImVec2, label_px: float, emit: Emit,
    ) -> tuple[Settings, TimelineView]:  # fmt: skip
        """Draw the row at a place on the screen; there must be a sound."""
        sound, shown = settings.timeline.sound, state.timeline.sound
        assert sound is not None
        view = _label(sound, shown, view, place, label_px)
        settings, view = self._wave_ui(settings, sound, shown, view, lanes, place.y)
        settings = _menu(settings, sound, state, emit)
        return settings, view

    def _wave_ui(
        self, settings: Settings, sound: Sound, shown: SoundState, view: TimelineView,
        lanes: Lanes, top: float,
    ) -> tuple[Settings, TimelineView]:  # fmt: skip
        timeline, height = settings.timeline, em(HEIGHT_EMS)
        imgui.set_cursor_screen_pos(ImVec2(lanes.left, top))
        imgui.set_next_item_allow_overlap()
        imgui.invisible_button("###timeline_wave", ImVec2(lanes.width, height))
        if imgui.is_item_clicked(1):
            imgui.open_popup("sound_menu")
        if imgui.is_item_activated():
            self._offset_secs, self._dragged = sound.offset_secs, False
        if imgui.is_item_deactivated() and not self._dragged:
            here = nearest_frame_secs(timeline, lanes.secs(imgui.get_io().mouse_pos.x))
            view = replace(view, playhead_secs=here, playing=False)
        lit = imgui.is_item_hovered() or imgui.is_item_active()
        if imgui.is_item_active() and imgui.is_mouse_dragging(0):
            self._dragged = True
            imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ew)
            moved = imgui.get_mouse_drag_delta(0).x * lanes.secs_per_px
            sound = replace(sound, offset_secs=_offset(self._offset_secs - moved, sound))
            settings = replace(settings, timeline=replace(timeline, sound=sound))
        elif not imgui.is_item_active():
            hint(f"Click to go there, drag to shift the sound ({_from(sound)})")
        draw, text = imgui.get_window_draw_list(), imgui.get_style_color_vec4(imgui.Col_.text)
        low, high = top + em(0.1), top + height - em(0.1)
        draw.push_clip_rect((lanes.left, top), (lanes.right, top + height), True)
        end = min(lanes.x(timeline.duration_secs), lanes.right)
        ground = u32(text, 0.075 if lit else 0.045)
        draw.add_rect_filled((lanes.x(0), low), (end, high), ground, em(0.25))
        if shown.curves is not None:
            strength = 1.0 if view.sound_on else 0.55
            inside = low + em(0.34), high - em(0.06)
            self._wave.draw(
                shown.curves, sound.offset_secs, timeline.duration_secs, lanes, *inside, strength
            )
        draw.pop_clip_rect()
        return settings, view


def _label(
    sound: Sound, shown: SoundState, view: TimelineView, place: ImVec2, width: float
) -> TimelineView:
    """Draw whether it is heard, its name, and the button of its menu."""
    side, row = imgui.get_frame_height(), em(HEIGHT_EMS)
    y = place.y + (row - side) / 2
    imgui.set_cursor_screen_pos(ImVec2(place.x, y))
    icon, tip = icons.ICON_FA_VOLUME_HIGH, "Heard while it plays; press to play silently"
    if shown.problem:
        icon, tip = icons.ICON_FA_VOLUME_OFF, shown.problem
    elif not view.sound_on:
        icon, tip = icons.ICON_FA_VOLUME_XMARK, "Plays silently; press to hear it"
    if shown.problem:
        imgui.push_style_color(imgui.Col_.text, dim())
    if icon_button(icon, "###sound_heard", tip, quiet=True):
        view = replace(view, sound_on=not view.sound_on)
    if shown.problem:
        imgui.pop_style_color()
    imgui.set_cursor_screen_pos(ImVec2(place.x + width - side, y))
    if icon_button(icons.ICON_FA_ELLIPSIS_VERTICAL, "###sound_menu", "Of the sound", quiet=True):
        imgui.open_popup("sound_menu")
    left = place.x + side + em(0.3)
    room = width - 2 * side - em(0.5)
    line = imgui.get_font_size()
    text = shown.reading and f"Reading {shown.reading}…"
    name = ellipsis(text or sound.name or "A sound", room)
    imgui.set_cursor_screen_pos(ImVec2(left, place.y + (row - line) / 2))
    imgui.text_unformatted(name)
    hint(f"{sound.path or sound.name}\n{sound.duration_secs:.1f} s, {_from(sound)}")
    return view


def _menu(settings: Settings, sound: Sound, state: PanelState, emit: Emit) -> Settings:
    """Draw the menu while it is open."""
    shown = state.timeline.sound
    if not imgui.begin_popup("sound_menu"):
        return settings
    timeline = settings.timeline
    if _item("Make it dance", "sound_dance", DANCE_TIP):
        _dance(settings, state, emit)
    beats = () if shown.curves is None else beats_of(timeline, shown)
    tip = "Keys of the latent: it arrives at another seed with each beat"
    why = "" if beats else "No beats were heard here"
    if _item("A new seed at each beat", "sound_beats", why or tip, bool(beats)):
        emit(Apply(seed_at_each(settings, beats), f"Seeds at the beats of {sound.name}"))
    imgui.separator()
    rest = round(max(sound.duration_secs - sound.offset_secs, 0.1), 2)
    tip = "The length of the timeline; keys stay where they are"
    if _item(f"Make the timeline as long, {rest:.1f} s", "sound_length", tip):
        settings = replace(settings, timeline=set_duration(timeline, rest))
    offset = _offset_field(sound)
    if offset != sound.offset_secs:
        sound = replace(sound, offset_secs=offset)
        settings = replace(settings, timeline=replace(timeline, sound=sound))
    imgui.separator()
    if _item("Another sound…", "sound_replace"):
        emit(ShowDialog("sound"))
    if _item("Remove", "sound_remove", "Tracks that follow it stand at their keys"):
        settings = replace(settings, timeline=replace(timeline, sound=None))
    imgui.end_popup()
    return settings


def _offset_field(sound: Sound) -> float:
    """Draw from which second on the sound is heard, and return it."""
    imgui.align_text_to_frame_padding()
    imgui.text_unformatted("Begins at its second")
    imgui.same_line()
    imgui.set_next_item_width(em(6))
    entered, secs = imgui.drag_float("##sound_offset", sound.offset_secs, 0.02, 0, 0, "%.3f s")
    hint("What is heard at the timeline's start: drag, or Ctrl-click to type")
    return _offset(secs, sound) if entered else sound.offset_secs


def beats_of(timeline: Timeline, shown: SoundState) -> tuple[float, ...]:
    """Return the times of the beats within a timeline, in its seconds."""
    sound = timeline.sound
    if sound is None or shown.curves is None:
        return ()
    times = (secs - sound.offset_secs for secs in onset_secs(shown.curves))
    return tuple(time for time in times if 0 <= time < timeline.duration_secs)


def _offset(secs: float, sound: Sound) -> float:
    return round(min(max(secs, 0.0), max(sound.duration_secs - _LEAST_HEARD_SECS, 0.0)), 3)


def _from(sound: Sound) -> str:
    return "from its start" if sound.offset_secs == 0 else f"from {sound.offset_secs:.2f} s on"


def _item(label: str, name: str, tip: str = "", enabled: bool = True) -> bool:
    picked = bool(imgui.menu_item(f"{label}###{name}", "", False, enabled)[0])
    if tip and imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled):
        imgui.set_tooltip(tip)
    return picked


def _dance(settings: Settings, state: PanelState, emit: Emit) -> None:
    """Fill the timeline, and play it at once."""
    emit(Apply(dance(settings), "Dance to the sound"))
    view = replace(state.timeline.view, playhead_secs=0.0, selected=(), range_secs=None)
    emit(SetTimelineView(replace(view, visible_secs=0.0, start_secs=0.0, playing=True)))


def nothing_follows_ui(settings: Settings, state: PanelState, lanes: Lanes, emit: Emit) -> None:
    """Draw what a sound is good for where there are no tracks yet."""
    imgui.set_cursor_screen_pos(ImVec2(lanes.left, imgui.get_window_pos().y + em(0.4)))
    icon = icons.ICON_FA_WAND_MAGIC_SPARKLES
    why = None if settings.model is not None else "Open a model first"
    item = Button("sound_dance_first", "Make it dance", icon, DANCE_TIP, why, selected=not why)
    if button(item):
        _dance(settings, state, emit)
    imgui.same_line()
    imgui.align_text_to_frame_padding()
    text = "or add keys, and let their tracks follow the sound"
    imgui.text_colored(dim(), ellipsis(text, lanes.right - imgui.get_cursor_screen_pos().x))
