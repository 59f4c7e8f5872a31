"""The modulated convolution against its definition, demodulation, and moving averages."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from cuda_ops import modulated_conv2d
from networks import create_model
from networks.stylegan3 import SynthesisLayer
from tests.networks.random_models import SMALL, random_labels, random_model, random_z


def _normal(*shape: int, seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=rng, dtype=torch.float64)


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("size", [2, 9], ids=["styles on input", "styles on weights"])
def test_modulated_convolution_is_a_convolution_with_weights_of_its_own_per_sample(
    demodulate: bool, up: bool, size: int
):
    weight, styles = _normal(5, 4, 3, 3), _normal(2, 4, seed=1)
    x, gain = _normal(2, 4, size, size, seed=2), torch.tensor(0.7, dtype=torch.float64)
    for n in range(2):
        w = weight * styles[n, None, :, None, None]
        if demodulate:
            w = w / (w.square().sum([1, 2, 3], keepdim=True) + 1e-8).sqrt()
        alone = x[n : n + 1]
        if up:
            expected = F.conv_transpose2d(alone, w.transpose(0, 1) * gain, stride=2)
        else:
            expected = F.conv2d(alone, w * gain, padding=1)
        for batch in (alone, x):
            y = modulated_conv2d(
                batch,
                weight,
                styles[n : n + 1] if batch is alone else styles,
                demodulate=demodulate,
                up=up,
                padding=0 if up else 1,
                input_gain=gain,
            )
            torch.testing.assert_close(y[:1] if batch is alone else y[n : n + 1], expected)


def test_demodulation_makes_unit_variance_of_unit_variance():
    x = _normal(1, 64, 32, 32)
    y = modulated_conv2d(x, _normal(16, 64, 3, 3, seed=1) * 7, _normal(1, 64, seed=2), padding=1)
    assert y[:, :, 1:-1, 1:-1].std() == pytest.approx(1, abs=0.05)


def test_zero_styles_give_zeros_instead_of_nan():
    y = modulated_conv2d(_normal(1, 4, 5, 5), _normal(3, 4, 3, 3), torch.zeros(1, 4).double())
    assert bool((y == 0).all())


def test_update_emas_moves_the_mean_latent_towards_the_batch():
    model = create_model("stylegan2", resolution=8, c_dim=2, **SMALL)
    generator, z, c = model.generator, random_z(model, 4), random_labels(model, 4)
    w = generator.mapping.w(z, c)
    img = generator.update_emas(z, c)
    torch.testing.assert_close(generator.w_avg, 0.002 * w.mean(dim=0))
    assert torch.equal(img, generator.synthesis(generator.mapping(z, c)))


def test_update_emas_moves_each_layers_input_magnitude_before_the_layer_runs():
    model = create_model("stylegan3-t", resolution=16, num_layers=4, **SMALL)
    generator, z = model.generator, random_z(model, 2)
    ws = generator.mapping(z)
    first = generator.synthesis.get_submodule("L0_36_12")
    assert isinstance(first, SynthesisLayer)
    expected = 0.001 * generator.capture(ws, "input").square().mean() + 0.999
    img = generator.update_emas(z)
    torch.testing.assert_close(first.magnitude_ema, expected)
    # Every layer ran with its new magnitude, so running again with them gives the same picture.
    torch.testing.assert_close(generator.synthesis(ws), img)


def test_running_a_network_never_moves_its_averages():
    model = random_model("stylegan3-t")
    before = {name: b.clone() for name, b in model.generator.named_buffers()}
    model.generator.train()
    model.generator(random_z(model))
    model.generator.eval()
    assert all(torch.equal(b, before[name]) for name, b in model.generator.named_buffers())
