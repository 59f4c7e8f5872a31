"""What the worker runs: the seam between threads and networks. No torch here.

`explorer.render.torch_engine` is the real engine; tests put their own in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from explorer.messages import Cell, Equivariance, Job, LatentReady, ModelLoaded, Thumbnail
from explorer.request import RenderRequest, RenderResult

KeepGoing = Callable[[], bool]  # asked between the steps of a network; False = stop


class Superseded(Exception):
    """The work was stopped between two steps because nobody waits for it any more."""


@dataclass(frozen=True)
class Progress:
    """How far a job has come; `note` replaces the job's label while it is not empty."""

    done: int
    total: int = 0  # 0 = not known
    note: str = ""


Unit = Progress | ModelLoaded | Cell | Thumbnail | Equivariance | LatentReady
Units = Generator[Unit, None, str]  # returns the sentence for the status line


class Engine(Protocol):
    """Called by the worker's thread only, except `progress`."""

    @property
    def progress(self) -> float:
        """How much of the picture under way is done, 0..1; may be asked from any thread."""
        ...

    def preview(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult | None:
        """Return a rough picture if the exact one takes long and one is near enough, else None.

        Raises what `render` does.
        """
        ...

    def render(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        """Return the picture, or raise what is wrong; Superseded if it was told to stop."""
        ...

    def render_other(self, request: RenderRequest, keep_going: KeepGoing) -> RenderResult:
        """Do the same for the second picture of a comparison."""
        ...

    def units(self, job_id: int, job: Job, keep_going: KeepGoing) -> Units:
        """Return the job as a generator that pauses wherever a render request may go first."""
        ...


def always() -> bool:
    """Keep going: for callers that nothing interrupts."""
    return True
