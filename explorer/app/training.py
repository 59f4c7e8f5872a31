"""Training as the window sees it: the runs there are, the one prepared, the one followed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from imgui_bundle import imgui
from numpy.typing import NDArray
from PIL import Image

from explorer.actions import Action, OpenPath, SetPreferences
from explorer.app import training_data as data
from explorer.app.file_tasks import FileTasks
from explorer.app.training_new import Preparation
from explorer.app.training_reader import Reading, RunsReader, Wanted
from explorer.training_actions import (
    AskRun,
    ChooseData,
    CopyText,
    EditNewRun,
    ExploreRun,
    FineTune,
    RunRequest,
    SelectRun,
    SetRunsFolder,
    ShowSheet,
    ShowTrainingPage,
    TrainingAction,
)
from explorer.training_state import DataFacts, NewRun, TrainingState
from explorer.userdirs import data_dir
from explorer.view_state import Preferences
from train import control, launcher, runs
from train.data.sources import video
from train.layout import SNAPSHOTS

if TYPE_CHECKING:
    from explorer.app.controller import Controller

PANEL = "Training"
PICTURES = (".zip", ".tar", ".gz", ".tgz", *video.SUFFIXES)  # that hold many
SHEET_PX = 2048  # larger sheets are made smaller before they are shown


def runs_folder(preferences: Preferences) -> Path:
    """Return where runs are made and looked for."""
    return Path(preferences.runs_folder) if preferences.runs_folder else data_dir() / "runs"


class Training:
    """Owns what the training panel shows; for the window's thread.

    Args:
        wake: called from threads when there is something new to see.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._tasks = FileTasks(wake)
        self._reader = RunsReader(wake)
        self._new = Preparation(wake, self._tasks, self._started)
        self._shown = self._new.shown  # but for what `_new` says about the new run
        self._sheet_asked = self._reading_sheet = ""
        self._newest: tuple[int, str] | None = None
        self._followed = ""  # the snapshot that was asked for last
        self._select_when_there = ""

    # What the controller calls.

    def begin_frame(self, app: Controller) -> None:
        """Take in what threads have read and done; follow the run that is explored."""
        self._tasks.poll()
        self._new.poll()
        folder = str(runs_folder(app.preferences))
        reading = self._reader.poll()
        if reading is not None:
            self._take(reading, folder)
        shown = PANEL in app.drawn_panels
        state = self._shown
        if shown or state.exploring:
            self._reader.want(Wanted(folder, state.selected, state.exploring, shown))
        else:
            self._reader.want(Wanted(folder))
        if shown:
            self._ask_for_sheet(app)
        self._follow(app)

    def state(self, app: Controller) -> TrainingState:
        """Return what the panel shows in this frame."""
        shown, sheet = self._shown, app.pictures.sheets().get(self._sheet_asked)
        return replace(
            self._new.state(app),
            page=shown.page,
            folder=str(runs_folder(app.preferences)),
            known=shown.known,
            runs=shown.runs,
            selected=shown.selected,
            detail=shown.detail,
            sheet=(sheet.texture, sheet.width, sheet.height) if sheet is not None else None,
            sheet_at=shown.sheet_at,
            exploring=shown.exploring,
            explored_kimg=shown.explored_kimg,
        )

    def close(self) -> None:
        """Stop what belongs to the window; runs go on."""
        self._new.close()
        self._reader.close()
        self._tasks.close(0.1)

    @property
    def source(self) -> str:
        return self._new.shown.draft.source

    def with_wish(self, name: str, value: str) -> EditNewRun:
        draft = self._new.shown.draft
        return EditNewRun(replace(draft, wishes=draft.wishing(name, value)))

    def do(self, app: Controller, action: TrainingAction) -> None:
        """Carry out one action."""
        match action:
            case ShowTrainingPage(page):
                self._set(page=page)
                if PANEL not in app.drawn_panels:
                    app.show_panels[PANEL] = True
            case SelectRun(path):
                self._select(path)
            case ShowSheet(index):
                self._set(sheet_at=index)
            case CopyText(text):
                imgui.set_clipboard_text(text)
                app.notices.say("Copied")
            case SetRunsFolder(path):
                app.emit(SetPreferences(replace(app.preferences, runs_folder=path)))
                self._set(known=False, runs=(), detail=None, selected="")
            case AskRun(path, request):
                self._ask_run(app, path, request)
            case ExploreRun(path):
                self._explore(path)
            case FineTune(path):
                self._fine_tune(app, path)
            case _:
                if isinstance(action, ChooseData):
                    self._set(page="new")
                self._new.do(app, action, runs_folder(app.preferences))

    # Runs.

    def _set(self, **changes: Any) -> None:
        self._shown = replace(self._shown, **changes)

    def _take(self, reading: Reading, folder: str) -> None:
        if reading.followed == self._shown.exploring:
            self._newest = reading.newest
        if not reading.shown or reading.folder != folder:
            return
        state = self._shown
        detail = reading.detail
        if detail is not None and detail.path != state.selected:
            detail = state.detail
        self._set(runs=reading.rows, known=True, detail=detail)
        paths = [row.path for row in reading.rows]
        if self._select_when_there in paths:
            self._select(self._select_when_there)
            self._select_when_there = ""
        elif state.selected not in paths:
            self._select(paths[0] if paths else "")

    def _select(self, path: str) -> None:
        if path != self._shown.selected:
            self._set(selected=path, detail=None, sheet_at=None)

    def _started(self, run: Path) -> None:
        self._select_when_there = str(run)
        self._set(page="runs")
        self._reader.look_now()

    def _ask_run(self, app: Controller, path: str, request: RunRequest) -> None:
        run = Path(path)

        def work() -> None:
            match request:
                case "start":
                    launcher.start(run)
                case "queue":
                    launcher.queue(run)
                    launcher.start_next(run.parent)
                case "unqueue":
                    launcher.unqueue(run)
                case "pause":
                    control.pause(run)
                case "resume":
                    control.resume(run)
                case "stop":
                    control.stop_after_tick(run)
                case "stop_now":
                    control.stop_now(run)
                case "delete":
                    launcher.delete(run)

        self._tasks.run(work, lambda _: self._reader.look_now(), app.say_error)
        if request == "delete" and self._shown.exploring == path:
            self._explore("")

    def _fine_tune(self, app: Controller, path: str) -> None:
        run = Path(path)

        def work() -> tuple[Path | None, str, Any]:
            config = runs.read_config(run)
            dataset = config.data if config is not None else ""
            facts = data.facts_of(Path(dataset)) if dataset and Path(dataset).exists() else None
            return runs.newest_snapshot(run), config.config if config is not None else "", facts

        def then(found: tuple[Path | None, str, DataFacts | None]) -> None:
            snapshot, preset, facts = found
            draft = NewRun(wishes=(("config", preset or "stylegan2-ada"),))
            if snapshot is not None:
                draft = replace(draft, wishes=draft.wishing("transfer", str(snapshot)))
            if facts is not None:
                draft = replace(draft, source=facts.path, dataset=facts.path)
            self._set(page="new")
            self._new.use(app, draft, facts)

        self._tasks.run(work, then, app.say_error)

    # The sample sheet.

    def _ask_for_sheet(self, app: Controller) -> None:
        """Read the sheet that is to be shown, unless it is there or asked for."""
        state = self._shown
        sheets = state.detail.sheets if state.detail is not None else ()
        if not sheets:
            return
        at = len(sheets) - 1 if state.sheet_at is None else min(state.sheet_at, len(sheets) - 1)
        path = sheets[at][1]
        if path in app.pictures.sheets():
            self._sheet_asked = path
        elif self._reading_sheet != path:
            self._reading_sheet = path

            def shown(rgba: NDArray[np.uint8]) -> None:
                app.pictures.take_sheet(path, rgba)
                self._reading_sheet = ""

            # What cannot be read stays asked for, so that it is not tried in every frame.
            self._tasks.run(lambda: read_sheet(path), shown, lambda _: None)

    # Following a run.

    def _explore(self, path: str) -> None:
        self._newest, self._followed = None, ""
        self._set(exploring=path, explored_kimg=None)

    def _follow(self, app: Controller) -> None:
        """Show the newest snapshot once it is there; stop when another model is opened."""
        run, newest = self._shown.exploring, self._newest
        if not run or newest is None or not app.models.settled or app.asking_restore:
            return
        kimg, path = newest
        model = app.history.current.model
        ours = model is not None and Path(model.path).parent == Path(run) / SNAPSHOTS
        if self._followed and not ours:
            self._explore("")
            return
        if ours and model is not None and model.path == path and self._shown.explored_kimg != kimg:
            self._set(explored_kimg=kimg)
        if path == self._followed:
            return
        if ours and app.models.ready:
            older = self._followed
            app.models.follow(path)
            recent = app.preferences.recent_models
            kept = tuple(other for other in recent if other != older)
            app.set_preferences(replace(app.preferences, recent_models=kept))
        else:
            app.models.open(path)
        self._followed = path


def dropped(app: Controller, path: str) -> Action:
    """Return what a file dropped on the window asks for: pictures where training is shown."""
    pictures = os.path.isdir(path) or Path(path).suffix.lower() in PICTURES
    return ChooseData(path) if pictures and PANEL in app.drawn_panels else OpenPath(path)


def read_sheet(path: str) -> NDArray[np.uint8]:
    """Return a sample sheet, [H, W, 4], at most SHEET_PX wide and high."""
    if os.path.getsize(path) == 0:
        raise OSError(f"{path} is empty")
    with Image.open(path) as picture:
        image = picture.convert("RGBA")
    image.thumbnail((SHEET_PX, SHEET_PX), Image.Resampling.BOX)
    return np.asarray(image)
