"""A second snapshot of the explored run beside the first, under the same latent and settings.

The worker renders it after the first one, from the same request with another model. Captures take
the first one alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.app.file_tasks import FileTasks
from explorer.app.training_follow import Follower
from explorer.messages import OtherResult
from explorer.panel_state import Wipe
from explorer.request import RenderRequest, RenderResult
from explorer.settings import ModelRef
from explorer.training_actions import Compare, MoveWipe, SwapCompared, ToggleCompare, TrainingAction
from explorer.training_state import Compared, Moment, kimg_text

if TYPE_CHECKING:
    from explorer.app.controller import Controller


class Comparison:
    """Owns what is compared; for the window's thread.

    Args:
        tasks:    for reading a file's hash, which names a model.
        follower: the run that is explored; without one nothing is compared.
    """

    def __init__(self, tasks: FileTasks, follower: Follower) -> None:
        self._tasks, self._follower = tasks, follower
        self.shown: Compared | None = None
        self._ref: ModelRef | None = None
        self._hashing = self._unreadable = self._last = ""
        self._asked: RenderRequest | None = None
        self._result: RenderResult | None = None

    def do(self, action: TrainingAction) -> bool:
        """Carry out an action; False if it is none about comparing."""
        match action:
            case Compare(snapshot):
                self._choose(snapshot)
            case ToggleCompare():
                self._choose("" if self.shown is not None else self._first())
            case MoveWipe(at):
                self._change(at=min(max(at, 0.0), 1.0))
            case SwapCompared() if self.shown is not None:
                self._change(swapped=not self.shown.swapped)
            case SwapCompared():
                pass
            case _:
                return False
        return True

    def state(self, app: Controller) -> Compared | None:
        """Return what the panel shows."""
        if self.shown is not None and app.history.current.grid.shown:
            return replace(self.shown, problem="The grid hides it; G shows the single picture")
        return self.shown

    def step(self, app: Controller) -> None:
        """Find out which model the chosen file holds; end with the exploring."""
        shown = self.shown
        if shown is None:
            return
        if not self._follower.run or self._follower.kimg is None:
            self._choose("")
        elif not self._known(shown.path) and not self._hashing:
            self._find(shown.path)

    def ask(self, app: Controller) -> None:
        """Tell the worker which second picture is wanted."""
        request, ref = app.request, self._ref
        wanted = None
        if self.shown is not None and request is not None and ref is not None:
            single = not app.history.current.grid.shown
            if single and ref.path == self.shown.path:
                wanted = replace(request, model=ref)
        if wanted is not None or self._asked is not None:
            app.worker.submit_other(wanted)
        self._asked = wanted

    def take(self, app: Controller, report: OtherResult) -> None:
        """Show a second picture, unless it is of a model no longer compared with."""
        result, shown = report.result, self.shown
        if shown is None or self._ref is None or result.request.model != self._ref:
            return
        if result.error is not None:
            self._change(problem=result.error.message)
            return
        self._change(problem="")
        self._result = result
        app.pictures.show_other(result)

    def wipe(self, app: Controller) -> Wipe | None:
        """Return what the canvas draws; None while nothing is compared."""
        shown, kimg = self.shown, self._follower.kimg
        if shown is None or kimg is None:
            return None
        first, second = kimg_text(kimg), kimg_text(shown.kimg)
        of_this = self._result is not None and self._result.request.model.path == shown.path
        if not of_this:
            second += ": cannot be shown" if shown.problem else ", loading"
        return Wipe(
            shown.at,
            (second, first) if shown.swapped else (first, second),
            on_left=shown.swapped,
            picture=app.pictures.other if of_this else None,
            magnified=app.pictures.other_magnified if of_this else None,
            result=self._result if of_this else None,
            current=of_this and self._result is not None and self._result.request == self._asked,
        )

    def _known(self, path: str) -> bool:
        """Whether the model in a file has been found out, or that it cannot be."""
        return path == self._unreadable or (self._ref is not None and self._ref.path == path)

    def _change(self, **changes: object) -> None:
        if self.shown is not None:
            self.shown = replace(self.shown, **changes)  # pyright: ignore[reportArgumentType]

    def _choose(self, path: str) -> None:
        kimg = next((kimg for kimg, other in self._follower.snapshots if other == path), None)
        if kimg is None:
            self.shown = self._ref = self._result = None
            return
        self._last, self._unreadable = path, ""
        if self.shown is None:
            self.shown = Compared(path, kimg)
        else:
            self.shown = replace(self.shown, path=path, kimg=kimg, problem="")

    def _first(self) -> str:
        """Return what comparing starts with: as the last time, else the run half way to here."""
        kimg, found = self._follower.kimg, self._follower.snapshots
        if any(path == self._last for _, path in found):
            return self._last
        others = [item for item in found if kimg is not None and item[0] != kimg]
        return min(others, key=half_way(kimg or 0.0))[1] if others else ""

    def _find(self, path: str) -> None:
        self._hashing = path

        def found(sha256: str) -> None:
            self._hashing = ""
            if self.shown is not None and self.shown.path == path:
                self._ref = ModelRef(Path(path).name, sha256, path)

        def failed(error: Exception) -> None:
            self._hashing, self._unreadable = "", path  # not looked for in every frame
            if self.shown is not None and self.shown.path == path:
                self._change(problem=f"{Path(path).name}: {reason(error)}; choose another")

        self._tasks.run(lambda: file_hash(path), found, failed)


def half_way(kimg: float) -> Callable[[Moment], float]:
    """Return how far a snapshot is from the middle of a run of that length."""
    return lambda item: abs(item[0] - kimg / 2)


def file_hash(path: str) -> str:
    """Return a file's SHA-256: what names the model in it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def reason(error: Exception) -> str:
    """Return why a file cannot be read, without its path."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error)
