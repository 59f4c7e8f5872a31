"""Answers thousands of scripted requests and says by how much the program grew, as JSON.

A program of its own (`python -m tests.explorer.many_requests FOLDER`): what other tests leave
behind would be measured with it.
"""

import json
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

from explorer.arrays import ArrayStore
from explorer.messages import LoadModel, ModelLoaded, PreparePreviews
from explorer.render.limits import Limits
from explorer.render.worker import Worker
from explorer.request import RenderResult, request_from
from explorer.settings import (
    Compute,
    Latent,
    LayerView,
    MixSource,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
)
from networks import create_model, save_model

WARM_UP, COUNTED = 1000, 5000


def resident_bytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def scripted(request, info, rng):
    """Return the request after one change, of the kinds that a hand makes."""
    row = rng.randrange(info.num_ws)
    change = rng.choice(
        [
            {"latent": Latent(x=rng.uniform(0, 1e6), y=rng.uniform(-5, 5))},
            {"latent": Latent(x=float(rng.randrange(10**6)))},
            {"truncation": Truncation(rng.uniform(-1, 1))},
            {"noise": Noise("random", rng.randrange(1000), rng.uniform(0, 2))},
            {"mixing": StyleMixing((MixSource(rng.randrange(1000), weights=((row, 0.5),)),))},
            {"layer": LayerView(rng.choice(info.layers).name, gain_db=rng.uniform(-9, 9))},
            {"layer": LayerView(spectrum=rng.random() < 0.3)},
        ]
    )
    return replace(request, **change)


def main(folder):
    path = str(Path(folder) / "small.safetensors")
    save_model(create_model("stylegan2", resolution=64, channel_base=2048, channel_max=32), path)
    worker = Worker(ArrayStore(), lambda: None, limits=lambda: Limits(preview_ms=0.05))
    worker.start()
    exact = previews = 0

    def until(kind, found=lambda report: True):
        nonlocal exact, previews
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for report in worker.poll():
                if isinstance(report, RenderResult):
                    assert report.error is None
                    exact, previews = exact + report.exact, previews + (not report.exact)
                if isinstance(report, kind) and found(report):
                    return report
            time.sleep(0.0002)
        raise AssertionError(f"no {kind.__name__} came")

    worker.enqueue(LoadModel(path))
    loaded = until(ModelLoaded)
    request = request_from(Settings(model=loaded.ref, compute=Compute(threads=1)))
    worker.submit(request)
    until(RenderResult)
    worker.enqueue(PreparePreviews(request))
    while worker.busy:
        time.sleep(0.01)
    rng = random.Random(1)
    before = 0
    for number in range(WARM_UP + COUNTED):
        if number == WARM_UP:
            before = resident_bytes()
        new = scripted(request, loaded.info, rng)
        if new != request:
            request = new
            worker.submit(request)
            until(
                RenderResult, lambda report, wanted=new: report.exact and report.request == wanted
            )
    growth = resident_bytes() - before
    assert worker.close(10)
    print(json.dumps({"growth": growth, "exact": exact, "previews": previews}))


if __name__ == "__main__":
    main(sys.argv[1])
