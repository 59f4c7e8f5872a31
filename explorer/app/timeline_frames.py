"""Pictures of the timeline that are kept, so that they play back smoothly the second time."""

from __future__ import annotations

import time
from dataclasses import replace

from explorer.arrays import ArrayStore
from explorer.request import RenderRequest, RenderResult, request_from
from explorer.settings import Settings
from explorer.timeline.evaluate import settings_at
from explorer.timeline_state import last_frame

KEPT_BYTES = 512 * 2**20
MAX_FRAMES = 20_000  # of longer timelines no line is drawn and nothing is rendered ahead
_SLICE_SECS = 0.0015


class FrameCache:
    """Exact pictures by request, the least recently used dropped beyond `limit_bytes`.

    Which frames they are is worked out a little in every frame of the window: frames that an edit
    does not touch keep their pictures by themselves.
    """

    def __init__(self, arrays: ArrayStore, limit_bytes: int = KEPT_BYTES) -> None:
        self._arrays = arrays
        self._limit = limit_bytes
        self._bytes = self._newest_bytes = 0
        self._results: dict[RenderRequest, RenderResult] = {}
        self._settings: Settings | None = None
        self._requests: list[RenderRequest | None] = []
        self._frames: dict[RenderRequest, list[int]] = {}
        self._kept: list[bool] = []  # by frame; hashing all requests each time would be slow
        self._runs: tuple[tuple[int, int], ...] | None = ()

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """The frames that are kept, as [first, end)."""
        if self._runs is None:
            self._runs = _runs(self._kept)
        return self._runs

    @property
    def working(self) -> bool:
        """Whether it is not yet known of all frames whether they are kept."""
        return self._settings is not None and len(self._requests) < self._count(self._settings)

    @property
    def full(self) -> bool:
        """Whether another picture like the newest would push out one that is kept."""
        return self._bytes + self._newest_bytes > self._limit

    def keep(self, result: RenderResult) -> None:
        """Keep a picture, if it is exact."""
        if result.error is not None or not result.exact or not result.has_picture:
            return
        kept = _without_floats(result)
        self._drop(kept.request)
        self._results[kept.request] = kept
        self._newest_bytes = _size_bytes(kept)
        self._bytes += self._newest_bytes
        self._note(kept.request, True)
        while self._bytes > self._limit and len(self._results) > 1:
            self._drop(next(iter(self._results)))

    def get(self, request: RenderRequest) -> RenderResult | None:
        """Return the picture of a request, if it is kept."""
        result = self._results.pop(request, None)
        if result is not None:
            self._results[request] = result
        return result

    def follow(self, settings: Settings) -> None:
        """Find out which requests the frames of the timeline are, as far as the time goes."""
        if settings is not self._settings:
            self._settings, self._requests, self._kept = settings, [], []
            self._frames, self._runs = {}, ()
        end = time.perf_counter() + _SLICE_SECS
        count = self._count(settings)
        while len(self._requests) < count and time.perf_counter() < end:
            secs = len(self._requests) / settings.timeline.fps
            request = request_from(settings_at(settings, secs, self._arrays))
            if request is not None:
                self._frames.setdefault(request, []).append(len(self._requests))
            self._requests.append(request)
            self._kept.append(request in self._results)
            self._runs = None

    def missing(self, frame: int, first: int, last: int) -> RenderRequest | None:
        """Return the request of the next frame behind `frame` that is not kept, round and round."""
        count = last - first + 1
        for step in range(1, count):
            number = first + (frame - first + step) % count
            if number < len(self._kept) and not self._kept[number]:
                return self._requests[number]
        return None

    def clear(self) -> None:
        """Forget all pictures."""
        self._results.clear()
        self._bytes, self._settings = 0, None

    def _note(self, request: RenderRequest, kept: bool) -> None:
        for frame in self._frames.get(request, ()):
            self._kept[frame] = kept
            self._runs = None

    def _drop(self, request: RenderRequest) -> None:
        result = self._results.pop(request, None)
        if result is not None:
            self._bytes -= _size_bytes(result)
            self._note(request, False)

    @staticmethod
    def _count(settings: Settings) -> int:
        count = last_frame(settings.timeline) + 1
        return 0 if settings.timeline.empty or count > MAX_FRAMES else count


def _without_floats(result: RenderResult) -> RenderResult:
    """Return the result without the floats nothing on screen needs; a GPU's stays as it is.

    Floats of a picture that is not RGB stay: they say what a capture of it holds.
    """
    if result.gpu is not None or result.img is None or result.img.shape[0] != 3:
        return result
    return replace(result, img=None)


def _size_bytes(result: RenderResult) -> int:
    if result.gpu is not None:
        return 16 * result.gpu.width * result.gpu.height  # RGBA8 and three floats
    return sum(array.nbytes for array in (result.rgba, result.img) if array is not None)


def _runs(kept: list[bool]) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for number, there in enumerate(kept):
        if there and runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        elif there:
            runs.append((number, number + 1))
    return tuple(runs)
