"""The timeline in the window: the playhead, the playing clock, and what an edit at a time means.

The history's settings hold the keys and what does not move; what is on screen is those settings at
the playhead. A change of something that moves is either a key (Auto key) or a try: an edit like any
other that is shown until the playhead moves (docs/decisions/0012).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.app.timeline_ahead import FramesAhead
from explorer.app.timeline_clock import Clock, advanced, sound_secs, started
from explorer.app.timeline_frames import FrameCache
from explorer.arrays import ArrayStore
from explorer.history import History
from explorer.request import RenderRequest, RenderResult, request_from
from explorer.settings import Settings
from explorer.timeline.edit import is_led, key_here
from explorer.timeline.evaluate import caption_at, settings_at
from explorer.timeline.heard import driven_tracks
from explorer.timeline.properties import property_of
from explorer.timeline.values import ValuesMemo
from explorer.timeline_state import (
    NO_SOUND,
    SoundState,
    TimelineState,
    TimelineView,
    last_frame,
    last_secs,
)

if TYPE_CHECKING:
    from explorer.app.controller import Controller

_TRIES = 100  # edits of which it is known at which time they were tried
_SEARCHED_FRAMES = 2000


class TimelineDesk:
    """Owner of the playhead, of the tries at it, of the clock and of the pictures kept."""

    def __init__(self, history: History, arrays: ArrayStore) -> None:
        self._history, self._arrays = history, arrays
        self.view = TimelineView()
        self.held: frozenset[str] = frozenset()
        self.frames = FrameCache(arrays)
        self._ahead = FramesAhead(self.frames)
        self._values = ValuesMemo(arrays)
        self.focused = False  # whether the panel takes the keys
        self.seen_focused = False  # of this frame, so far
        self._tries: deque[tuple[Settings, float, frozenset[str]]] = deque(maxlen=_TRIES)
        self._shown: tuple[Settings, float, frozenset[str], Settings] | None = None
        self._clock = Clock()

    @property
    def shown(self) -> Settings:
        """The settings on screen: the history's at the playhead, with what is tried there."""
        current, secs, held = self._history.current, self.view.playhead_secs, self.held
        made = self._shown
        if made is None or made[0] is not current or made[1:3] != (secs, held):
            shown = settings_shown(current, secs, held, self._arrays)
            made = self._shown = (current, secs, held, shown)
        return made[3]

    @property
    def busy(self) -> bool:
        """Whether frames must go on although nobody touches anything."""
        return self.view.playing or self.frames.working or self._ahead.waits

    def state(self, sound: SoundState = NO_SOUND) -> TimelineState:
        timeline, secs = self._history.current.timeline, self.view.playhead_secs
        driven = driven_tracks(timeline, secs, self._arrays)
        return TimelineState(
            self.view,
            self.held,
            self.frames.runs,
            values=self._values.of(timeline, self.view.start_secs, self.view.visible_secs),
            sound=sound,
            driven=driven,
            caption=caption_at(self._history.current, secs, self._arrays) or "",
        )

    @property
    def sound_secs(self) -> float | None:
        """Which second of the sound is due now; None while nothing plays."""
        return sound_secs(self._history.current.timeline, self.view, self._clock)

    # Once a frame.

    def begin_frame(self, app: Controller, elapsed_secs: float) -> None:
        """Move the playhead on, and show its picture if it is kept."""
        self.focused, self.seen_focused = self.seen_focused, False
        timeline = self._history.current.timeline
        if timeline.empty and timeline.sound is None and self.view.playing:
            self.view = replace(self.view, playing=False)
        if self.view.playhead_secs > last_secs(timeline):
            self.move(last_secs(timeline))
        if self.view.playing:
            self._clock, self.view = advanced(timeline, self.view, self._clock, elapsed_secs)
        model = self.shown.model
        if model is not None and model != self._history.current.model:
            # A track of models: the one shown is loaded, and that is no edit.
            self._history.replace_current(replace(self._history.current, model=model))
        if not timeline.empty:
            self.frames.follow(self._history.current)
            self._show_kept(app)

    def end_frame(self) -> None:
        """Remember at which time the newest edit was tried."""
        current = self._history.current
        if self.held and not (self._tries and self._tries[-1][0] is current):
            self._tries.append((current, self.view.playhead_secs, self.held))

    # What happens.

    def edited(self, before: Settings, after: Settings) -> Settings:
        """Return what an edit of the settings on screen becomes in the history.

        What moves gets a key at the playhead (Auto key), or is held until the playhead moves.
        """
        if after.timeline is not before.timeline and after.timeline != before.timeline:
            self.held = frozenset(
                path
                for path in self.held
                if after.timeline.track(path) == before.timeline.track(path)
            )
            return after
        changed = differing(before, after)
        if not changed:
            return after
        self.pause()
        if not self.view.auto_key or after.animation.running:
            self.held |= changed
            return after
        self.held -= changed
        secs = self.view.playhead_secs
        driven = driven_tracks(after.timeline, secs, self._arrays)
        added = {each.path: each.value for each in driven if each.how == "add"}
        for path in sorted(changed):
            if is_led(after.timeline, path):
                self.held |= {path}  # its keys lie at other times than the playhead
            else:
                after = key_here(after, path, secs, added.get(path, 0.0))
        return after

    def set_view(self, view: TimelineView) -> None:
        """Take what the panel changed of the view."""
        if view.playing and not self.view.playing:
            self.held = frozenset()
            self._clock, view = started(self._history.current.timeline, view)
        elif view.playhead_secs != self.view.playhead_secs:
            self.held = frozenset()
            self._clock = Clock(view.playhead_secs)
        self.view = view

    def move(self, secs: float) -> None:
        self.set_view(replace(self.view, playhead_secs=secs))

    def pause(self) -> None:
        self.view = replace(self.view, playing=False)

    def went(self) -> None:
        """Undo or redo came to other settings: what was tried there is shown again, at its time."""
        self.held = frozenset()
        for settings, secs, held in self._tries:
            if settings is self._history.current:
                self.view = replace(self.view, playhead_secs=secs, playing=False)
                self.held = held

    def opened(self) -> None:
        """A session was opened: show it as it was saved, at the frame that looks like that."""
        settings = self._history.current
        kept = self.view
        self.view = TimelineView(
            snap=kept.snap, stretch=kept.stretch, sound_on=kept.sound_on, look=kept.look
        )
        self.held = frozenset()
        if settings.timeline.empty:
            return
        wanted = request_from(settings)
        for frame in range(min(last_frame(settings.timeline) + 1, _SEARCHED_FRAMES)):
            secs = frame / settings.timeline.fps
            if request_from(settings_at(settings, secs, self._arrays)) == wanted:
                self.view = replace(self.view, playhead_secs=secs)
                return
        self.held = differing(settings_at(settings, 0.0, self._arrays), settings)

    # Pictures.

    def ahead(self, request: RenderRequest, *, free: bool) -> RenderRequest | None:
        """Return a later frame that the worker may make, since the picture on screen is exact.

        Args:
            free: whether the worker has nothing else to do, and the panel is seen.
        """
        return self._ahead.next(request, self._history.current.timeline, self.view, free=free)

    def at_work(self) -> None:
        """Note that the picture on screen is not exact: nothing is made ahead."""
        self._ahead.waits = False

    def take(self, result: RenderResult, request: RenderRequest | None) -> bool:
        """Keep a picture; returns whether it is for later and not to be shown now."""
        if not self._history.current.timeline.empty:
            self.frames.keep(result)
        return self._ahead.made(result, request)

    def _show_kept(self, app: Controller) -> None:
        request = app.request
        if request is None or app.current:
            return
        result = self.frames.get(request)
        if result is not None:
            app.result, app.preview = result, None
            app.pictures.show(result)
            app.worker.forget()


def settings_shown(settings: Settings, secs: float, held: Set[str], arrays: ArrayStore) -> Settings:
    """Return settings at a time, except for the properties of `held`, which stay as they are."""
    timeline = settings.timeline
    if timeline.empty:
        return settings
    if not held:
        return settings_at(settings, secs, arrays)
    tracks = tuple(track for track in timeline.tracks if track.path not in held)
    moving = replace(settings, timeline=replace(timeline, tracks=tracks))
    return replace(settings_at(moving, secs, arrays), timeline=timeline)


def differing(before: Settings, after: Settings) -> frozenset[str]:
    """Return the paths of the tracks whose property is another in `after`."""
    paths: set[str] = set()
    for track in after.timeline.tracks:
        known = property_of(track.path)
        if known is None or not track.enabled or not track.keys:
            continue
        if known.read(before) != known.read(after):
            paths.add(track.path)
    return frozenset(paths)
