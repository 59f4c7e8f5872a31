"""A training's snapshots as keys of the timeline, and any other model as one: read in a thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import export_actions as e
from explorer.app.file_tasks import FileTasks
from explorer.app.training import runs_folder
from explorer.errors import UserError
from explorer.export_state import LapseRun, LapseState
from explorer.model_files import ModelFiles
from explorer.slices import ModelRef
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
        self._tasks.run(lambda: read_models(self._files, paths, told, stop), filled, failed)

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


def snapshots_of(run: Path) -> list[Path]:
    """List a run's snapshots, oldest first. Raises UserError where there are fewer than two."""
    found = [path for _, path in runs.list_snapshots(run)]
    if len(found) < 2:
        count = "1 snapshot" if found else "no snapshots"
        raise UserError(f"{run.name} has {count}, and a time-lapse needs two or more")
    return found


def every_nth(paths: Sequence[Path], every: int) -> list[Path]:
    """Return every n-th, the last one among them."""
    return list(paths)[::-1][:: max(every, 1)][::-1]


def read_models(
    files: ModelFiles,
    paths: Sequence[Path],
    told: Callable[[float], None],
    stop: threading.Event,
) -> tuple[ModelRef, ...] | None:
    """Return what the files hold; None if `stop` was set. Raises OSError.

    Args:
        told: called with how much is read, 0 to 1.
    """
    total = max(sum(os.path.getsize(path) for path in paths), 1)
    before, models = 0, []
    for path in paths:
        for done, _ in files.hash_steps(str(path)):
            if stop.is_set():
                return None
            told(min((before + done) / total, 1.0))
        before += os.path.getsize(path)
        models.append(files.ref(str(path)))
    return tuple(models)
