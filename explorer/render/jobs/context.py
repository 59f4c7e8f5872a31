"""What every job is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from explorer.arrays import ArrayStore
from explorer.render.engine import KeepGoing
from explorer.render.model_library import ModelLibrary
from explorer.render.pipeline import Pipeline
from explorer.render.preview import Previews
from explorer.render.together import rendered
from explorer.request import RenderRequest, RenderResult

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class JobContext:
    """keep_going: False once the job is cancelled or the program closes."""

    job_id: int
    pipeline: Pipeline
    library: ModelLibrary
    arrays: ArrayStore
    keep_going: KeepGoing
    previews: Previews = field(default_factory=Previews)

    def rendered(
        self, requests: Sequence[RenderRequest], use: Callable[[int, RenderResult], Made]
    ) -> Iterator[Made]:
        """Yield use(index, result) of each request, in order; all cores are used."""
        return rendered(self.pipeline, self.library, self.arrays, requests, use, self.keep_going)
