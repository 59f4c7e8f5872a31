"""Pictures replayed as a whole: the same bits as step by step, or step by step with a reason."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from cuda_ops.cpu.library import using
from explorer.arrays import ArrayStore
from explorer.render.engine import Superseded
from explorer.render.graphs import (
    KEPT_GRAPHS,
    STEP_NAME,
    WARM_PICTURES,
    Graphs,
    Replay,
    record_on_gpu,
)
from explorer.render.latents import LatentSource
from explorer.render.limits import Limits
from explorer.render.pipeline import Pipeline
from explorer.request import request_from
from explorer.settings import Compute, LayerView, MixSource, StyleMixing, seed_latent
from networks.steps import Activations, Inputs, Step, run
from tests.explorer.recorder import record
from tests.fakes import TinyLibrary, tiny_settings
from tests.networks.random_models import KINDS, random_model, random_ws


@pytest.fixture(autouse=True)
def plain_operators() -> Iterator[None]:
    """What is recorded are torch's operators: kernels behind ctypes would not be seen."""
    with using("reference"), torch.inference_mode():
        yield


def by_steps(generator: Any, inputs: Inputs) -> Tensor:
    out = run(generator.steps(), inputs).activations.out
    assert out is not None
    return out


def warmed(graphs: Graphs, generator: Any, inputs: Inputs) -> None:
    for _ in range(WARM_PICTURES):
        graphs.note(generator, generator.steps(), inputs, by_steps(generator, inputs))


def inputs_of(kind: str, seed: int = 0, **options: Any) -> Inputs:
    model = random_model(kind)
    return model.generator.inputs(random_ws(model, 1, seed), **options)


@pytest.mark.parametrize("kind", KINDS)
def test_a_replay_gives_what_the_steps_give(kind: str):
    generator, graphs = random_model(kind).generator, Graphs(record, "cpu")
    assert graphs.picture(generator, inputs_of(kind)) is None
    warmed(graphs, generator, inputs_of(kind))
    assert graphs.sentence(generator, inputs_of(kind)).startswith("CUDA graph: whole pictures")
    first = graphs.picture(generator, inputs_of(kind, 1))
    second = graphs.picture(generator, inputs_of(kind, 2))
    assert first is not None
    assert second is not None
    assert torch.equal(first, by_steps(generator, inputs_of(kind, 1)))  # not written over
    assert torch.equal(second, by_steps(generator, inputs_of(kind, 2)))


def test_a_replay_reads_the_input_transform():
    kind = "stylegan3-t"
    generator, graphs = random_model(kind).generator, Graphs(record, "cpu")
    eye = torch.eye(3)
    warmed(graphs, generator, inputs_of(kind, input_transform=eye))
    moved = eye.clone()
    moved[0, 2] = 0.25
    inputs = inputs_of(kind, input_transform=moved)
    picture = graphs.picture(generator, inputs)
    assert picture is not None
    assert torch.equal(picture, by_steps(generator, inputs))
    assert not torch.equal(picture, by_steps(generator, inputs_of(kind, input_transform=eye)))
    assert not graphs.ready(generator, inputs_of(kind))  # the stored transform: another kind


def test_what_is_fixed_in_a_recording_is_asked_for():
    kind = "stylegan2-skip"
    generator, graphs = random_model(kind).generator, Graphs(record, "cpu")
    warmed(graphs, generator, inputs_of(kind))
    assert graphs.ready(generator, inputs_of(kind, 5))
    other: list[dict[str, Any]] = [{"noise": "none"}, {"noise_strength": 0.5}, {"force_fp32": True}]
    for options in other:
        assert not graphs.ready(generator, inputs_of(kind, **options))
    drawn = inputs_of(kind, noise="random")
    warmed(graphs, generator, drawn)
    assert not graphs.ready(generator, drawn)
    assert "random noise" in graphs.sentence(generator, drawn)


