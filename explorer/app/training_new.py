"""The run that is prepared: its data, its configuration, how fast it would be, its start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from explorer.app import training_data as data
from explorer.app.file_tasks import FileTasks
from explorer.app.training_fields import GROUPS, SPECS, check_draft
from explorer.app.training_process import estimate, start_run
from explorer.app.training_reader import train_arguments
from explorer.app.training_work import TrainingWork, said_of
from explorer.training_actions import (
    CancelWork,
    ChooseData,
    DoWork,
    EditNewRun,
    StartNewRun,
    TrainingAction,
)
from explorer.training_state import DataFacts, NewRun, TrainingState
from explorer.userdirs import data_dir
from train.config import DataShape
from train.data.demo import DEMOS

if TYPE_CHECKING:
    from explorer.app.controller import Controller

LOOKED_AT = (
    *("source", "crop", "filter", "channels", "labels", "resolution", "max_images", "background"),
    *("aspect", "fps", "keep_near", "keep_copies"),
)
EXAMINED_AT = ("fps",)  # what makes other pictures of the source


class Preparation:
    """Owns the new run; for the window's thread.

    Args:
        wake:       called from threads when there is something new to see.
        tasks:      for what takes moments.
        on_started: called with the folder of a run that was started or queued.
    """

    def __init__(
        self, wake: Callable[[], None], tasks: FileTasks, on_started: Callable[[Path], None]
    ) -> None:
        self._tasks = tasks
        self._on_started = on_started
        self._work = TrainingWork(wake)
        self._looked = data.Looked()
        self._previews = 0
        self.shown = TrainingState(
            fields=SPECS,
            groups=GROUPS,
            demos=tuple((f"demo:{name}", about) for name, (_, about) in DEMOS.items()),
        )
        self._check()

    def poll(self) -> None:
        """Take in what has been done."""
        self._work.poll()

    def close(self) -> None:
        self._work.cancel()

    def state(self, app: Controller) -> TrainingState:
        """Return what the page of the new run shows."""
        textures = app.pictures.sheets()
        found = [textures.get(f"preview {index}") for index in range(self._previews)]
        previews = tuple((v.texture, v.width, v.height) for v in found if v is not None)
        return replace(self.shown, previews=previews, work=self._work.current)

    def do(self, app: Controller, action: TrainingAction, folder: Path) -> None:
        """Carry out one action.

        Args:
            folder: where runs are made.
        """
        match action:
            case ChooseData(source):
                self.use(app, replace(self.shown.draft, source=source, dataset=""), None)
                self._look(app)
            case EditNewRun(draft):
                self._edit(app, draft)
            case CancelWork():
                self._work.cancel()
            case DoWork("examine"):
                self._look(app)
            case DoWork("import"):
                self._import(app)
            case DoWork("estimate"):
                self._estimate()
            case StartNewRun(queue):
                self._start(folder, queue)

    def use(self, app: Controller, draft: NewRun, facts: DataFacts | None) -> None:
        """Prepare another run; what was found out about the last one's data is forgotten."""
        self._work.cancel()
        self._looked, self._previews = data.Looked(), 0
        self._set(findings=None, facts=facts, estimate=(), said="")
        self._edit(app, draft)
        self._check()

    def _set(self, **changes: Any) -> None:
        self.shown = replace(self.shown, **changes)

    def _edit(self, app: Controller, draft: NewRun) -> None:
        before = self.shown.draft
        if draft == before:
            return
        changed = any(getattr(draft, name) != getattr(before, name) for name in LOOKED_AT)
        if changed and draft.dataset == before.dataset:
            draft = replace(draft, dataset="")  # it was made with other choices
        if draft.wishes != before.wishes or draft.dataset != before.dataset:
            self._set(estimate=())
        if not draft.dataset:
            self._set(facts=None)
        self._set(draft=draft, said="")
        self._check()
        again = any(getattr(draft, name) != getattr(before, name) for name in EXAMINED_AT)
        if again and self.shown.findings is not None and self._work.current is None:
            self._look(app)
        elif changed:
            self._show_previews(app)

    def _check(self) -> None:
        """Find out what the new run comes to and what keeps it from starting."""
        state = self.shown
        resolution = state.findings.resolution if state.findings is not None else 256
        shape = shape_of(state.facts) or DataShape(state.draft.resolution or resolution, count=1000)
        resolved, problem = check_draft(state.draft, shape)
        if not problem and state.facts is None:
            problem = "Import the pictures first" if state.draft.source else "Choose pictures first"
        self._set(resolved=resolved, problem=problem)

    def _failed(self, error: Exception) -> None:
        self._set(said=said_of(error))

    def _look(self, app: Controller) -> None:
        draft = self.shown.draft
        self._set(said="")

        def then(looked: data.Looked) -> None:
            self._looked = looked
            self._set(findings=looked.findings, facts=looked.facts)
            if looked.facts is not None:
                self._set(draft=replace(self.shown.draft, dataset=looked.facts.path))
            self._check()
            self._show_previews(app)

        text = "Looking at pictures"
        self._work.start("examine", text, lambda t: data.look(draft, t), then, self._failed)

    def _show_previews(self, app: Controller) -> None:
        looked, draft = self._looked, self.shown.draft
        findings = looked.findings
        if findings is None or not looked.samples:
            return
        resolution = draft.resolution or findings.suggested

        def then(found: list[NDArray[Any]]) -> None:
            if looked is self._looked:
                self._previews = len(found)
                for index, rgba in enumerate(found):
                    app.pictures.take_sheet(f"preview {index}", rgba)

        self._tasks.run(
            lambda: data.previews(looked.samples, draft, resolution, looked.channels),
            then,
            self._failed,
        )

    def _import(self, app: Controller) -> None:
        draft = self.shown.draft
        self._set(said="")

        def then(facts: DataFacts) -> None:
            self._set(facts=facts, draft=replace(self.shown.draft, dataset=facts.path))
            self._check()
            name = Path(facts.path).name
            text = f"Imported {facts.count:,} pictures as {name}"
            app.notices.say(text, "good", reveal=facts.path)

        folder = data_dir() / "datasets"
        text = "Importing pictures"
        self._work.start("import", text, lambda t: data.write(draft, folder, t), then, self._failed)

    def _arguments(self) -> list[str]:
        draft = self.shown.draft
        return train_arguments({**dict(draft.wishes), "data": draft.dataset})

    def _estimate(self) -> None:
        arguments = self._arguments()
        self._set(said="", estimate=())

        def then(sentences: tuple[str, ...]) -> None:
            self._set(estimate=sentences)

        text = "Measuring the speed"
        self._work.start("estimate", text, lambda t: estimate(arguments, t), then, self._failed)

    def _start(self, folder: Path, queue: bool) -> None:
        if self.shown.facts is None or self.shown.problem:
            return
        arguments = self._arguments()
        self._set(said="")
        self._work.start(
            "start",
            "Checking and starting",
            lambda ticket: start_run(arguments, folder, ticket, queue=queue),
            self._on_started,
            self._failed,
        )


def shape_of(facts: DataFacts | None) -> DataShape | None:
    """Return what a configuration has to know about a data set."""
    if facts is None:
        return None
    return DataShape(facts.resolution, facts.channels, facts.c_dim, facts.count)
