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

from explorer.actions import SetPreferences
from explorer.app import training_data as data
from explorer.app.file_tasks import FileTasks
from explorer.app.training_estimate import estimate
from explorer.app.training_fields import GROUPS, SPECS, check_draft, config_of
from explorer.app.training_reader import Reading, RunsReader, Wanted, train_arguments
from explorer.app.training_work import TrainingWork, said_of
from explorer.training_actions import (
    AskRun,
    CancelWork,
    ChooseData,
    CopyText,
    DoWork,
    EditNewRun,
    ExploreRun,
    FineTune,
    RunRequest,
    SelectRun,
    SetRunsFolder,
    ShowSheet,
    ShowTrainingPage,
    StartNewRun,
    TrainingAction,
)
from explorer.training_state import DataFacts, Findings, NewRun, TrainingState
from explorer.userdirs import data_dir
from explorer.view_state import Preferences
from train import control, launcher, runs
from train.config import DataShape
from train.data.demo import DEMOS
from train.layout import SNAPSHOTS
from train.start import create_run

if TYPE_CHECKING:
    from explorer.app.controller import Controller

PANEL = "Training"
SHEET_PX = 2048  # larger sheets are made smaller before they are shown
LOOKED_AT = ("source", "crop", "filter", "channels", "labels", "resolution", "max_images")


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
        self._work = TrainingWork(wake)
        self._reader = RunsReader(wake)
        self._shown = TrainingState(
            fields=SPECS,
            groups=GROUPS,
            demos=tuple((f"demo:{name}", about) for name, (_, about) in DEMOS.items()),
        )
        self._looked = data.Looked()
        self._looked_at: NewRun | None = None  # choices the findings belong to
        self._sheet_asked = ""
        self._previews = 0
        self._newest: tuple[int, str] | None = None
        self._followed = ""  # the snapshot that was asked for last
        self._select_when_there = ""
        self._check()

    # What the controller calls.

    def begin_frame(self, app: Controller) -> None:
        """Take in what threads have read and done; follow the run that is explored."""
        self._tasks.poll()
        self._work.poll()
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
        textures = app.pictures.sheets()
        sheet = textures.get(self._sheet_asked)
        found = [textures.get(f"preview {index}") for index in range(self._previews)]
        return replace(
            self._shown,
            folder=str(runs_folder(app.preferences)),
            sheet=(sheet.texture, sheet.width, sheet.height) if sheet is not None else None,
            previews=tuple((v.texture, v.width, v.height) for v in found if v is not None),
            work=self._work.current,
        )

    def close(self) -> None:
        """Stop what belongs to the window; runs go on."""
        self._work.cancel()
        self._reader.close()
        self._tasks.close(0.1)

    @property
    def source(self) -> str:
        return self._shown.draft.source

    def with_wish(self, name: str, value: str) -> EditNewRun:
        draft = self._shown.draft
        return EditNewRun(replace(draft, wishes=draft.wishing(name, value)))

    def do(self, app: Controller, action: TrainingAction) -> None:
        """Carry out one action."""
        match action:
            case ShowTrainingPage(page):
                self._set(page=page)
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
                self._do_new(app, action)

    def _do_new(self, app: Controller, action: TrainingAction) -> None:
        match action:
            case ChooseData(source):
                self._forget_data()
                self._edit(app, replace(self._shown.draft, source=source, dataset=""))
                self._set(page="new")
                self._look(app)
            case EditNewRun(draft):
                self._edit(app, draft)
            case CancelWork():
                self._work.cancel()
            case DoWork(kind):
                if kind == "examine":
                    self._look(app)
                elif kind == "import":
                    self._import(app)
                else:
                    self._estimate()
            case StartNewRun(queue):
                self._start(app, queue)

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
            self._forget_data()
            if snapshot is not None:
                draft = replace(draft, wishes=draft.wishing("transfer", str(snapshot)))
            if facts is not None:
                draft = replace(draft, source=facts.path, dataset=facts.path)
                self._set(facts=facts)
            self._set(page="new")
            self._edit(app, draft)

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

    _reading_sheet = ""

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

    # The new run.

    def _edit(self, app: Controller, draft: NewRun) -> None:
        before = self._shown.draft
        if draft == before:
            return
        if any(getattr(draft, name) != getattr(before, name) for name in LOOKED_AT):
            draft = replace(draft, dataset="" if draft.dataset == before.dataset else draft.dataset)
        if draft.wishes != before.wishes or draft.dataset != before.dataset:
            self._set(estimate=())
        if not draft.dataset:
            self._set(facts=None)
        self._set(draft=draft, said="")
        self._check()
        self._show_previews(app)

    def _check(self) -> None:
        """Find out what the new run comes to and what keeps it from starting."""
        state = self._shown
        resolution = state.findings.resolution if state.findings is not None else 256
        shape = shape_of(state.facts) or DataShape(state.draft.resolution or resolution, count=1000)
        resolved, problem = check_draft(state.draft, shape)
        if not problem and state.facts is None:
            problem = "Import the pictures first" if state.draft.source else "Choose pictures first"
        self._set(resolved=resolved, problem=problem)

    def _forget_data(self) -> None:
        self._looked, self._looked_at, self._previews = data.Looked(), None, 0
        self._set(findings=None, facts=None, estimate=(), said="")

    def _failed(self, error: Exception) -> None:
        self._set(said=said_of(error))

    def _look(self, app: Controller) -> None:
        draft = self._shown.draft
        self._set(said="")

        def then(looked: data.Looked) -> None:
            self._looked, self._looked_at = looked, draft
            self._set(findings=looked.findings, facts=looked.facts)
            if looked.facts is not None:
                self._set(draft=replace(self._shown.draft, dataset=looked.facts.path))
            self._check()
            self._show_previews(app)

        text = "Looking at pictures"
        self._work.start("examine", text, lambda t: data.look(draft, t), then, self._failed)

    def _show_previews(self, app: Controller) -> None:
        looked, draft = self._looked, self._shown.draft
        findings: Findings | None = looked.findings
        if findings is None or not looked.samples:
            return
        resolution = draft.resolution or findings.suggested

        def then(found: list[NDArray[np.uint8]]) -> None:
            if draft == self._shown.draft:
                self._previews = len(found)
                for index, rgba in enumerate(found):
                    app.pictures.take_sheet(f"preview {index}", rgba)

        self._tasks.run(
            lambda: data.previews(looked.samples, draft, resolution, looked.channels),
            then,
            self._failed,
        )

    def _import(self, app: Controller) -> None:
        draft = self._shown.draft
        self._set(said="")

        def then(facts: DataFacts) -> None:
            self._set(facts=facts, draft=replace(self._shown.draft, dataset=facts.path))
            self._check()
            name = Path(facts.path).name
            app.notices.say(f"Imported {facts.count:,} pictures as {name}", "good",
                            reveal=facts.path)  # fmt: skip

        folder = data_dir() / "datasets"
        text = "Importing pictures"
        self._work.start("import", text, lambda t: data.write(draft, folder, t), then, self._failed)

    def _estimate(self) -> None:
        draft = self._shown.draft
        wishes = {**dict(draft.wishes), "data": draft.dataset}
        arguments = train_arguments(wishes)
        self._set(said="", estimate=())
        self._work.start(
            "estimate",
            "Measuring the speed",
            lambda ticket: estimate(arguments, ticket),
            lambda sentences: self._set(estimate=sentences),
            self._failed,
        )

    def _start(self, app: Controller, queue: bool) -> None:
        state = self._shown
        facts, shape = state.facts, shape_of(state.facts)
        if facts is None or shape is None or state.problem:
            return
        config = config_of(state.draft)
        folder = runs_folder(app.preferences)

        def work(_: object) -> Path:
            run = create_run(folder, config, shape, Path(facts.path).stem, {})
            if queue:
                launcher.queue(run)
                launcher.start_next(folder)
            else:
                launcher.start(run)
            return run

        def then(run: Path) -> None:
            self._select_when_there = str(run)
            self._set(page="runs")
            self._reader.look_now()

        self._work.start("start", "Starting", work, then, self._failed)


def shape_of(facts: DataFacts | None) -> DataShape | None:
    """Return what a configuration has to know about a data set."""
    if facts is None:
        return None
    return DataShape(facts.resolution, facts.channels, facts.c_dim, facts.count)


def read_sheet(path: str) -> NDArray[np.uint8]:
    """Return a sample sheet, [H, W, 4], at most SHEET_PX wide and high."""
    if os.path.getsize(path) == 0:
        raise OSError(f"{path} is empty")
    with Image.open(path) as picture:
        image = picture.convert("RGBA")
    image.thumbnail((SHEET_PX, SHEET_PX), Image.Resampling.BOX)
    return np.asarray(image)
