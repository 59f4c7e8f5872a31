"""The short cut is exact where nothing varies, and near where little is left to do."""

import pytest
import torch
import torch.nn.functional as F

from networks import create_model
from networks.shortcut import shortcut_of
from networks.steps import Activations, run
from tests.fixtures.recipes import RECIPES, make_model

NARROW = {"z_dim": 8, "w_dim": 8, "channel_max": 16, "map_depth": 2}


def model_of(name, resolution, **fields):
    base = 16 * resolution
    return create_model(name, resolution=resolution, channel_base=base, **(NARROW | fields))


def after_each_step(generator, seed):
    z = torch.randn(1, generator.mapping.z_dim, generator=torch.Generator().manual_seed(seed))
    inputs = generator.inputs(generator.mapping(z), noise="none")
    kept = [Activations()]
    for index, step in enumerate(generator.steps()):
        kept.append(run([step], inputs, start_from=(-1, kept[index])).activations)
    return inputs, kept[1:]


def relative(a, b):
    return float((a - b).square().mean().sqrt() / (b - b.mean([2, 3], keepdim=True)).std())


@pytest.mark.parametrize("name", RECIPES)
@torch.no_grad()
def test_there_is_one_from_every_size_of_every_architecture(name):
    generator = make_model(name).generator
    inputs = generator.inputs(torch.zeros(1, generator.num_ws, 5))
    cut = shortcut_of(generator)
    sides = sorted(set(cut.sides.values()))
    assert sides[0] in (8, 16)
    for index, side in cut.sides.items():
        kept = run(generator.steps(), inputs, until=generator.steps()[index].name)
        picture = cut.picture(index, kept.activations, inputs)
        assert picture.shape == (1, generator.config.img_channels, side, side)
        assert picture.isfinite().all()


@pytest.mark.parametrize(
    "name, fields",
    [
        ("stylegan2", {}),
        ("stylegan2", {"architecture": "resnet"}),
        ("stylegan2", {"architecture": "orig"}),
        ("stylegan3-r", {}),
        ("stylegan3-t", {}),
    ],
)
@torch.no_grad()
def test_it_is_near_and_nearer_the_later_it_begins(name, fields):
    generator = model_of(name, 64, **fields).generator
    cut = shortcut_of(generator)
    errors = {}
    for seed in range(3):
        inputs, kept = after_each_step(generator, seed)
        exact = kept[-1].out
        for index, side in cut.sides.items():
            shrunk = F.adaptive_avg_pool2d(exact, side)
            error = relative(cut.picture(index, kept[index], inputs), shrunk)
            errors[index] = errors.get(index, 0.0) + error / 3
    first, *_, last = [errors[index] for index in sorted(errors)]
    assert last < 0.5 * first
    assert last < 0.3


@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan2-resnet-labels"])
@torch.no_grad()
def test_layers_that_see_the_same_everywhere_are_exact(name):
    """Inside the edges, where kernels see no zeros, a constant stays one: only sums matter."""
    generator = make_model(name).generator
    cut = shortcut_of(generator)
    index, side = min(cut.sides.items())
    x_channels = generator.steps()[index - 1].channels
    inputs = generator.inputs(
        torch.linspace(-1, 1, 5).expand(1, generator.num_ws, -1), noise="none"
    )
    x = torch.linspace(-1, 1, x_channels)[None, :, None, None].expand(1, -1, side, side)
    img = torch.zeros(1, 3, side, side) if name.endswith("skip") else None
    start = Activations(x=x.contiguous(), img=img)
    exact = run(generator.steps(), inputs, start_from=(index, start)).activations.out
    middle = exact.shape[-1] // 2
    rough = cut.picture(index, start, inputs)
    assert torch.allclose(rough[:, :, 0, 0], exact[:, :, middle, middle], rtol=1e-3, atol=1e-4)


def test_what_it_does_not_know_has_none():
    assert shortcut_of(object()) is None