def test_recordings_are_few_and_go_with_their_model():
    graphs = Graphs(record, "cpu")
    generator = TinyLibrary().generator
    asked = [tiny_inputs(strength) for strength in (0.1, 0.2, 0.3)]
    for inputs in asked:
        warmed(graphs, generator, inputs)
    assert [graphs.ready(generator, inputs) for inputs in asked] == [False, True, True]
    assert KEPT_GRAPHS == 2
    gone = weakref.ref(generator)
    del generator
    gc.collect()
    assert gone() is None
    assert len(graphs._known) == 0


def tiny_inputs(strength: float = 1.0) -> Inputs:
    return Inputs(ws=torch.ones(1, 2, 4), noise_strength=strength)


class Reading:
    """A network with one step, which is up to the test."""

    def __init__(self, work: Callable[[Tensor], Tensor]) -> None:
        def step(acts: Activations, inputs: Inputs) -> Activations:
            return Activations(out=work(inputs.ws))

        self._steps = (Step("output", 4, 2, step),)

    def steps(self) -> tuple[Step, ...]:
        return self._steps


def test_a_value_read_from_the_device_gives_the_model_up():
    network, graphs = Reading(lambda ws: ws * float(ws[0, 0, 0])), Graphs(record, "cpu")
    warmed(graphs, network, tiny_inputs())
    assert not graphs.ready(network, tiny_inputs())
    assert graphs.sentence(network, tiny_inputs()) == (
        "CUDA graph: given up for this model, recording failed: CUDA error: operation not "
        "permitted when stream is capturing."
    )
    warmed(graphs, network, tiny_inputs(0.5))
    assert not graphs.ready(network, tiny_inputs(0.5))  # for good


def test_a_first_replay_that_differs_gives_the_model_up():
    def deaf(work: Callable[[], Tensor], device: torch.device) -> tuple[Replay, Tensor]:
        return lambda: None, work()  # as if what is copied in were never read

    network, graphs = Reading(lambda ws: ws + 1), Graphs(deaf, "cpu")
    warmed(graphs, network, tiny_inputs())
    assert graphs.picture(network, tiny_inputs()) is None
    assert "its first replay differed" in graphs.sentence(network, tiny_inputs())


def test_a_replay_that_fails_later_leaves_it_to_the_steps():
    replays = []

    def tiring(work: Callable[[], Tensor], device: torch.device) -> tuple[Replay, Tensor]:
        replay, out = record(work, device)

        def once() -> None:
            replays.append(1)
            if len(replays) > 1:
                raise RuntimeError("CUDA error: out of memory\nmore")
            replay()

        return once, out

    network, graphs = Reading(lambda ws: ws + 1), Graphs(tiring, "cpu")
    warmed(graphs, network, tiny_inputs())
    assert graphs.ready(network, tiny_inputs())
    assert graphs.picture(network, tiny_inputs()) is None
    assert graphs.sentence(network, tiny_inputs()).endswith(
        "a replay failed: CUDA error: out of memory."
    )


def test_only_pictures_of_a_gpu_are_recorded():
    network, graphs = Reading(lambda ws: ws + 1), Graphs(record)
    warmed(graphs, network, tiny_inputs())
    assert not graphs.ready(network, tiny_inputs())


class Desk:
    def __init__(self, limits: Limits | None = None) -> None:
        self.library = TinyLibrary()
        graphs = Graphs(record, "cpu")
        self.pipeline = Pipeline(
            self.library,  # pyright: ignore[reportArgumentType]
            LatentSource(ArrayStore()),
            lambda: limits or Limits(),
            graphs=graphs,
        )

    def render(self, keep_going: Any = None, **changes: Any) -> tuple[list[str], Any]:
        """Return the steps that ran in Python, and the result."""
        changes.setdefault("compute", Compute(threads=1))
        self.library.generator.ran = []
        result = self.pipeline.render(request_from(tiny_settings(**changes)), keep_going)  # pyright: ignore[reportArgumentType]
        return self.library.generator.ran, result


STEPS = ["first", "second", "output"]


