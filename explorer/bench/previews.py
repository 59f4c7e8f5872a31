"""How long the hand waits while it drags: from a request to its preview, and to the exact picture.

Each request moves the latent a little, as a drag does, and goes through the pipeline as the worker
would send it: the preview first, then the picture, which goes on from there.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from explorer.arrays import ArrayStore
from explorer.messages import PreparePreviews
from explorer.render.engine import always
from explorer.render.limits import Limits
from explorer.render.preview import KnownModel
from explorer.render.torch_engine import TorchEngine
from explorer.request import Preview, RenderRequest, request_from
from explorer.settings import Compute, Latent, Settings

BUDGETS_MS = (50.0, 100.0)
STEP_X = 0.013  # of the plane of seeds, between two requests
_SETTLE = 3  # pictures before the first that counts: what steps take has to be known


@dataclass(frozen=True)
class Latency:
    """Medians of a drag.

    budget_ms:  what pictures may take before they are previewed.
    step, side: after which step the preview is read out, and how large it is, in pixels; None =
                the exact picture comes within the budget, or there is no preview at all.
    error:      of such previews, as a share of how much pictures vary.
    shown:      whether the window shows it. Previews that are too far off are made here all the
                same, for their time.
    preview_ms: from the request to the preview's pixels.
    exact_ms:   from the request to the exact pixels, those of a preview that is shown before.
    """

    network: str
    threads: int
    budget_ms: float
    step: str | None
    side: int | None
    error: float | None
    shown: bool
    preview_ms: float | None
    exact_ms: float
    runs: int


def measure(
    name: str,
    path: str,
    budgets_ms: Sequence[float | None],
    *,
    threads: int,
    rounds: int,
    said: Callable[[str], None],
) -> list[Latency]:
    """Drag through a model in a file.

    Args:
        budgets_ms: None = half of what an exact picture takes, so that there is a preview.
        rounds:     requests per budget.
    """
    said(f"{name}: finding out how its previews look")
    drag = _Drag(path, threads)
    exact_ms = drag.prepare()
    made = []
    for asked in budgets_ms:
        budget = exact_ms / 2 if asked is None else asked
        said(f"{name}: dragging, previews within {budget:.3g} ms")
        drag.limits = Limits(preview_ms=budget)
        pulls = [drag.pull() for _ in range(rounds)]
        exact = statistics.median(pull.exact_ms for pull in pulls)
        rough = [pull for pull in pulls if pull.preview is not None]
        shown = bool(rough)
        if not shown and exact > budget:
            with drag.however_far_off():
                rough = [p for p in (drag.pull() for _ in range(rounds)) if p.preview is not None]
        latency = Latency(name, threads, budget, None, None, None, shown, None, exact, rounds)
        made.append(replace(latency, **drag.told(rough)) if rough else latency)
    return made


@dataclass(frozen=True)
class _Pull:
    """One request of a drag; milliseconds since it was made."""

    preview: Preview | None
    preview_ms: float
    exact_ms: float


class _Drag:
    def __init__(self, path: str, threads: int) -> None:
        self.limits = Limits()
        self._engine = TorchEngine(ArrayStore(), limits=lambda: self.limits)
        model = self._engine.library.load(path).ref
        self._settings = Settings(model=model, compute=Compute(threads=threads))
        self._x = 0.0
        self._errors: dict[str, float] = {}
        self._known = KnownModel()

    def prepare(self) -> float:
        """Fit the previews as the window does; return what an exact picture takes, in ms."""
        engine, request = self._engine, self._next()
        for _ in engine.units(0, PreparePreviews(request), always):
            pass
        placed = engine.pipeline.place(request)
        self._known = engine.previews.of(placed.weights_key)
        steps = placed.generator.steps()
        self._errors = {steps[i].name: r.error for i, r in self._known.readouts.items()}
        self.limits = Limits(preview_ms=0)
        return statistics.median(self.pull().exact_ms for _ in range(_SETTLE))

    def pull(self) -> _Pull:
        request = self._next()
        started = time.perf_counter()
        rough = self._engine.preview(request, always)
        preview_ms = 1000 * (time.perf_counter() - started)
        self._engine.render(request, always)
        exact_ms = 1000 * (time.perf_counter() - started)
        return _Pull(rough.preview if rough is not None else None, preview_ms, exact_ms)

    @contextmanager
    def however_far_off(self) -> Iterator[None]:
        """Meanwhile previews are made whose error forbids to show them."""
        readouts = self._known.readouts
        self._known.readouts = {i: replace(r, error=0.0) for i, r in readouts.items()}
        try:
            yield
        finally:
            self._known.readouts = readouts

    def told(self, pulls: Sequence[_Pull]) -> dict[str, Any]:
        """Return what previews say of themselves; steps differ where times do: the usual one."""
        ((step, side), _), *_ = Counter(
            (pull.preview.step, pull.preview.side) for pull in pulls if pull.preview is not None
        ).most_common()
        preview_ms = statistics.median(pull.preview_ms for pull in pulls)
        return {
            "step": step, "side": side, "error": self._errors[step], "preview_ms": preview_ms,
        }  # fmt: skip

    def _next(self) -> RenderRequest:
        self._x += STEP_X
        request = request_from(replace(self._settings, latent=Latent(x=self._x)))
        assert request is not None
        return request
