"""What the window needs of a worker; tests put their own in its place."""

from __future__ import annotations

from typing import Protocol

from explorer.messages import Job, Report
from explorer.request import RenderRequest


class WorkerLike(Protocol):
    """Renders and runs jobs off the window's thread; everything it says comes out of `poll`."""

    @property
    def busy(self) -> bool: ...

    @property
    def rendering(self) -> bool: ...

    @property
    def progress(self) -> float | None: ...

    def start(self) -> None: ...

    def submit(self, request: RenderRequest, *, ahead: bool = False) -> None: ...

    def forget(self) -> None: ...

    def submit_other(self, request: RenderRequest | None) -> None: ...

    def enqueue(self, job: Job, *, replace_kind: bool = False) -> int: ...

    def cancel(self, job_id: int) -> None: ...

    def poll(self) -> list[Report]: ...

    def close(self, timeout_secs: float) -> bool: ...
