"""Which model is wanted, which one the worker holds, and what is said while they differ."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from explorer.app.worker_like import WorkerLike
from explorer.history import History
from explorer.messages import JobUpdate, LoadModel, ModelLoaded
from explorer.model_files import file_stamp
from explorer.model_info import ModelInfo
from explorer.panel_state import ModelStatus
from explorer.request import RenderError
from explorer.settings import ModelRef, Settings

Reason = Literal["open", "need", "reload", "follow"]


@dataclass(frozen=True)
class _Loading:
    """A load under way: the user chose a file, the settings need it, it changed, or a newer
    snapshot of the run that is followed is there."""

    job_id: int
    path: str
    reason: Reason
    wanted: ModelRef | None = None


@dataclass(frozen=True)
class _Problem:
    status: ModelStatus
    wanted: ModelRef | None
    error: RenderError | None = None


class ModelFlow:
    """Keeps the worker's model in step with the settings; settings survive a missing file.

    Args:
        on_loaded: called with the report when a model has become the one that is shown, and with
                   whether it was read for that.
    """

    def __init__(
        self, worker: WorkerLike, history: History, on_loaded: Callable[[ModelLoaded, bool], None]
    ) -> None:
        self._worker = worker
        self._history = history
        self._on_loaded = on_loaded
        self._loading: _Loading | None = None
        self._problem: _Problem | None = None
        self._progress = ModelStatus()
        self._read: dict[str, ModelLoaded] = {}  # by sha256
        self._replaced: dict[str, ModelRef] = {}  # sha256 -> what its file holds now
        self.loaded: ModelLoaded | None = None

    @property
    def info(self) -> ModelInfo | None:
        """Of the model the settings name, else None."""
        return self.loaded.info if self.loaded is not None and self.ready else None

    @property
    def ready(self) -> bool:
        """Whether the worker holds the model the settings name."""
        wanted = self._history.current.model
        return (
            wanted is not None
            and self.loaded is not None
            and self.loaded.ref.sha256 == wanted.sha256
        )

    @property
    def settled(self) -> bool:
        """Whether nothing is being loaded: the model is there, or it is known why not."""
        return self._loading is None

    @property
    def status(self) -> ModelStatus:
        quiet = ("reload", "follow")  # the old model is there and is shown meanwhile
        if self._loading is not None and self._loading.reason not in quiet:
            return self._progress
        if self._problem is not None and not self.ready:
            return self._problem.status
        if self.ready and self.loaded is not None:
            return ModelStatus("ready", self.loaded.ref.name, self.loaded.ref.path)
        return ModelStatus("empty")

    @property
    def error(self) -> RenderError | None:
        return self._problem.error if self._problem is not None else None

    def open(self, path: str) -> None:
        """Load the file the user chose; on success it becomes the settings' model."""
        self._start(path, "open", None)

    def reload(self, path: str) -> None:
        """Load a watched file whose content changed; the settings stay as they are."""
        if self.loaded is not None and self.loaded.ref.path == path and self._loading is None:
            self._start(path, "reload", self.loaded.ref)

    def follow(self, path: str) -> None:
        """Load a newer snapshot of the model shown in its place: no edit, and nothing flickers."""
        if self.ready and self.loaded is not None and self._loading is None:
            self._start(path, "follow", self.loaded.ref)

    def retry(self) -> None:
        """Try the last failed path again."""
        if self._problem is not None:
            path, wanted = self._problem.status.path, self._problem.wanted
            if path:
                self._start(path, "open" if wanted is None else "need", wanted)
            else:
                self._problem = None  # `ensure` looks for the file again

    def locate(self, path: str) -> None:
        """Use `path` as the place of the missing model, if its content is the right one."""
        wanted = self._history.current.model
        self._start(path, "open" if wanted is None else "need", wanted)

    def accept_other(self, path: str) -> None:
        """Use the file although it holds another model than the settings name."""
        self._start(path, "open", None)

    def close(self) -> None:
        """Forget a failure; the caller has taken the model out of the settings."""
        self._problem = None
        if self._loading is not None:
            self._worker.cancel(self._loading.job_id)
            self._loading = None

    def ensure(self) -> None:
        """Start loading what the settings name, unless that is under way or known to fail."""
        wanted = self._history.current.model
        if wanted is None:
            return
        if wanted.sha256 in self._replaced:
            self._adopt(self._replaced[wanted.sha256])
            return
        if self.ready:
            if self._loading is not None and self._loading.reason == "need":
                self.close()
            return
        if self._loading is not None:
            if self._loading.reason != "need" or self._loading.wanted == wanted:
                return
            self.close()
        if self._problem is not None and self._problem.wanted == wanted:
            return
        known = self._read.get(wanted.sha256)
        if known is not None and is_unchanged(known):
            # The worker has it, or finds it by its hash: models of a timeline follow fast.
            self._problem, self.loaded = None, known
            self._adopt(known.ref)
            self._on_loaded(known, False)
            return
        path = self._place_of(wanted)
        if path:
            self._start(path, "need", wanted)
        else:
            self._problem = _Problem(
                ModelStatus("missing", f"{wanted.name} is not where it was", ""), wanted
            )

    def take_update(self, update: JobUpdate) -> bool:
        """Follow the load under way; returns whether the update was about it."""
        if self._loading is None or update.job_id != self._loading.job_id:
            return False
        loading = self._loading
        if update.state in ("waiting", "running"):
            fraction = update.done / update.total if update.total else None
            self._progress = ModelStatus("loading", update.label, loading.path, fraction)
        elif update.state in ("failed", "cancelled"):
            self._loading = None
            error = update.error or RenderError("Loading was cancelled")
            if loading.reason in ("reload", "follow"):  # the old model is there and keeps working
                return True
            self._problem = _Problem(
                ModelStatus("failed", error.message, loading.path), loading.wanted, error
            )
        return True

    def take_loaded(self, report: ModelLoaded) -> None:
        """Splice the loaded model into the settings, as far as the user asked for it."""
        loading = self._loading
        if loading is None or report.job_id != loading.job_id:
            return  # superseded by a later choice
        self._loading = None
        self._problem = None
        self.loaded = report
        self._read[report.ref.sha256] = report
        self._replaced.pop(report.ref.sha256, None)
        if loading.reason == "open":
            self._history.push(with_model(self._history.current, report), f"Open {report.ref.name}")
        elif loading.wanted is None or report.ref.sha256 == loading.wanted.sha256:
            self._adopt(report.ref)
        elif loading.reason in ("reload", "follow"):
            self._replaced[loading.wanted.sha256] = report.ref
            self._adopt(report.ref)
        else:
            self._problem = _Problem(
                ModelStatus(
                    "missing",
                    f"{report.ref.name} holds another model than the one that was used",
                    report.ref.path,
                ),
                loading.wanted,
            )
        self._on_loaded(report, True)

    def _adopt(self, ref: ModelRef) -> None:
        """Name the same model by another place, or its newer content: not an edit."""
        current = self._history.current
        if current.model != ref:
            self._history.replace_current(replace(current, model=ref))

    def _start(self, path: str, reason: Reason, wanted: ModelRef | None) -> None:
        if self._loading is not None:
            self._worker.cancel(self._loading.job_id)
        self._problem = None
        job_id = self._worker.enqueue(LoadModel(path), replace_kind=True)
        self._loading = _Loading(job_id, path, reason, wanted)
        self._progress = ModelStatus("loading", f"Loading {Path(path).name}", path)

    def _place_of(self, wanted: ModelRef) -> str:
        known = self._read.get(wanted.sha256)
        places = (wanted.path, known.ref.path if known is not None else "")
        return next((path for path in places if path and os.path.exists(path)), "")


def is_unchanged(report: ModelLoaded) -> bool:
    """Return whether a model's file still is as it was read."""
    try:
        return file_stamp(report.ref.path) == report.stamp
    except OSError:
        return False


def with_model(settings: Settings, report: ModelLoaded) -> Settings:
    """Return `settings` with another model; only a layer it does not have is given up."""
    names = {layer.name for layer in report.info.layers}
    layer = settings.layer
    if layer.layer is not None and layer.layer not in names:
        layer = replace(layer, layer=None, base_channel=0)
    return replace(settings, model=report.ref, layer=layer)
