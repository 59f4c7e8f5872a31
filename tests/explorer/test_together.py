"""Batches use all cores, and give exactly the pictures that are made alone."""

import threading
from dataclasses import replace

import pytest
import torch

from explorer.arrays import ArrayStore
from explorer.messages import Cell, RenderGrid
from explorer.render import together
from explorer.render.engine import Superseded, always
from explorer.render.together import at_once, rendered, side_by_side
from explorer.render.torch_engine import TorchEngine
from explorer.request import request_from
from explorer.settings import Compute, Grid, Settings, seed_latent
from networks import create_model, save_model

FIELDS = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8, "map_depth": 2}
DEFAULT = Compute(device="cpu")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(together, "cores", lambda: 2)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def large(monkeypatch):
    """Every network is large enough for its pictures to be made side by side."""
    monkeypatch.setattr(together, "SMALL_GMAC", 0.0)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    save_model(create_model("stylegan2", resolution=16, randomise=True, **FIELDS), path)
    return str(path)


@pytest.fixture
def engine(path):
    engine = TorchEngine(ArrayStore())
    engine.library.load(path)
    return engine


def requests_of(engine, path, count, compute=DEFAULT):
    model = engine.library.load(path).ref
    return [
        request_from(Settings(model=model, latent=seed_latent(seed), compute=compute))
        for seed in range(count)
    ]


def make(engine, requests, use, keep_going=always):
    return list(rendered(engine.pipeline, engine.library, engine.arrays, requests, use, keep_going))


def test_pictures_side_by_side_are_those_made_alone_in_order(engine, path, large):
    requests = requests_of(engine, path, 5)
    meet = threading.Barrier(2, timeout=30)  # breaks unless two pictures are made at once

    def use(index, result):
        if index < 4:
            meet.wait()
        return index, result.threads, result.rgba.tobytes(), torch.get_num_threads()

    made = make(engine, requests, use)
    assert [index for index, *_ in made] == [0, 1, 2, 3, 4]
    for request, (_, threads, pixels, in_use) in zip(requests, made, strict=True):
        assert (threads, in_use) == (1, 1)
        alone = engine.render(replace(request, compute=Compute("cpu", threads=1)), always)
        assert pixels == alone.rgba.tobytes()


def test_who_says_how_many_threads_gets_one_picture_after_the_other(engine, path, large):
    requests = requests_of(engine, path, 3, Compute(device="cpu", threads=2))
    made = make(engine, requests, lambda _, result: (result.threads, threading.get_ident()))
    assert made == [(2, threading.get_ident())] * 3


def test_how_many_at_once(monkeypatch):
    large = create_model("stylegan2", resolution=256, seed=0).generator
    small = create_model("stylegan2", resolution=16, seed=0, **FIELDS).generator
    assert at_once(DEFAULT, large, 10) == 2
    assert at_once(DEFAULT, large, 1) == 1
    assert at_once(DEFAULT, small, 10) == 1
    assert at_once(Compute(device="cpu", threads=1), large, 10) == 1
    monkeypatch.setattr(together, "cores", lambda: 64)
    assert at_once(DEFAULT, large, 100) == together.MOST_AT_ONCE
    monkeypatch.setattr(together, "resolve_device", lambda _: torch.device("cuda", 0))
    assert at_once(Compute(device="cuda"), large, 10) == 1


def test_cores_are_shared_out_among_the_pictures(monkeypatch):
    monkeypatch.setattr(together, "cores", lambda: 23)
    assert list(side_by_side(lambda _: torch.get_num_threads(), range(3), 3)) == [7, 7, 7]


def test_nothing_runs_while_a_picture_is_used(engine, path, large):
    running = []

    def use(index, _):
        running.append(index)
        return index

    made = rendered(
        engine.pipeline, engine.library, engine.arrays, requests_of(engine, path, 6), use
    )
    assert next(made) == 0
    assert sorted(running) == [0, 1]
    made.close()
    assert sorted(running) == [0, 1]


def test_a_batch_is_cancelled_between_two_steps(engine, path, large):
    with pytest.raises(Superseded):
        make(engine, requests_of(engine, path, 4), lambda *_: None, lambda: False)


def test_a_grid_of_large_pictures_uses_all_cores(engine, path, large, monkeypatch):
    (request,) = requests_of(engine, path, 1)
    names = set()
    render = together.Pipeline.render

    def watched(self, request, keep_going=None):
        names.add(threading.current_thread().name)
        return render(self, request, keep_going)

    monkeypatch.setattr(together.Pipeline, "render", watched)
    units = list(engine.units(0, RenderGrid(request, Grid(3, 2)), always))
    assert sum(isinstance(unit, Cell) for unit in units) == 6
    assert names == {"pictures_0", "pictures_1"}
