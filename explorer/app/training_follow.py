"""The run whose snapshot is on the canvas: the newest and every newer one, or a chosen one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.app.training_reader import Reading
from explorer.training_state import Moment
from train.layout import SNAPSHOTS

if TYPE_CHECKING:
    from explorer.app.controller import Controller


class Follower:
    """Keeps the model shown in step with a run; for the window's thread.

    run:       its folder; "" = none is followed.
    chosen:    the snapshot that was asked for; "" = always the newest.
    snapshots: what it has written, oldest first.
    kimg:      of the snapshot shown; None = none yet.
    """

    def __init__(self) -> None:
        self.run = self.chosen = ""
        self.snapshots: tuple[Moment, ...] = ()
        self.kimg: float | None = None
        self._asked = ""  # the snapshot that was asked for last
        self._failed = ""

    def explore(self, run: str, chosen: str = "") -> None:
        """Follow a run from now on; "" ends it."""
        if run != self.run:
            self.snapshots, self.kimg, self._asked = (), None, ""
        self.run, self.chosen, self._failed = run, chosen, ""

    def take(self, reading: Reading) -> None:
        """Take in what was read of the run."""
        if reading.followed == self.run:
            self.snapshots = reading.snapshots

    def step(self, app: Controller) -> None:
        """Show the snapshot once it is there; stop when another model is opened."""
        target = self._target()
        if not self.run or target is None or not app.models.settled or app.asking_restore:
            return
        kimg, path = target
        model = app.history.current.model
        shown = model.path if model is not None else ""
        ours = bool(shown) and Path(shown).parent == Path(self.run) / SNAPSHOTS
        if self._asked and not ours:
            self.explore("")
        elif path != self._asked:
            self._show(app, path, hot=ours and app.models.ready)
        elif shown == path:
            self.kimg = kimg
        elif self._failed != path:
            self._failed = path
            name = Path(path).name
            app.notices.say(f"{name} cannot be opened; the log (View menu) says why", "bad")

    def _target(self) -> Moment | None:
        """Return what is to be shown; None while it is not there."""
        if not self.chosen:
            return self.snapshots[-1] if self.snapshots else None
        return next((item for item in self.snapshots if item[1] == self.chosen), None)

    def _show(self, app: Controller, path: str, *, hot: bool) -> None:
        older, self._asked = self._asked, path
        if not hot:
            app.models.open(path)
            return
        app.models.follow(path)
        recent = app.preferences.recent_models
        kept = tuple(other for other in recent if other != older)
        app.set_preferences(replace(app.preferences, recent_models=kept))
