"""A training's snapshots as keys of the timeline, and any other model as one: read in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import export_actions as e
from explorer.app.file_tasks import FileTasks
from explorer.app.training import runs_folder
from explorer.export_state import LapseRun, LapseState
from explorer.model_files import ModelFiles
from explorer.slices import ModelRef
from explorer.snapshots import every_nth, read_models, snapshots_of
from explorer.timeline.edit import put_key, set_duration
from explorer.timeline.model import Key
from explorer.timeline.recipes import time_lapse
from train import runs

if TYPE_CHECKING:
    from explorer.app.controller import Controller

_LISTED = 200


class TimeLapse:
    """Lists runs and reads what their snapshots hold; for the window's thread.

    Args:
        wake: called from the thread when there is something new to see.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._tasks = FileTasks(wake)
        self._files = ModelFiles()  # of the thread of tasks
        self._cancelled = threading.Event()
        self.state = LapseState()

    def poll(self) -> None:
        self._tasks.poll()

    def cancel(self) -> None:
        """Stop reading; nothing comes of it."""
        self._cancelled.set()
        self.state = replace(self.state, reading=None)

    def do(self, app: Controller, action: e.ExportAction) -> None:
        """Carry out what a panel asks for."""
        match action:
            case e.ListRuns(folder):
                self._list(app, folder or self.state.folder or str(runs_folder(app.preferences)))
            case e.FillTimeLapse(run, every, secs):
                self._read(app, Path(run), every, secs)
            case e.CancelTimeLapse():
                self.cancel()
            case e.KeyModel(path):
                self._key(app, path)

    def _list(self, app: Controller, folder: str) -> None:
        self.state = LapseState(folder, filled=self.state.filled)

        def found(listed: tuple[LapseRun, ...]) -> None:
            if self.state.folder == folder:
                self.state = replace(self.state, runs=listed)

        self._tasks.run(lambda: runs_with_snapshots(Path(folder)), found, app.say_error)

    def _read(self, app: Controller, run: Path, every: int, secs: float) -> None:
        self._cancelled.set()
        stop = self._cancelled = threading.Event()
        self.state = replace(self.state, reading=0.0)

        def told(share: float) -> None:
            if not stop.is_set():
                self.state = replace(self.state, reading=share)
                self._wake()

        def filled(models: tuple[ModelRef, ...] | None) -> None:
            if models is None or stop.is_set():
                return
            self.state = replace(self.state, reading=None, filled=self.state.filled + 1)
            settings = app.settings
            settings = replace(settings, timeline=set_duration(settings.timeline, secs))
            app.apply(time_lapse(settings, models), "Training time-lapse")
            view = replace(app.timeline.view, playhead_secs=0.0, selected=(), range_secs=None)
            app.timeline.set_view(replace(view, start_secs=0.0, visible_secs=0.0))

        def failed(error: Exception) -> None:
            self.state = replace(self.state, reading=None)
            app.say_error(error)

        paths = every_nth(snapshots_of(run), every)
        self._tasks.run(lambda: read_models(self._files, paths, told, stop.is_set), filled, failed)

    def _key(self, app: Controller, path: str) -> None:
        secs = app.timeline.view.playhead_secs

        def found(model: ModelRef) -> None:
            settings = app.settings
            timeline = settings.timeline
            known = (*timeline.models, *((settings.model,) if settings.model else ()))
            named = {each.sha256: each for each in (*known, model)}
            timeline = replace(timeline, models=tuple(named.values()))
            key = Key(secs, text=model.sha256, interpolation="hold")
            timeline = put_key(timeline, "model", key)
            app.apply(replace(settings, timeline=timeline), f"Key of {model.name}")

        self._tasks.run(lambda: self._files.ref(path), found, app.say_error)


def runs_with_snapshots(folder: Path) -> tuple[LapseRun, ...]:
    """List a folder's runs that have two snapshots or more, newest first."""
    found: list[LapseRun] = []
    for run in runs.list_runs(folder)[:_LISTED]:
        snapshots = runs.list_snapshots(run)
        if len(snapshots) > 1:
            found.append(LapseRun(str(run), run.name, len(snapshots), snapshots[-1][0]))
    return tuple(found)
