"""Losses and regularisers against direct formulas, and random numbers against their promise."""

import math

import numpy as np
import pytest
import torch

from train import losses
from train.blur import blur, blur_sigma
from train.ema import ema_beta, update_ema
from train.optimiser import clean_gradients, make_adam
from train.random import Draws


@pytest.fixture
def rng():
    return torch.Generator().manual_seed(0)


def test_logistic_losses(rng):
    x = torch.randn(5, 1, generator=rng, dtype=torch.float64)
    sigmoid = torch.sigmoid(x).flatten()

    torch.testing.assert_close(losses.generator_loss(x), -sigmoid.log())
    torch.testing.assert_close(losses.real_loss(x), -sigmoid.log())
    torch.testing.assert_close(losses.fake_loss(x), -(1 - sigmoid).log())


def test_r1_of_a_quadratic(rng):
    """D(x) = sum a x^2 has the gradient 2 a x."""
    a = torch.randn(3, 4, 4, generator=rng, dtype=torch.float64)
    x = torch.randn(2, 3, 4, 4, generator=rng, dtype=torch.float64, requires_grad=True)
    logits = (a * x.square()).sum(dim=[1, 2, 3])[:, None]

    expected = (2 * a * x).square().sum(dim=[1, 2, 3])
    torch.testing.assert_close(losses.r1_penalty(logits, x), expected)


def test_path_lengths_of_a_linear_generator(rng):
    """img = A ws has the Jacobian A whatever ws is."""
    n, rows, width, pixels = 3, 2, 5, 16
    a = torch.randn(pixels, rows * width, generator=rng, dtype=torch.float64)
    ws = torch.randn(n, rows, width, generator=rng, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(n, 1, 4, 4, generator=rng, dtype=torch.float64)
    img = (ws.flatten(1) @ a.t()).reshape(n, 1, 4, 4)

    jacobian = (noise.flatten(1) / 4) @ a
    expected = jacobian.reshape(n, rows, width).square().sum(2).mean(1).sqrt()
    torch.testing.assert_close(losses.path_lengths(img, ws, noise), expected)


def test_path_loss_has_the_gradient_with_the_mean_inside_the_graph(rng):
    lengths = torch.rand(6, generator=rng, dtype=torch.float64).requires_grad_(True)
    pl_mean, decay = torch.tensor(0.3, dtype=torch.float64), 0.25
    a = pl_mean.lerp(lengths.mean(), decay)
    direct = (lengths - a).square().mean()
    (expected,) = torch.autograd.grad(direct, lengths)

    mean = lengths.detach().mean()
    parts = [losses.path_loss(part, mean, pl_mean, decay) for part in lengths.split([2, 4])]
    ours = torch.cat(parts).mean()
    (gradient,) = torch.autograd.grad(ours, lengths)

    torch.testing.assert_close(ours, direct)
    torch.testing.assert_close(gradient, expected)


def test_style_mixing(rng):
    ws, other = torch.zeros(2, 6, 3), torch.ones(2, 6, 3)

    mixed = losses.mix_styles(ws, 4, lambda: other)

    assert mixed[:, :4].eq(0).all()
    assert mixed[:, 4:].eq(1).all()
    assert losses.mix_styles(ws, 6, pytest.fail) is ws


def test_blur_is_the_base_two_gaussian():
    img = torch.zeros(1, 1, 31, 31, dtype=torch.float64)
    img[0, 0, 15, 15] = 1
    sigma = 2.0

    x = np.arange(-6, 7)
    line = 2.0 ** -((x / sigma) ** 2)
    expected = np.outer(line, line) / line.sum() ** 2
    np.testing.assert_allclose(blur(img, sigma)[0, 0, 9:22, 9:22], expected)
    assert blur(img, 0.3) is img


def test_blur_fades():
    assert [blur_sigma(10, 200, nimg) for nimg in (0, 50_000, 200_000, 10**6)] == [10, 7.5, 0, 0]
    assert blur_sigma(0, 200, 0) == 0


def test_ema():
    assert ema_beta(32, 10**6, 10, 0) == pytest.approx(0.5 ** (32 / 10_000))
    assert ema_beta(32, 1000, 10, 0.05) == pytest.approx(0.5 ** (32 / 50))
    assert ema_beta(32, 0, 10, 0.05) == 0
    a, b = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    assert a.running_mean is not None
    assert b.running_mean is not None
    torch.nn.init.constant_(a.weight, 0)
    b.running_mean.fill_(7)
    update_ema(a, b, 0.75)

    assert a.weight.tolist() == [0.25, 0.25]
    assert a.running_mean.tolist() == [7, 7]


def test_lazy_regularisation_slows_the_optimiser():
    adam = make_adam(torch.nn.Linear(2, 2), 0.002, 0.0, 0.99, 1e-8, 16)
    group = adam.param_groups[0]

    assert group["lr"] == pytest.approx(0.002 * 16 / 17)
    assert group["betas"] == pytest.approx((0.0, 0.99 ** (16 / 17)))


def test_gradients_are_cleaned():
    gradient = torch.tensor([math.nan, math.inf, -math.inf, 2.0])
    clean_gradients([gradient])

    assert gradient.tolist() == [0, 1e5, -1e5, 2]


def test_draws_depend_on_nothing_but_seed_purpose_and_index():
    a, b = Draws(5), Draws(5)
    b.normal("z", [1, 2, 3], [9])
    whole = a.normal("z", range(8), [4])

    np.testing.assert_array_equal(whole[[6, 1]], b.normal("z", [6, 1], [4]))
    assert not np.array_equal(whole, a.normal("y", range(8), [4]))
    assert not np.array_equal(whole, Draws(6).normal("z", range(8), [4]))
    assert len(np.unique(whole)) == whole.size


def test_draws_are_normal():
    values = Draws(0).normal("z", range(2000), [16])

    assert abs(values.mean()) < 0.02
    assert values.std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(values[:-1, 0], values[1:, 0])[0, 1]) < 0.08
