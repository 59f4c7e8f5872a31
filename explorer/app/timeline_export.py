"""Videos of the timeline: chosen and asked for here, made by processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import export_actions as e
from explorer.actions import DialogKind
from explorer.app.export_jobs import JobWatch
from explorer.app.export_options import default_name
from explorer.app.export_plan import Asked, Planner, places_of
from explorer.app.file_tasks import FileTasks
from explorer.app.reveal import open_file
from explorer.app.time_lapse import TimeLapse
from explorer.arrays import ArrayStore
from explorer.export_state import ExportChoice, ExportState
from explorer.session import session_to_json
from explorer.session_files import read_session_file
from explorer.userdirs import pictures_dir
from explorer.video import launcher
from explorer.video.outputs import free_name, suffix_of
from explorer.video.plan import VideoJob
from explorer.view_state import CanvasView, Preferences

if TYPE_CHECKING:
    from explorer.app.controller import Controller

_DIALOGS: dict[str, DialogKind] = {
    "mp4": "video_mp4",
    "webm": "video_webm",
    "gif": "video_gif",
    "png": "video_png",
}


class TimelineExports:
    """Owns what is chosen, and starts and stops videos; for the window's thread.

    Args:
        wake: called from the thread when there is something new to see.
    """

    def __init__(self, wake: Callable[[], None], choice: ExportChoice) -> None:
        self._tasks = FileTasks(wake)
        self._watch = JobWatch(self._tasks)
        self._planner = Planner(self._tasks)
        self.lapse = TimeLapse(wake)
        self._choice = choice

    # What the controller calls.

    def begin_frame(self, app: Controller) -> None:
        """Take in what threads have done, look at videos, and plan what is chosen."""
        self._tasks.poll()
        self.lapse.poll()
        shown = app.windows.export
        self._watch.begin_frame(app, shown)
        if shown:
            self._planner.begin_frame(app, self._choice)

    def state(self, app: Controller) -> ExportState:
        plan = self._planner.plan(app, self._choice)
        return ExportState(self._choice, plan, self._watch.rows, self.lapse.state)

    def do(self, app: Controller, action: e.ExportAction) -> None:
        """Carry out what a panel asks for. Raises UserError or OSError with a sentence."""
        match action:
            case e.ChooseExport(choice):
                self._choice = choice
                app.set_preferences(replace(app.preferences, export=choice.lasting))
            case e.ExportVideo(""):
                self._ask(app)
            case e.ExportVideo(path):
                self._start(app, Path(path))
            case e.StopExport(folder):
                self._change(app, lambda: launcher.request_stop(Path(folder)))
            case e.ResumeExport(folder):
                self._change(app, lambda: launcher.resume(Path(folder)))
            case e.RemoveExport(folder):
                self._change(app, lambda: launcher.delete(Path(folder)))
            case e.OpenOutput(path):
                if not open_file(path):
                    app.notices.say(f"There is no program here to open {Path(path).name}")
            case _:
                self.lapse.do(app, action)

    def answered(self, app: Controller, kind: DialogKind, path: str) -> e.ExportAction:
        """Return the action for what a file dialog asked for."""
        choice = self._choice
        match kind:
            case "video_sound":
                return e.ChooseExport(replace(choice, sound=path, silent=False))
            case "grid_model":
                models = tuple(dict.fromkeys((*choice.models, path)))
                return e.ChooseExport(replace(choice, cells="models", models=models))
            case "video_sessions":
                sessions = tuple(dict.fromkeys((*choice.sessions, path)))
                self._choice = replace(choice, sessions=sessions)  # several come in one frame
                return e.ChooseExport(self._choice)
            case "lapse_folder":
                return e.ListRuns(path)
            case "key_model":
                return e.KeyModel(path)
        return e.ExportVideo(path)

    def close(self, timeout_secs: float) -> None:
        self.lapse.cancel()
        self._tasks.close(timeout_secs)

    # Starting.

    def _ask(self, app: Controller) -> None:
        if self._choice.sessions:
            app.dialogs.ask(
                "video_folder", video_folder(app.preferences), "",
                lambda path: app.emit(e.ExportVideo(path)),
            )  # fmt: skip
            return
        folder = video_folder(app.preferences)
        stem = default_name(app.history.current, app.sessions.name)
        name = free_name(Path(folder), stem, suffix_of(self._choice.kind))
        kind = _DIALOGS[self._choice.kind]
        Path(folder).mkdir(parents=True, exist_ok=True)
        app.dialogs.ask(kind, folder, name, lambda path: app.emit(e.ExportVideo(path)))

    def _start(self, app: Controller, path: Path) -> None:
        sessions = self._choice.sessions
        folder = path if sessions else path.parent
        app.set_preferences(replace(app.preferences, export_folder=str(folder)))
        if sessions:
            self._start_sessions(app, path)
            return
        asked = Asked(app.settings, self._choice, app.timeline.view.range_secs)
        text = app.sessions.text(app.settings, app.view)
        places, sounds = places_of(app.preferences), app.sound_places()

        def work() -> list[Path]:
            job = VideoJob(text, str(path), self._planner.options(asked), (*places, *sounds))
            return [launcher.start_job(job)]

        self._run(app, work, path.name)

    def _start_sessions(self, app: Controller, folder: Path) -> None:
        """Queue a video of each session; all are read and checked before the first begins."""
        choice, preferences, sounds = self._choice, app.preferences, app.sound_places()
        self._choice = replace(choice, sessions=())

        def work() -> list[Path]:
            made: list[VideoJob] = []
            taken: list[Path] = []
            for path in choice.sessions:
                arrays = ArrayStore()
                session = read_session_file(path, arrays)
                asked = Asked(session.settings, choice, None)
                name = free_name(folder, Path(path).stem, suffix_of(choice.kind), taken)
                taken.append(folder / name)
                text = session_to_json(
                    session.settings, CanvasView(), arrays, keep_paths=True,
                    recorded=session.recorded,
                )  # fmt: skip
                places = (*places_of(preferences, str(Path(path).parent)), *sounds)
                made.append(
                    VideoJob(text, str(folder / name), self._planner.options(asked), places)
                )
            return [launcher.start_job(job) for job in launcher.checked(made)]

        self._run(app, work, f"{len(choice.sessions)} sessions")

    def _run(self, app: Controller, work: Callable[[], list[Path]], what: str) -> None:
        def started(folders: list[Path]) -> None:
            for folder in folders:
                self._watch.started(app, folder)
            app.notices.say(f"Exporting {what} in the background")

        self._tasks.run(work, started, app.say_error)

    def _change(self, app: Controller, work: Callable[[], Any]) -> None:
        self._tasks.run(work, lambda _: self._watch.look(app), app.say_error)


def video_folder(preferences: Preferences) -> str:
    """Return where videos go unless another folder is chosen."""
    chosen = preferences.export_folder or preferences.capture_folder
    return chosen if chosen and Path(chosen).is_dir() else str(pictures_dir())
