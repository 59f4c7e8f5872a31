"""What holds for every generator: truncation, batches, noise, capture, errors."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from networks import Model, create_model
from tests.golden import golden_error
from tests.networks.random_models import (
    KINDS,
    SMALL,
    random_labels,
    random_model,
    random_ws,
    random_z,
)


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest) -> Model:
    return random_model(request.param)


def test_psi_0_is_the_mean_latent_for_every_seed(model: Model):
    ws = model.generator.mapping(random_z(model), random_labels(model), psi=0)
    assert torch.equal(ws, model.generator.w_avg.expand_as(ws))


def test_psi_1_changes_nothing(model: Model):
    z, c = random_z(model), random_labels(model)
    ws = model.generator.mapping(z, c)
    assert torch.equal(ws, model.generator.mapping(z, c, psi=1, cutoff=3))
    assert (ws[:, 0] - model.generator.w_avg).abs().max() > 0.1


def test_psi_minus_1_mirrors_about_the_mean_up_to_the_cutoff(model: Model):
    z, c = random_z(model), random_labels(model)
    ws, w_avg = model.generator.mapping(z, c), model.generator.w_avg
    mirrored = model.generator.mapping(z, c, psi=-1, cutoff=2)
    torch.testing.assert_close(mirrored[:, :2] - w_avg, w_avg - ws[:, :2])
    assert torch.equal(mirrored[:, 2:], ws[:, 2:])


def test_a_batch_equals_its_samples_alone(model: Model):
    ws = random_ws(model, 3)
    options = {"noise": "random", "noise_strength": 0.7}
    together = model.generator.synthesis(ws, noise_seed=[5, 6, 5], **options)
    for i, seed in enumerate((5, 6, 5)):
        alone = model.generator.synthesis(ws[i : i + 1], noise_seed=seed, **options)
        assert golden_error(together[i : i + 1], alone) < 1e-5


def test_synthesis_repeats_bit_by_bit_and_leaves_ws_alone(model: Model):
    ws = random_ws(model)
    before = ws.clone()
    assert torch.equal(model.generator.synthesis(ws), model.generator.synthesis(ws))
    assert torch.equal(ws, before)


def test_the_picture_has_the_shape_the_info_says(model: Model):
    img = model.generator.synthesis(random_ws(model))
    size = model.info.resolution
    assert img.shape == (2, model.info.img_channels, size, size)
    assert img.dtype == torch.float32
    assert bool(img.isfinite().all())
    assert img.std() > 0.01


def test_capture_of_the_last_layer_is_the_picture(model: Model):
    ws = random_ws(model)
    assert torch.equal(model.generator.capture(ws, "output"), model.generator.synthesis(ws))


def test_capture_gives_what_the_info_says_of_each_layer(model: Model):
    ws = random_ws(model)
    for layer in model.info.layers:
        activation = model.generator.capture(ws, layer.name)
        assert activation.shape == (2, layer.channels, layer.resolution, layer.resolution)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("stylegan3")])
def test_every_input_transform_of_a_batch_is_its_own(kind: str):
    model = random_model(kind)
    ws = random_ws(model)
    matrices = np.stack([np.eye(3), [[0, 1, 0.1], [-1, 0, 0], [0, 0, 1]]])
    together = model.generator.synthesis(ws, input_transform=matrices)
    for i in range(2):
        alone = model.generator.synthesis(ws[i : i + 1], input_transform=matrices[i])
        assert golden_error(together[i : i + 1], alone) < 1e-5
    assert golden_error(together[:1], model.generator.synthesis(ws[:1])) < 1e-5


def test_a_deep_copy_runs_on_its_own_weights(model: Model):
    generator, ws = model.generator, random_ws(model)
    img = generator.synthesis(ws)
    twin = copy.deepcopy(generator)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.mul_(1.5)
    assert torch.equal(generator.synthesis(ws), img)
    assert not torch.equal(twin.synthesis(ws), img)


def test_labels_are_required_exactly_where_the_network_has_them(model: Model):
    z = random_z(model)
    if model.info.c_dim:
        with pytest.raises(ValueError, match=r"needs a label c of shape \[N, \d\]"):
            model.generator.mapping(z)
        with pytest.raises(ValueError, match=r"c must have shape"):
            model.generator.mapping(z, torch.zeros(2, 9))
    else:
        with pytest.raises(ValueError, match="takes no label"):
            model.generator.mapping(z, torch.ones(2, 1))


def test_mapping_errors_say_what_is_allowed(model: Model):
    z, c, num_ws = random_z(model), random_labels(model), model.info.num_ws
    for cutoff in (-1, num_ws + 1):
        with pytest.raises(ValueError, match=rf"cutoff must be in \[0, {num_ws}\], got {cutoff}"):
            model.generator.mapping(z, c, cutoff=cutoff)
    with pytest.raises(ValueError, match=r"z must have shape \[N, 16\], got \[2, 15\]"):
        model.generator.mapping(z[:, 1:], c)


def test_synthesis_errors_say_what_is_allowed(model: Model):
    ws, generator = random_ws(model), model.generator
    with pytest.raises(ValueError, match="ws must have shape"):
        generator.synthesis(ws[:, 1:])
    with pytest.raises(ValueError, match="noise must be one of const, none, random"):
        generator.synthesis(ws, noise="loud")
    with pytest.raises(ValueError, match="one integer or 2 of them, got 3"):
        generator.synthesis(ws, noise="random", noise_seed=[1, 2, 3])
    with pytest.raises(ValueError, match="lod must be None"):
        generator.synthesis(ws, lod=1.0)
    with pytest.raises(ValueError, match=f"no layer 'b3'.*{model.info.layers[0].name}, .*output"):
        generator.capture(ws, "b3")
    if model.info.has_input_transform:
        with pytest.raises(ValueError, match=r"input_transform must have shape \[3, 3\]"):
            generator.synthesis(ws, input_transform=np.eye(2))
        with pytest.raises(ValueError, match="must be finite"):
            generator.synthesis(ws, input_transform=np.eye(3) * np.nan)
    else:
        with pytest.raises(ValueError, match="only StyleGAN3"):
            generator.synthesis(ws, input_transform=np.eye(3))


def test_second_derivatives_exist_down_to_w(model: Model):
    ws = random_ws(model, 1).requires_grad_()
    img = model.generator.synthesis(ws)
    (grad,) = torch.autograd.grad((img * torch.ones_like(img)).sum(), ws, create_graph=True)
    (second,) = torch.autograd.grad(grad.square().sum(), ws)
    assert bool(second.isfinite().all())
    assert second.abs().max() > 0


@pytest.mark.parametrize("architecture, conv1", [("skip", 0.1), ("resnet", 0.1 * 0.5**0.5)])
def test_conv_clamp_bounds_every_convolution(architecture: str, conv1: float):
    model = create_model(
        "stylegan2", resolution=16, architecture=architecture, conv_clamp=0.1, **SMALL
    )
    ws = random_ws(model)
    bounds = {"b4.conv1": 0.1, "b8.conv0": 0.1, "b8.conv1": conv1, "b16.torgb": 0.1}
    for layer, bound in bounds.items():
        assert model.generator.capture(ws, layer).abs().max() == pytest.approx(bound), layer
