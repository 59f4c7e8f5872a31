"""Training as the window sees it: the runs there are, the one prepared, the one explored."""

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
from explorer.app.training_compare import Comparison
from explorer.app.training_follow import Follower
from explorer.app.training_new import Preparation
from explorer.app.training_reader import Reading, RunsReader, Wanted
from explorer.training_actions import (
    AskRun,
    ChooseData,
    ChooseSnapshot,
    ContinueRun,
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
from train.start import change_run

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
        self._select_when_there = ""
        self._follower = Follower()
        self.comparison = Comparison(self._tasks, self._follower)

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
        explored = self._follower.run
        if shown or explored:
            self._reader.want(Wanted(folder, self._shown.selected, explored, shown))
        else:
            self._reader.want(Wanted(folder))
        if shown:
            self._ask_for_sheet(app)
        self._follower.step(app)
        self.comparison.step(app)

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
            snapshot=shown.snapshot,
            exploring=self._follower.run,
            explored=self._follower.snapshots,
            explored_kimg=self._follower.kimg,
            compared=self.comparison.state(app),
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
        if self.comparison.do(action):
            return
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
            case ContinueRun(path, kimg, queue):
                self._continue(app, Path(path), kimg, queue=queue)
            case ChooseSnapshot(snapshot):
                self._set(snapshot=snapshot)
                if self._follower.run == self._shown.selected:
                    self._follower.explore(self._follower.run, snapshot)
            case ExploreRun(path, snapshot):
                if path == self._shown.selected:
                    self._set(snapshot=snapshot)
                self._follower.explore(path, snapshot)
            case FineTune(path, snapshot):
                self._fine_tune(app, path, snapshot)
            case _:
                if isinstance(action, ChooseData):
                    self._set(page="new")
                self._new.do(app, action, runs_folder(app.preferences))

    # Runs.

    def _set(self, **changes: Any) -> None:
        self._shown = replace(self._shown, **changes)

    def _take(self, reading: Reading, folder: str) -> None:
        self._follower.take(reading)
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
            chosen = self._follower.chosen if path == self._follower.run else ""
            self._set(selected=path, detail=None, sheet_at=None, snapshot=chosen)

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
        if request == "delete" and self._follower.run == path:
            self._follower.explore("")

    def _continue(self, app: Controller, run: Path, kimg: float, *, queue: bool) -> None:
        def work() -> None:
            config = runs.read_config(run)
            if config is None or config.kimg != kimg:
                change_run(run, {"kimg": kimg})
            if queue:
                launcher.queue(run)
                launcher.start_next(run.parent)
            else:
                launcher.start(run)

        self._tasks.run(work, lambda _: self._reader.look_now(), app.say_error)

    def _fine_tune(self, app: Controller, path: str, chosen: str) -> None:
        run = Path(path)

        def work() -> tuple[Path | None, str, Any]:
            config = runs.read_config(run)
            dataset = config.data if config is not None else ""
            facts = data.facts_of(Path(dataset)) if dataset and Path(dataset).exists() else None
            snapshot = Path(chosen) if chosen else runs.newest_snapshot(run)
            return snapshot, config.config if config is not None else "", facts

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