def mixed(seed: int) -> StyleMixing:
    return StyleMixing((MixSource(seed=seed, weights=((1, 1.0),)),))


def drag(desk: Desk) -> None:
    for seed in range(WARM_PICTURES):
        desk.render(latent=seed_latent(seed))


def test_a_drag_is_replayed_and_what_comes_after_it_reuses_steps_again():
    desk, eager = Desk(), Desk()
    drag(desk)
    ran, result = desk.render(latent=seed_latent(7))
    assert ran == []
    assert [name for name, _ in result.timings.steps] == [STEP_NAME]
    assert result.network_ran
    assert np.array_equal(result.img, eager.render(latent=seed_latent(7))[1].img)
    assert desk.pipeline.progress == 1.0

    ran, again = desk.render(latent=seed_latent(7), layer=LayerView(gain_db=3.0))
    assert ran == []
    assert not again.network_ran
    # Only a later row changes: once from the start, then from the step that reads it.
    assert desk.render(latent=seed_latent(7), mixing=mixed(1))[0] == STEPS
    assert desk.render(latent=seed_latent(7), mixing=mixed(2))[0] == STEPS[1:]


def test_where_nothing_is_kept_everything_is_replayed():
    desk = Desk(Limits(keep_bytes=0, preview_ms=0))
    desk.render(latent=seed_latent(1), layer=LayerView(layer="second"))
    drag(desk)
    ran, _ = desk.render(latent=seed_latent(1))
    assert ran == []
    assert desk.render(latent=seed_latent(1), mixing=mixed(2))[0] == []
    ran, result = desk.render(latent=seed_latent(1), mixing=mixed(2), layer=LayerView(gain_db=3.0))
    assert (ran, result.network_ran) == ([], False)  # the last one is there


def test_layers_and_cancelling_are_as_before():
    desk = Desk()
    for seed in range(WARM_PICTURES):
        desk.render(latent=seed_latent(seed), layer=LayerView(layer="second"))
    drag(desk)
    ran, _ = desk.render(latent=seed_latent(8), layer=LayerView(layer="second"))
    assert ran == STEPS[:2]
    with pytest.raises(Superseded):
        desk.render(lambda: False, latent=seed_latent(9))
    assert desk.render(lambda: True, latent=seed_latent(9))[0] == []


def test_the_gpu_is_asked_in_the_order_it_needs(monkeypatch: pytest.MonkeyPatch):
    log: list[str] = []

    class Stream:
        def __init__(self, name: str = "aside") -> None:
            self.name = name

        def wait_stream(self, other: Stream) -> None:
            log.append(f"{self.name} waits for {other.name}")

    class Graph:
        def replay(self) -> None:
            log.append("replay")

    @contextlib.contextmanager
    def within(name: str, *_: Any, **options: Any) -> Iterator[None]:
        log.append(f"{name} {options}" if options else name)
        yield
        log.append(f"end of {name}")

    cuda = torch.cuda
    aside = Stream()
    monkeypatch.setattr(cuda, "device", lambda device: within(str(device)))
    monkeypatch.setattr(cuda, "current_stream", lambda: Stream("present"))
    monkeypatch.setattr(cuda, "Stream", lambda: aside)
    monkeypatch.setattr(cuda, "stream", lambda stream: within(f"on {stream.name}"))
    monkeypatch.setattr(cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(
        cuda,
        "graph",
        lambda graph, stream, capture_error_mode: within(
            f"recording on {stream.name} {capture_error_mode}"
        ),
    )

    def work() -> Tensor:
        log.append("work")
        return torch.ones(1)

    replay, out = record_on_gpu(work, torch.device("cuda", 1))
    assert out == 1
    replay()
    assert log == [
        "cuda:1",
        "aside waits for present",
        "on aside",
        "work",
        "end of on aside",
        "present waits for aside",
        "recording on aside thread_local",
        "work",
        "end of recording on aside thread_local",
        "end of cuda:1",
        "cuda:1",
        "replay",
        "end of cuda:1",
    ]
