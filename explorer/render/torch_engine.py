"""The real engine of the worker: a pipeline each for the window, a comparison, and jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from explorer.arrays import ArrayStore
from explorer.messages import Job
from explorer.render.engine import KeepGoing, Units
from explorer.render.graphs import Graphs
from explorer.render.jobs import JobContext, units_of
from explorer.render.latents import LatentSource
from explorer.render.limits import Limits
from explorer.render.model_library import ModelLibrary
from explorer.render.pipeline import Pipeline
from explorer.render.preview import Previews
from explorer.request import RenderRequest, RenderResult


class TorchEngine:
    """See `explorer.render.engine.Engine`. For one thread.

    Jobs have a pipeline of their own, so that a grid between two pictures does not throw away what
    the window's pipeline keeps, and so has a comparison; models, w of seeds, what is known about
    previews and what GPUs replay are shared. Jobs change everything between two pictures: they keep
    nothing.
    """

    def __init__(
        self,
        arrays: ArrayStore,
        places: Callable[[], Sequence[str]] = tuple,
        limits: Callable[[], Limits] = Limits,
    ) -> None:
        self.arrays = arrays
        self.library = ModelLibrary(places)
        latents = LatentSource(arrays)
        self.previews = Previews()
        graphs = Graphs()
        self.pipeline = Pipeline(self.library, latents, limits, self.previews, graphs)
        self._other = Pipeline(self.library, latents, limits, self.previews, graphs)
        keep_nothing = Limits(keep_bytes=0, preview_ms=0)
        self._background = Pipeline(
            self.library, latents, lambda: keep_nothing, self.previews, graphs
        )

    @property
    def progress(self) -> float:
        return self.pipeline.progress

    def preview(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult | None:
        return self.pipeline.preview(request, keep_going)

    def render(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        return self.pipeline.render(request, keep_going)

    def render_other(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        return self._other.render(request, keep_going)

    def units(self, job_id: int, job: Job, keep_going: KeepGoing) -> Units:
        context = JobContext(
            job_id, self._background, self.library, self.arrays, keep_going, self.previews
        )
        return units_of(context, job)
