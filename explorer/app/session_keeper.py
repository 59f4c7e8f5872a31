"""The session between starts: saved after changes, restored, and asked about after a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.app.file_tasks import FileTasks
from explorer.arrays import ArrayStore
from explorer.session import Session, SessionError, session_from_json, session_to_json
from explorer.settings import Settings
from explorer.userdirs import data_dir
from explorer.view_state import CanvasView
from networks.atomic import write_atomic

AUTOSAVE_SECS = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    settings: Settings
    view: CanvasView


class SessionKeeper:
    """Owns last-session.json and the marker of a restoring that has not finished.

    Attributes:
        name: the file the session was opened from or saved to, "" for none.
    """

    def __init__(self, arrays: ArrayStore, files: FileTasks, folder: Path | None = None) -> None:
        folder = data_dir() if folder is None else folder
        self._arrays = arrays
        self._files = files
        self._path = folder / "last-session.json"
        self._marker = folder / "restoring"
        self._saved: _Seen | None = None
        self._changed: _Seen | None = None
        self._since_secs = 0.0
        self.recorded: Callable[[], Mapping[str, Any]] = dict
        self.name = ""

    @property
    def waiting(self) -> bool:
        """Whether something is still to be saved."""
        return self._changed is not None and self._changed != self._saved

    def crashed(self) -> bool:
        """Whether the last start ended while it was restoring."""
        return self._marker.exists()

    def load_last(self) -> Session | None:
        """Read the last session; None if there is none. Raises SessionError or OSError."""
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise SessionError("The last session is damaged") from None
        return session_from_json(text, self._arrays)

    def begin_restoring(self) -> None:
        """Leave the marker; whatever kills the program from here on is asked about."""
        try:
            self._marker.parent.mkdir(parents=True, exist_ok=True)
            self._marker.write_text("restoring last-session.json\n", "utf-8")
        except OSError as error:
            _log.warning("The restore marker cannot be written: %s", error)

    def end_restoring(self) -> None:
        """Take the marker away: a picture was shown, or an error was shown instead."""
        try:
            self._marker.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("The restore marker cannot be removed: %s", error)

    def set_aside(self) -> None:
        """Keep the last session as last-session-old.json and forget the marker."""
        self.end_restoring()
        try:
            if self._path.exists():
                self._path.replace(self._path.with_name("last-session-old.json"))
        except OSError as error:
            _log.warning("The last session cannot be set aside: %s", error)

    def note(self, settings: Settings, view: CanvasView, now_secs: float) -> None:
        """Save in the background once nothing has changed for `AUTOSAVE_SECS`."""
        seen = _Seen(settings, view)
        if self._saved is None:
            self._saved = seen  # what a start shows is not a change
        if seen != self._changed:
            self._changed, self._since_secs = seen, now_secs
        elif self.waiting and now_secs - self._since_secs >= AUTOSAVE_SECS:
            self._saved = seen
            self._files.run(
                lambda: write_atomic(self._path, self.text(settings, view).encode()),
                lambda _: None,
                lambda error: _log.warning("The session cannot be saved: %s", error),
            )

    def save_now(self, settings: Settings, view: CanvasView) -> None:
        """Save the last session before this call returns; at exit. Raises OSError."""
        write_atomic(self._path, self.text(settings, view).encode())

    def text(self, settings: Settings, view: CanvasView, *, keep_paths: bool = True) -> str:
        return session_to_json(
            settings, view, self._arrays, keep_paths=keep_paths, recorded=self.recorded()
        )
