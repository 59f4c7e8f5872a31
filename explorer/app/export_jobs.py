"""How far videos are: their folders, read in a thread, and a notice when one has ended."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.app.file_tasks import FileTasks
from explorer.export_state import ExportRow
from explorer.video.launcher import JobRow, jobs
from explorer.video.status import ACTIVE

if TYPE_CHECKING:
    from explorer.app.controller import Controller

_LOOK_SECS = 0.7
_LISTED = 50


class JobWatch:
    """Owner of the list; looks while somebody does, or while a video is under way."""

    def __init__(self, tasks: FileTasks) -> None:
        self.rows: tuple[ExportRow, ...] = ()
        self._tasks = tasks
        self._looked = 0.0
        self._looking = False
        self._states: dict[str, str] | None = None  # None = never looked

    def begin_frame(self, app: Controller, shown: bool) -> None:
        """Look again, if it is time to."""
        wanted = shown or self._states is None or any(row.active for row in self.rows)
        if wanted and not self._looking and time.monotonic() - self._looked >= _LOOK_SECS:
            self.look(app)

    def look(self, app: Controller) -> None:
        """Look now."""
        self._looking, self._looked = True, time.monotonic()

        def failed(error: Exception) -> None:
            self._looking = False
            app.notices.log(f"WARNING: videos: {error}")

        self._tasks.run(jobs, lambda found: self._take(app, found), failed)

    def started(self, app: Controller, folder: Path) -> None:
        """Remember a job of this window's, however soon it ends."""
        self._states = {**(self._states or {}), str(folder): "queued"}
        self.look(app)

    def _take(self, app: Controller, found: tuple[JobRow, ...]) -> None:
        self._looking = False
        before, rows = self._states, tuple(map(_row, found))
        self._states = {row.folder: row.state for row in rows}
        self.rows = rows[:_LISTED]
        for row in rows:
            if before is not None and before.get(row.folder) in (*ACTIVE, "queued"):
                _say_end(app, row)


def _say_end(app: Controller, row: ExportRow) -> None:
    if row.state == "finished":
        frames = "1 frame" if row.total == 1 else f"{row.total:,} frames"
        app.notices.say(f"Exported {row.name}, {frames}", "good", reveal=row.output)
    elif row.state in ("failed", "crashed"):
        app.notices.say(f"{row.name} was not exported. {row.reason}", "bad")


def _row(row: JobRow) -> ExportRow:
    status = row.status
    return ExportRow(
        folder=str(row.folder),
        output=str(row.output),
        name=row.output.name,
        state=status.state,
        reason=status.reason,
        done=status.done,
        total=status.total,
        progress=status.progress,
        eta_secs=status.eta_secs,
    )
