"""The list of steps: purity, reuse, cancelling, and that each step reads what it declares."""

from __future__ import annotations

import pytest
import torch

from networks import Model
from networks.noise import random_noise
from networks.steps import Activations, Run, run
from tests.networks.random_models import KINDS, random_model, random_ws


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest) -> Model:
    return random_model(request.param)


def _tensors(activations: Activations) -> list[torch.Tensor]:
    fields = (activations.x, activations.img, activations.residual, activations.out)
    return [tensor for tensor in fields if tensor is not None]


def _chain(model: Model, **options: object) -> list[Activations]:
    """Return the activations after each step."""
    inputs = model.generator.inputs(random_ws(model), **options)
    chain = []
    for index, step in enumerate(model.generator.steps()):
        start = (index - 1, chain[-1]) if chain else None
        chain.append(run(model.generator.steps(), inputs, start, until=step.name).activations)
    return chain


def test_going_on_from_kept_activations_gives_the_same_bits_and_leaves_them_unchanged(model: Model):
    ws = random_ws(model)
    inputs, steps = model.generator.inputs(ws), model.generator.steps()
    img = model.generator.synthesis(ws)
    for index, kept in enumerate(_chain(model)):
        before = [tensor.clone() for tensor in _tensors(kept)]
        result = run(steps, inputs, start_from=(index, kept))
        assert result.activations.out is not None
        assert torch.equal(result.activations.out, img), steps[index].name
        for tensor, copy in zip(_tensors(kept), before, strict=True):
            assert torch.equal(tensor, copy), steps[index].name


def test_a_step_reads_exactly_the_rows_it_declares(model: Model):
    steps = model.generator.steps()
    ws = random_ws(model)
    chain = _chain(model)
    for index, step in enumerate(steps):
        before = chain[index - 1] if index else Activations()
        for row in range(model.info.num_ws):
            changed = ws.clone()
            changed[:, row] += 1
            out = step.run(before, model.generator.inputs(changed)).out
            assert out is not None
            same = torch.equal(out, chain[index].out)  # type: ignore[arg-type]
            assert same == (row not in step.ws_rows), (step.name, row)


def test_a_step_reads_exactly_the_inputs_it_declares(model: Model):
    chain = _chain(model)
    changes: dict[str, dict[str, object]] = {"noise": {"noise": "none"}}
    if model.info.has_input_transform:
        changes["input_transform"] = {"input_transform": torch.diag(torch.tensor([-1.0, 1, 1]))}
    for name, options in changes.items():
        inputs = model.generator.inputs(random_ws(model), **options)
        for index, step in enumerate(model.generator.steps()):
            out = step.run(chain[index - 1] if index else Activations(), inputs).out
            assert out is not None
            same = torch.equal(out, chain[index].out)  # type: ignore[arg-type]
            assert same == (name not in step.reads), (step.name, name)


def test_every_row_is_read_by_some_step(model: Model):
    rows = {row for step in model.generator.steps() for row in step.ws_rows}
    assert rows == set(range(model.info.num_ws))


def test_capture_equals_running_until_that_layer(model: Model):
    ws = random_ws(model)
    for step, activations in zip(model.generator.steps(), _chain(model), strict=True):
        out = activations.out
        assert out is not None
        assert torch.equal(model.generator.capture(ws, step.name), out)


def test_the_output_field_holds_what_a_step_computed(model: Model):
    chain = _chain(model)
    for step, activations in zip(model.generator.steps(), chain, strict=True):
        assert step.output in ("x", "img")
        if step.output == "x":
            assert activations.out is activations.x
        else:
            assert activations.img is not None


def test_between_sees_every_step_and_can_cancel(model: Model):
    inputs, steps = model.generator.inputs(random_ws(model)), model.generator.steps()
    seen: list[str] = []
    result = run(steps, inputs, between=lambda index, step: seen.append(step.name))
    assert result.finished
    assert seen == [step.name for step in steps]

    cancelled: Run = run(steps, inputs, between=lambda index, step: index < 2)
    assert not cancelled.finished
    assert cancelled.index == 1
    going_on = run(steps, inputs, start_from=(cancelled.index, cancelled.activations))
    assert torch.equal(going_on.activations.out, result.activations.out)  # type: ignore[arg-type]


def test_cancelling_at_once_gives_nothing(model: Model):
    inputs = model.generator.inputs(random_ws(model))
    result = run(model.generator.steps(), inputs, between=lambda index, step: False)
    assert (result.index, result.finished, result.activations.out) == (-1, False, None)


def test_observe_is_told_how_long_each_step_took(model: Model):
    seconds: dict[str, float] = {}
    run(
        model.generator.steps(),
        model.generator.inputs(random_ws(model)),
        observe=lambda index, step, secs: seconds.update({step.name: secs}),
    )
    assert list(seconds) == [step.name for step in model.generator.steps()]
    assert all(secs > 0 for secs in seconds.values())


def test_random_noise_depends_on_seed_layer_and_size_only():
    kind = {"device": torch.device("cpu"), "dtype": torch.float32}
    noise = random_noise([3, 4, 3], "b8.conv0", 8, **kind)
    assert noise.shape == (3, 1, 8, 8)
    assert torch.equal(noise[0], noise[2])
    assert torch.equal(noise[1:2], random_noise([4], "b8.conv0", 8, **kind))
    for other in (
        random_noise([4], "b8.conv1", 8, **kind),
        random_noise([5], "b8.conv0", 8, **kind),
    ):
        assert not torch.equal(noise[1:2], other)
    large = random_noise([0], "b256.conv1", 256, **kind)
    assert abs(large.mean()) < 0.02
    assert abs(large.std() - 1) < 0.02


def test_random_noise_is_the_same_today_and_tomorrow():
    noise = random_noise([0], "b4.conv1", 4, device=torch.device("cpu"), dtype=torch.float32)
    assert noise.flatten()[:3].tolist() == pytest.approx(
        [0.6435216, -0.6121173, -0.2633907], abs=1e-6
    )
