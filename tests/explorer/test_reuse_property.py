"""Whatever is edited in whatever order, kept activations give the bytes that a fresh run gives."""

import random
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.arrays import ArrayStore
from explorer.messages import PreparePreviews
from explorer.render.engine import Superseded
from explorer.render.jobs import JobContext, units_of
from explorer.render.latents import LatentSource
from explorer.render.limits import Limits
from explorer.render.pipeline import Pipeline
from explorer.render.preview import Previews, Readout
from explorer.request import request_from
from explorer.settings import (
    ClassChoice,
    Compute,
    InputTransform,
    Latent,
    LayerView,
    MixSource,
    ModelRef,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
    seed_latent,
)
from tests.fixtures.recipes import RECIPES, make_model

SEQUENCES = {"stylegan2": 600, "stylegan3": 120}  # of each network; together two thousand
EDITS = 3  # in a sequence, each a picture
POOL = 40  # different requests of each network
BUDGETS = (0, 20_000, 100_000, 2**30)  # bytes: nothing kept, some of it, everything


@cache
def library(name):
    model = make_model(name)
    loaded = SimpleNamespace(ref=ModelRef(name, name), info=model.info, model=model)
    return SimpleNamespace(get=lambda ref: loaded, placed=lambda *_: model.generator)


def edited(request, rng, info, arrays):
    """Return `request` after one random edit of the kind the panels make."""
    row = rng.randrange(info.num_ws)
    weights = ((row, rng.choice([1.0, 0.5])),)
    layer = rng.choice([None, *(each.name for each in info.layers)])
    saved = arrays.add(np.full((info.num_ws, info.w_dim), rng.choice([0.1, -0.4]), np.float32))
    change = rng.choice(
        [
            {"latent": seed_latent(rng.randrange(5))},
            {"latent": Latent(x=rng.choice([0.25, 1.5]), y=rng.choice([0.0, 0.5]))},
            {"latent": Latent(anchor=saved, x=rng.choice([0.0, 0.5]))},
            {"truncation": Truncation(rng.choice([1.0, 0.7, 0.0, -0.5]), rng.choice([None, row]))},
            {"noise": Noise(rng.choice(["none", "const", "random"]), rng.randrange(3))},
            {"noise": Noise("const", strength=rng.choice([0.0, 0.5, 2.0]))},
            {"mixing": StyleMixing((MixSource(seed=rng.randrange(5), weights=weights),))},
            {"mixing": StyleMixing((MixSource(saved=saved, weights=weights),))},
            {"mixing": StyleMixing()},
            {"classes": ClassChoice("blend", ((0, 1.0), (1, rng.choice([0.0, 0.5]))))},
            {"classes": ClassChoice()},
            {"transform": InputTransform(rng.choice([0.0, 0.1]), 0.05, rng.choice([0.0, 0.2]))},
            {"transform": InputTransform(translate_x=0.1, untransform=True)},
            {"layer": LayerView(layer=layer)},
            {"layer": LayerView(layer=layer, mode="mosaic", gain_db=rng.choice([0.0, 6.0]))},
            {"layer": LayerView(layer=layer, mode="mono", base_channel=1, normalise=True)},
            {"layer": replace(request.layer, spectrum=not request.layer.spectrum)},
            {"compute": Compute("cpu", rng.choice(["file", "float32"]), threads=1)},
        ]
    )
    return replace(request, **change)


def pool(info, arrays, rng):
    """Return requests, and for each the places of those that are one edit away."""
    settings = Settings(model=ModelRef("any", "any"), compute=Compute(threads=1))
    requests = [request_from(settings)]
    near = [[]]
    while len(requests) < POOL:
        start = rng.randrange(len(requests))
        new = edited(requests[start], rng, info, arrays)
        if new not in requests:
            near[start].append(len(requests))
            near.append([start])
            requests.append(new)
    return requests, near


def contents(result):
    img = b"" if result.img is None else result.img.tobytes()
    return result.rgba.tobytes(), img, result.layer.all_channels, result.layer.selected


@pytest.mark.parametrize("name", RECIPES)
def test_kept_and_fresh_pictures_are_the_same_bytes(name):
    rng = random.Random(name)
    models, arrays = library(name), ArrayStore()
    info = models.get(None).info
    requests, near = pool(info, arrays, rng)
    budget = 0
    previews = prepared(models, arrays, requests[0])
    known = previews.of(pipeline_of(models, arrays).place(requests[0]).weights_key)
    pipeline = Pipeline(
        models, LatentSource(arrays), lambda: Limits(budget, preview_ms=1e-3), previews
    )
    fresh = [contents(pipeline_of(models, arrays).render(request)) for request in requests]
    ran = reused = stopped = rough = 0
    index = 0
    for number in range(SEQUENCES[name[:9]]):
        if number % 10 == 0:
            budget, index = rng.choice(BUDGETS), rng.randrange(POOL)
        for _ in range(EDITS):
            index = rng.choice(near[index])
            if rng.random() < 0.3:
                known.readout_ms = dict.fromkeys(known.readouts, 0.0)
                rough += pipeline.preview(requests[index]) is not None
            left = rng.choice([None, None, None, rng.randrange(8)])  # steps until it is stopped
            try:
                result = pipeline.render(requests[index], stopping_after(left))
            except Superseded:
                stopped += 1
                continue
            assert contents(result) == fresh[index], requests[index]
            ran += len(result.timings.steps)
            reused += len(result.timings.reused)
    assert ran > 0
    assert reused > 0
    assert stopped > 0
    assert rough > 0


def pipeline_of(models, arrays):
    return Pipeline(models, LatentSource(arrays), lambda: Limits(keep_bytes=0))


def prepared(models, arrays, request):
    """Return previews of any quality: how near they are is not what is tested here."""
    previews = Previews()
    pipeline = Pipeline(models, LatentSource(arrays), Limits, previews)
    context = JobContext(1, pipeline, models, arrays, lambda: True, previews)
    for _ in units_of(context, PreparePreviews(request)):
        pass
    known = previews.of(pipeline.place(request).weights_key)
    for index, readout in known.readouts.items():
        known.readouts[index] = Readout(index, readout.side, readout.colours, 0.0)
    return previews


def stopping_after(steps):
    """Return what stops a render after some steps; None = never."""
    if steps is None:
        return None
    left = iter(range(steps))
    return lambda: next(left, None) is not None
