"""What every job is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.arrays import ArrayStore
from explorer.render.engine import KeepGoing
from explorer.render.model_library import ModelLibrary
from explorer.render.pipeline import Pipeline
from explorer.render.preview import Previews


@dataclass(frozen=True, eq=False)
class JobContext:
    """keep_going: False once the job is cancelled or the program closes."""

    job_id: int
    pipeline: Pipeline
    library: ModelLibrary
    arrays: ArrayStore
    keep_going: KeepGoing
    previews: Previews = field(default_factory=Previews)
