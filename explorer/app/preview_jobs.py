"""Asks for what previews need, once a model has turned out to be slow."""

from __future__ import annotations

from collections.abc import Hashable

from explorer.app.worker_like import WorkerLike
from explorer.messages import PreparePreviews
from explorer.request import RenderResult


class PreviewJobs:
    """For the window's thread.

    asked: which model, device and precision the last job was for.
    """

    def __init__(self, worker: WorkerLike) -> None:
        self._worker = worker
        self.asked: Hashable = None

    def update(self, result: RenderResult, preview_ms: float) -> None:
        """Queue the job if the exact picture on screen took longer than `preview_ms` (0 = never).

        Once for each model; cancelled by hand, it comes back with the next model only.
        """
        request = result.request
        key = (request.model.sha256, request.compute.device, request.compute.precision)
        if 0 < preview_ms < result.timings.total_ms and key != self.asked:
            self.asked = key
            self._worker.enqueue(PreparePreviews(request), replace_kind=True)
