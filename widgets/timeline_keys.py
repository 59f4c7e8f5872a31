"""The keyboard over the timeline: playing, stepping, selecting, copying, deleting keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imgui_bundle import imgui

from explorer.actions import SetTimelineView
from explorer.command_parts import add_keys
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from explorer.timeline.edit import (
    KeyName,
    copy_keys,
    move_keys,
    paste_keys,
    remove_keys,
    same_time,
)
from explorer.timeline.model import Timeline
from explorer.timeline_state import TimelineView, last_secs, nearest_frame_secs

# Shortcuts of commands that the panel uses itself while it has the focus.
TIMELINE_KEYS = frozenset(("Ctrl+C", "[", "]", "0"))

_CTRL, _SHIFT, _ALT = imgui.Key.mod_ctrl, imgui.Key.mod_shift, imgui.Key.mod_alt
_OWNED = (
    imgui.Key.space, imgui.Key.home, imgui.Key.end, imgui.Key.k, imgui.Key.delete,
    imgui.Key.left_bracket, imgui.Key.right_bracket, imgui.Key.i, imgui.Key.o,
)  # fmt: skip
_OWNED_BY_KEYS = (
    imgui.Key.tab, imgui.Key.left_arrow, imgui.Key.right_arrow, imgui.Key.up_arrow,
    imgui.Key.down_arrow, imgui.Key.enter,
)  # fmt: skip


def all_keys(timeline: Timeline) -> tuple[KeyName, ...]:
    """Return the names of all keys, track by track."""
    return tuple(KeyName(track.path, key.time) for track in timeline.tracks for key in track.keys)


def keyboard_edits(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    """Do what the keys pressed over the panel mean; call it inside its window."""
    if not imgui.is_window_focused(imgui.FocusedFlags_.root_and_child_windows):
        return settings
    if imgui.get_io().want_text_input or imgui.is_popup_open("", imgui.PopupFlags_.any_popup):
        return settings
    _own_keys()
    view = state.timeline.view
    moved = _view_keys(settings.timeline, view)
    if moved is not view:
        emit(SetTimelineView(moved))
        return settings
    if _pressed(imgui.Key.k):
        emit(add_keys(state))
        return settings
    return _edit_keys(settings, view, emit)


def menu_key_pressed(view: TimelineView) -> bool:
    """Whether the keyboard asks for the menu of the selected keys; call it inside the window."""
    if not view.selected or imgui.get_io().want_text_input:
        return False
    if not imgui.is_window_focused(imgui.FocusedFlags_.root_and_child_windows):
        return False
    if imgui.is_window_focused() or imgui.is_popup_open("", imgui.PopupFlags_.any_popup):
        return False  # Enter presses the toolbar's buttons
    return _pressed(imgui.Key.enter) or _pressed(imgui.Key.keypad_enter)


def neighbour_secs(timeline: Timeline, secs: float, direction: int) -> float:
    """Return the time of the next (1) or previous (-1) key, else the time itself."""
    times = sorted(name.time for name in all_keys(timeline))
    if direction < 0:
        times = [time for time in reversed(times) if time < secs and not same_time(time, secs)]
    else:
        times = [time for time in times if time > secs and not same_time(time, secs)]
    return nearest_frame_secs(timeline, times[0]) if times else secs


def _own_keys() -> None:
    """Keep the keys from moving the focus and from pressing the focused button."""
    owner = imgui.get_id("###timeline_keyboard")
    for key in _OWNED:
        imgui.internal.set_key_owner(key, owner)
    if not imgui.is_window_focused():  # a part of the panel with keys, not its buttons
        for key in _OWNED_BY_KEYS:
            imgui.internal.set_key_owner(key, owner)


def _pressed(key: imgui.Key, mods: int = 0) -> bool:
    return imgui.is_key_chord_pressed(int(key) | int(mods))


def _repeated(key: imgui.Key) -> bool:
    return imgui.is_key_pressed(key, True)


def _view_keys(timeline: Timeline, view: TimelineView) -> TimelineView:
    """Return the view after keys that move the playhead, select or play."""
    if _pressed(imgui.Key.space):
        return replace(view, playing=not view.playing)
    if _pressed(imgui.Key.home):
        return replace(view, playhead_secs=0.0)
    if _pressed(imgui.Key.end):
        return replace(view, playhead_secs=last_secs(timeline))
    if _pressed(imgui.Key._0):
        return replace(view, visible_secs=0.0, start_secs=0.0)
    for key, direction in ((imgui.Key.left_bracket, -1), (imgui.Key.right_bracket, 1)):
        if _pressed(key):
            secs = neighbour_secs(timeline, view.playhead_secs, direction)
            here = tuple(name for name in all_keys(timeline) if same_time(name.time, secs))
            return replace(view, playhead_secs=secs, selected=here, playing=False)
    for key, is_end in ((imgui.Key.i, False), (imgui.Key.o, True)):
        if _pressed(key):
            return _played(timeline, view, is_end=is_end)
    if _pressed(imgui.Key.a, _CTRL):
        return replace(view, selected=all_keys(timeline))
    if imgui.is_window_focused():
        return view
    io = imgui.get_io()
    if imgui.is_key_pressed(imgui.Key.tab, True) and not io.key_ctrl:
        return _next_selected(timeline, view, -1 if io.key_shift else 1)
    for key, direction in ((imgui.Key.up_arrow, -1), (imgui.Key.down_arrow, 1)):
        if _repeated(key):
            return _other_track(timeline, view, direction)
    if not io.key_alt:
        for key, direction in ((imgui.Key.left_arrow, -1), (imgui.Key.right_arrow, 1)):
            if _repeated(key):
                frames = direction * (10 if io.key_shift else 1)
                secs = view.playhead_secs + frames / timeline.fps
                secs = nearest_frame_secs(timeline, secs)
                return replace(view, playhead_secs=secs, playing=False)
    return view


def _played(timeline: Timeline, view: TimelineView, *, is_end: bool) -> TimelineView:
    """Return the view in which playing begins or ends at the playhead; once more plays all."""
    first, last = view.range_secs or (0.0, last_secs(timeline))
    here = view.playhead_secs
    again = view.range_secs is not None and same_time(here, last if is_end else first)
    first, last = (first, here) if is_end else (here, last)
    if again or first >= last:
        return replace(view, range_secs=None)
    return replace(view, range_secs=(first, last))


def _edit_keys(settings: Settings, view: TimelineView, emit: Emit) -> Settings:
    timeline = settings.timeline
    if _pressed(imgui.Key.delete) and view.selected:
        emit(SetTimelineView(replace(view, selected=())))
        return replace(settings, timeline=remove_keys(timeline, view.selected))
    if _pressed(imgui.Key.c, _CTRL) and view.selected:
        emit(SetTimelineView(replace(view, copied=copy_keys(timeline, view.selected))))
    if _pressed(imgui.Key.v, _CTRL) and view.copied:
        timeline, names = paste_keys(timeline, view.copied, view.playhead_secs)
        emit(SetTimelineView(replace(view, selected=names)))
        return replace(settings, timeline=timeline)
    if imgui.get_io().key_alt and view.selected:
        for key, direction in ((imgui.Key.left_arrow, -1), (imgui.Key.right_arrow, 1)):
            if imgui.is_key_chord_pressed(int(key) | int(_ALT)):
                by_secs = direction / timeline.fps
                timeline, names = move_keys(timeline, view.selected, by_secs)
                emit(SetTimelineView(replace(view, selected=names)))
                return replace(settings, timeline=timeline)
    return settings


def _next_selected(timeline: Timeline, view: TimelineView, direction: int) -> TimelineView:
    names = all_keys(timeline)
    if not names:
        return view
    index = _index_of(names, view.selected)
    index = (index + direction) % len(names) if index is not None else 0
    return _at_key(timeline, view, names[index])


def _other_track(timeline: Timeline, view: TimelineView, direction: int) -> TimelineView:
    """Select the key nearest to the playhead in the track above or below."""
    paths = [track.path for track in timeline.tracks if track.keys]
    if not paths:
        return view
    chosen = view.selected[0].path if view.selected else paths[0]
    index = paths.index(chosen) + direction if chosen in paths and view.selected else 0
    path = paths[min(max(index, 0), len(paths) - 1)]
    names = [name for name in all_keys(timeline) if name.path == path]
    return _at_key(timeline, view, min(names, key=lambda name: abs(name.time - view.playhead_secs)))


def _at_key(timeline: Timeline, view: TimelineView, name: KeyName) -> TimelineView:
    secs = nearest_frame_secs(timeline, name.time)
    return replace(view, selected=(name,), playhead_secs=secs, playing=False)


def _index_of(names: Sequence[KeyName], selected: Sequence[KeyName]) -> int | None:
    for index, name in enumerate(names):
        if selected and name.path == selected[-1].path and same_time(name.time, selected[-1].time):
            return index
    return None
