"""Sounds of the timeline: files are read in a thread, and heard while the timeline plays."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.app.file_tasks import FileTasks
from explorer.sound.files import find_sound, read_sound
from explorer.sound.player import NEEDS_LIBRARY, Player, PlayingError
from explorer.timeline.edit import set_sound
from explorer.timeline.model import Sound
from explorer.timeline_state import SoundState

if TYPE_CHECKING:
    from explorer.app.controller import Controller

PANEL = "Timeline"


class SoundDesk:
    """Owner of the file being read and of what is heard."""

    def __init__(self, wake: Callable[[], None], player: Player | None = None) -> None:
        self._tasks = FileTasks(wake)
        self._player = player or Player()
        self._can_play = player is not None or importlib.util.find_spec("sounddevice") is not None
        self._reading = ""
        self._played: Sound | None = None  # what the player has, or will have when it is decoded
        self._decoded = False
        self._plays = False
        self._problem = "" if self._can_play else NEEDS_LIBRARY

    def open(self, app: Controller, path: str) -> None:
        """Analyse a file; the timeline gets it in one edit once that is done."""
        self._reading = path
        app.show_panels[PANEL] = True

        def read(made: tuple[Sound, str]) -> None:
            if self._reading == path:  # else another one was opened meanwhile
                self._reading = ""
                self._take(app, *made)

        def failed(error: Exception) -> None:
            if self._reading == path:
                self._reading = ""
            app.say_error(error)

        self._tasks.run(lambda: read_sound(path, app.arrays), read, failed)

    def state(self, app: Controller) -> SoundState:
        sound = app.history.current.timeline.sound
        curves = None if sound is None else app.arrays.get(sound.curves)
        return SoundState(curves, Path(self._reading).name, self._problem)

    def begin_frame(self, app: Controller) -> None:
        """Take what was read, and let what is heard follow the playhead."""
        self._tasks.poll()
        secs = app.timeline.sound_secs if app.timeline.view.sound_on else None
        if secs is not None and not self._plays and self._can_play:
            self._problem = ""  # playing once more tries once more
        self._plays = secs is not None
        if self._can_play:
            self._hear(app, secs)
        if self._plays and self._problem:
            app.notices.say_once(self._problem, self._problem, "warning")

    def _hear(self, app: Controller, secs: float | None) -> None:
        sound = app.history.current.timeline.sound
        if sound is None and self._decoded:  # it may be large
            self._player.load(np.zeros((0, 2), np.int16))
            self._played, self._decoded = None, False
        if secs is None or sound is None:
            self._player.follow(None)
            return
        if self._problem:
            return
        try:
            if self._played is None or self._played.sha256 != sound.sha256:
                self._played = None
                rate = self._player.open()
                self._played, self._decoded = sound, False
                self._decode(app, sound, rate)
            if self._decoded:
                self._player.follow(secs)
        except PlayingError as error:
            self._problem = str(error)

    def close(self) -> None:
        self._player.close()
        self._tasks.close(0.0)

    def _take(self, app: Controller, sound: Sound, note: str) -> None:
        settings = app.settings
        before = settings.timeline
        timeline = set_sound(before, sound)
        app.apply(replace(settings, timeline=timeline), f"Sound {sound.name}")
        app.notices.say(f"{_opened(sound, timeline.duration_secs)}{note and '. '}{note}", "good")

    def _decode(self, app: Controller, sound: Sound, rate: int) -> None:
        from explorer.sound.decode import decode_stereo

        places = app.sound_places()

        def work() -> NDArray[np.int16]:
            path = find_sound(sound, places)
            if path is None:
                raise PlayingError(missing(sound))
            return decode_stereo(path, rate)

        def done(samples: NDArray[np.int16]) -> None:
            if self._played is sound:
                self._player.load(samples)
                self._decoded = True

        def failed(error: Exception) -> None:
            if self._played is sound:
                self._played, self._problem = None, str(error)

        self._tasks.run(work, done, failed)


def missing(sound: Sound) -> str:
    """Say that the file of a sound is not where it was."""
    where = sound.path or sound.name
    return f"The sound file {where} was moved or changed; open it again to hear it"


def _opened(sound: Sound, duration_secs: float) -> str:
    if abs(sound.duration_secs - duration_secs) < 0.01:
        return f"{sound.name}: the timeline is as long as the sound, {duration_secs:.1f} s"
    return (
        f"{sound.name} is {sound.duration_secs:.1f} s long, the timeline {duration_secs:.1f} s; "
        "its menu makes them equal"
    )
