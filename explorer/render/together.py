"""Batches: as many pictures at once as there are cores, each exactly as it is made alone.

Threads that share one picture wait for one another at each of its steps; pictures side by side keep
all cores busy. Not the smallest ones: they are mostly Python, of which one thread runs at a time.
Pictures are made in rounds; between two of them nothing runs, so that whoever asked may do
something else first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import torch

from explorer.arrays import ArrayStore
from explorer.render.device import cores, resolve_device
from explorer.render.engine import KeepGoing, always
from explorer.render.latents import LatentSource
from explorer.render.limits import Limits
from explorer.render.model_library import ModelLibrary
from explorer.render.pipeline import Pipeline
from explorer.request import RenderRequest, RenderResult
from explorer.settings import Compute
from networks.macs import direct_macs

MOST_AT_ONCE = 8  # each needs memory of its own: some 300 MB at 1024 pixels
SMALL_GMAC = 2.0  # below: 64 pixels with 64 channels have 0.2, and are slower side by side
_KEEP_NOTHING = Limits(keep_bytes=0, preview_ms=0)

Item = TypeVar("Item")
Made = TypeVar("Made")


def at_once(compute: Compute, generator: Any, count: int) -> int:
    """Return how many of `count` pictures of a generator are made at once.

    One after the other where the settings say how many threads a picture has, since that can change
    its last bits; on other devices than the processor; and if the network is a small one.
    """
    if compute.threads > 0 or resolve_device(compute.device).type != "cpu" or _small(generator):
        return 1
    return max(1, min(cores(), MOST_AT_ONCE, count))


def threads_each(count: int) -> int:
    """Return how many threads each of `count` pictures at once has."""
    return max(1, cores() // count)


def _small(generator: Any) -> bool:
    try:
        return sum(direct_macs(generator).values()) < SMALL_GMAC * 1e9
    except ValueError:  # an architecture whose operations are not counted
        return False


def rendered(
    pipeline: Pipeline,
    library: ModelLibrary,
    arrays: ArrayStore,
    requests: Sequence[RenderRequest],
    use: Callable[[int, RenderResult], Made],
    keep_going: KeepGoing = always,
    count: int = 0,
) -> Iterator[Made]:
    """Yield use(index, result) of each request, in order.

    Args:
        pipeline: renders them if they are made one after the other.
        library:  has the models, for those side by side.
        arrays:   has the saved latents.
        requests: of one model and device.
        use:      is called in the thread that made the picture: encoding takes time, too.
        keep_going: as for Pipeline.render; asked by several threads.
        count:    of pictures at once, as at_once gave it; 0 = as it gives it for these requests.
            It decides how many threads each has, and so the last bits.
    """
    if not requests:
        return
    model = library.get(requests[0].model).model
    count = count or at_once(requests[0].compute, model.generator, len(requests))
    if count == 1:
        for index, request in enumerate(requests):
            yield use(index, pipeline.render(request, keep_going))
        return
    compute = replace(requests[0].compute, threads=threads_each(count))
    own = threading.local()

    def make(item: tuple[int, RenderRequest]) -> Made:
        if not hasattr(own, "pipeline"):
            own.pipeline = Pipeline(library, LatentSource(arrays), lambda: _KEEP_NOTHING)
        index, request = item
        return use(index, own.pipeline.render(replace(request, compute=compute), keep_going))

    # Read here if it is not in memory (any more): threads would each read it.
    yield from side_by_side(
        make, list(enumerate(requests)), count, lambda: library.get(requests[0].model)
    )


def side_by_side(
    make: Callable[[Item], Made],
    items: Sequence[Item],
    count: int,
    before: Callable[[], object] = lambda: None,
) -> Iterator[Made]:
    """Yield make(item) of each item, in order; `count` of them at once, each in its thread.

    before: called before each round.
    """
    each = threads_each(count)
    with ThreadPoolExecutor(count, "pictures", torch.set_num_threads, (each,)) as pool:
        for start in range(0, len(items), count):
            before()
            yield from list(pool.map(make, items[start : start + count]))
