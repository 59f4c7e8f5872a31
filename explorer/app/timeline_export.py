"""Videos of the timeline: asked for here, made by processes of their own (explorer.video)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import actions as a
from explorer.timeline_state import ExportChoice, ExportRow
from explorer.video.launcher import JobRow, jobs, request_stop, resume, start_job
from explorer.video.plan import VideoJob, VideoOptions

if TYPE_CHECKING:
    from explorer.app.controller import Controller

_LOOK_SECS = 0.7
_DIALOGS: dict[str, a.DialogKind] = {
    "mp4": "video_mp4",
    "webm": "video_webm",
    "gif": "video_gif",
    "png": "video_png",
}
Asked = a.ExportVideo | a.ListExports | a.StopExport | a.ResumeExport


class TimelineExports:
    """Starts and stops videos, and knows how far they are; folders are read in a thread."""

    def __init__(self) -> None:
        self.rows: tuple[ExportRow, ...] = ()
        self._looked = 0.0
        self._choice = ExportChoice()

    def do(self, app: Controller, action: Asked) -> None:
        """Carry out what the panel asks for. Raises UserError or OSError with a sentence."""
        match action:
            case a.ExportVideo(choice, ""):
                self._ask(app, choice)
            case a.ExportVideo(choice, path):
                self._start(app, choice, path)
            case a.ListExports():
                self._look(app)
            case a.StopExport(folder):
                request_stop(Path(folder))
            case a.ResumeExport(folder):
                app.files.run(lambda: resume(Path(folder)), lambda _: None, app.say_error)

    def answered(self, path: str) -> a.ExportVideo:
        """Return the action for the file that the dialog asked for."""
        return a.ExportVideo(self._choice, path)

    def _ask(self, app: Controller, choice: ExportChoice) -> None:
        from explorer.app.dispatch import ask

        self._choice = choice
        ask(app, _DIALOGS[choice.kind])

    def _start(self, app: Controller, choice: ExportChoice, path: str) -> None:
        options = VideoOptions(
            format=choice.kind,
            scale=float(choice.scale),
            filter="nearest" if choice.nearest else "lanczos",
            quality=choice.quality,
        )
        job = VideoJob(app.sessions.text(app.settings, app.view), path, options)
        name = Path(path).name

        def started(_: Path) -> None:
            app.notices.say(f"Exporting {name} in the background; Export shows how far it is")

        app.files.run(lambda: start_job(job), started, app.say_error)

    def _look(self, app: Controller) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_SECS:
            return
        self._looked = now

        def found(rows: tuple[JobRow, ...]) -> None:
            self.rows = tuple(_row(row) for row in rows[:8])

        app.files.run(jobs, found, lambda error: app.notices.log(f"WARNING: videos: {error}"))


def _row(row: JobRow) -> ExportRow:
    status = row.status
    return ExportRow(
        str(row.folder),
        row.output.name,
        status.state,
        status.reason,
        status.progress,
        status.eta_secs,
        status.is_active or status.state == "queued",
    )
