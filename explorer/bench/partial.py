"""What a change costs when the activations before it are kept, as a share of a whole picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from explorer.arrays import ArrayStore
from explorer.bench.clock import Times, summary
from explorer.render.latents import LatentSource
from explorer.render.model_library import ModelLibrary
from explorer.render.pipeline import Pipeline
from explorer.request import RenderRequest, request_from
from explorer.settings import Compute, MixSource, Settings, StyleMixing, seed_latent
from networks import create_model, save_model

# architecture, resolution, first step that changes (as a step's name begins)
CASES = (("stylegan2", 1024, "b1024.conv0"), ("stylegan3-t", 256, "L11_"))
OVERHEAD_SHARE, OVERHEAD_MS = 1.1, 2.0


@dataclass(frozen=True)
class Partial:
    """From one step on, with everything before kept; medians.

    whole_ms: a picture of another seed.
    part_ms:  a picture of which one row of ws changed.
    steps_ms: what its own steps took.
    within:   at most 1.1 times its own steps and 2 ms.
    """

    network: str
    first_step: str
    whole_ms: float
    part_ms: float
    steps_ms: float
    within: bool

    @property
    def share(self) -> float:
        """Of the whole picture's time."""
        return self.part_ms / self.whole_ms


@contextmanager
def saved(architecture: str, resolution: int, folder: str, **fields: int) -> Iterator[str]:
    """Write a model of random weights into a file, yield its path, and remove it."""
    path = os.path.join(folder, f"{architecture}-{resolution}.safetensors")
    save_model(
        create_model(architecture, resolution=resolution, seed=0, randomise=True, **fields), path
    )
    try:
        yield path
    finally:
        os.remove(path)


def measure(
    architecture: str,
    resolution: int,
    step: str,
    folder: str,
    *,
    threads: int,
    rounds: int,
    said: Callable[[str], None],
) -> Partial:
    """Render pictures of new seeds and, in turn, of one changed row of ws."""
    name = f"{architecture}-{resolution}"
    said(f"{name}: from {step} on")
    with saved(architecture, resolution, folder) as path:
        library = ModelLibrary()
        model = library.load(path)
        pipeline = Pipeline(library, LatentSource(ArrayStore()))
        layer = next(info for info in model.info.layers if info.name.startswith(step))
        row = layer.ws_rows[0]
        start = Settings(model=model.ref, compute=Compute(threads=threads))
        whole: list[float] = []
        part: list[float] = []
        own: list[float] = []
        excess: list[bool] = []
        for turn in range(rounds + 1):
            base = replace(start, latent=seed_latent(turn))
            mixed = replace(
                base, mixing=StyleMixing((MixSource(seed=10**6, weights=((row, 1.0),)),))
            )
            first = pipeline.render(_request(base)).timings
            # The latent mixed in is mapped once; what a drag repeats is the second change of it.
            pipeline.render(_request(mixed))
            second = pipeline.render(_request(base)).timings
            if turn == 0:
                continue
            whole.append(first.total_ms)
            part.append(second.total_ms)
            own.append(sum(ms for _, ms in second.steps))
            excess.append(part[-1] > OVERHEAD_SHARE * own[-1] + OVERHEAD_MS)
    times: list[Times] = [summary(values) for values in (whole, part, own)]
    return Partial(
        name,
        layer.name,
        *(t.median_ms for t in times),
        within=2 * sum(excess) <= len(excess),
    )


def _request(settings: Settings) -> RenderRequest:
    request = request_from(settings)
    assert request is not None
    return request
