"""Many pictures: a grid as the window makes it, and its pictures asked for one by one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from explorer.arrays import ArrayStore
from explorer.messages import Cell, RenderGrid
from explorer.neighbours import cell_latent, cell_order
from explorer.render.device import cores
from explorer.render.engine import always
from explorer.render.torch_engine import TorchEngine
from explorer.request import RenderRequest, request_from
from explorer.settings import Compute, Grid, ModelRef, Settings, seed_latent


@dataclass(frozen=True)
class Many:
    """Medians of interleaved rounds, in pictures per second.

    pictures:         of each round.
    one_per_sec:      one at a time, each with the window's number of threads: all cores but one.
    one_all_per_sec:  one at a time, each with as many threads as there are cores.
    grid_per_sec:     as the job of a grid makes them.
    grid_cores:       how many cores the grid kept busy: processor time over time.
    """

    network: str
    pictures: int
    cores: int
    one_per_sec: float
    one_all_per_sec: float
    grid_per_sec: float
    grid_cores: float

    @property
    def ratio(self) -> float:
        """A grid against the faster way of one at a time."""
        return self.grid_per_sec / max(self.one_per_sec, self.one_all_per_sec)


def measure(name: str, path: str, grid: Grid, *, rounds: int, said: Callable[[str], None]) -> Many:
    """Make the pictures of a grid each way, in turn.

    All are different ones, since w of seeds is kept. The first round is not counted.
    """
    engine = TorchEngine(ArrayStore())
    model = engine.library.load(path).ref
    count = grid.columns * grid.rows
    taken: list[tuple[float, float, float, float]] = []
    for number in range(rounds + 1):
        said(f"{name}: {count} pictures, round {number} of {rounds}")
        one = _one_at_a_time(engine, _request(model, 3 * number), grid)
        all_cores = replace(_request(model, 3 * number + 1), compute=Compute(threads=cores()))
        one_all = _one_at_a_time(engine, all_cores, grid)
        busy = time.process_time()
        secs = _as_grid(engine, _request(model, 3 * number + 2), grid)
        taken.append((one, one_all, secs, (time.process_time() - busy) / secs))
    one, one_all, secs, busy = (
        statistics.median(values) for values in zip(*taken[1:], strict=True)
    )
    return Many(name, count, cores(), count / one, count / one_all, count / secs, busy)


def _request(model: ModelRef, number: int) -> RenderRequest:
    request = request_from(Settings(model=model, latent=seed_latent(10**5 * number)))
    assert request is not None
    return request


def _one_at_a_time(engine: TorchEngine, request: RenderRequest, grid: Grid) -> float:
    started = time.perf_counter()
    for column, row in cell_order(grid):
        latent = cell_latent(request.latent, grid, column, row)
        engine.render(replace(request, latent=latent), always)
    return time.perf_counter() - started


def _as_grid(engine: TorchEngine, request: RenderRequest, grid: Grid) -> float:
    started = time.perf_counter()
    made = list(engine.units(0, RenderGrid(request, grid), always))
    secs = time.perf_counter() - started
    assert sum(isinstance(unit, Cell) for unit in made) == grid.columns * grid.rows
    return secs
