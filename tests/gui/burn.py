"""The window while torch is busy with one call that nothing can stop; run by test_fluency.py.

Prints one line of JSON: frame times, whether controls answered, when leaving began.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from explorer.app.worker_like import WorkerLike
from explorer.arrays import ArrayStore
from explorer.messages import Job, LoadModel, ModelLoaded
from explorer.model_info import ModelInfo
from explorer.render.engine import KeepGoing, Units
from explorer.render.worker import Worker
from explorer.request import RenderRequest, RenderResult
from explorer.settings import ModelRef
from tests.gui.harness import Driver, drive

BURN_SECS = 10.0
INFO = ModelInfo("stylegan2", 64, 3, 32, 0, 32, 10, (), 1)


class BurningEngine:
    """The first picture comes at once; every further one takes one long matrix product."""

    def __init__(self) -> None:
        started = time.perf_counter()
        small = torch.rand(1024, 1024)
        for _ in range(3):
            small @ small
        each = (time.perf_counter() - started) / 3
        self._side = int(1024 * (BURN_SECS / each) ** (1 / 3))
        self._started = False
        self.burning_since: float | None = None
        self.progress = 0.0

    def preview(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult | None:
        return None

    def render(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        if self._started:
            matrix = torch.ones(self._side, self._side)
            self.burning_since = time.monotonic()
            torch.mm(matrix, matrix)
            self.burning_since = None
        self._started = True
        return RenderResult(request, rgba=np.full((64, 64, 4), 128, np.uint8))

    def render_other(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        return self.render(request, keep_going)

    def units(self, job_id: int, job: Job, keep_going: KeepGoing) -> Units:
        if isinstance(job, LoadModel):
            yield ModelLoaded(job_id, ModelRef("fake.pkl", "0" * 64, job.path), INFO, (0.0, 0))
        return ""


def main() -> None:
    engine = BurningEngine()
    said: dict[str, Any] = {}

    def worker(arrays: ArrayStore, wake: Callable[[], None]) -> WorkerLike:
        return Worker(arrays, wake, engine=lambda: engine)

    def script(d: Driver) -> None:
        d.menu("Edit/###undo")  # software OpenGL compiles what it draws for the first time
        d.type("Controls/##seed", 0)
        d.frames(30)
        ends: list[float] = []
        begin_frame = d.app.begin_frame

        def timed() -> None:
            ends.append(time.perf_counter())
            begin_frame()

        d.app.begin_frame = timed
        d.frames(60)
        said["resting_frame_ms"] = [1000 * x for x in np.diff(ends)]
        d.type("Controls/##psi", 0.5)  # this asks for the picture that never comes
        d.wait(lambda: engine.burning_since is not None, "the long call")
        since = engine.burning_since
        ends.clear()
        d.type("Controls/##seed", 7)
        d.click("Controls/###seed_plus")
        d.menu("Edit/###undo")
        d.frames(60)
        said["seed"] = d.settings.latent.seed
        said["frame_ms"] = [1000 * x for x in np.diff(ends)]
        said["burning"] = engine.burning_since is not None and engine.burning_since == since
        said["left"] = time.time()

    app = drive(script, sys.argv[1], worker=worker, fps_limit=60)
    said["ended"] = app.ended
    print("\n" + json.dumps(said), flush=True)  # the engine leaves its colours on the line
    os._exit(0)


if __name__ == "__main__":
    main()
