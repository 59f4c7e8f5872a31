"""Augmentation: invariants, each operation's effect, means over draws, derivatives."""

import math

import numpy as np
import pytest
import torch

from train.augment import AugmentController, AugmentPipe
from train.augment import geometry as g
from train.augment.colour import LUMA, colour_matrices, recolour
from train.augment.corrupt import amplify_bands, band_gains, cut_out
from train.augment.draws import SampleDraws
from train.augment.sample import sample
from train.augment.wavelets import SYM2, SYM6, octave_bands
from train.checks import CATEGORIES
from train.random import Draws

EYE = torch.eye(3, dtype=torch.float64)


def noise(n=4, c=3, size=16):
    rng = torch.Generator().manual_seed(0)
    return torch.randn(n, c, size, size, generator=rng, dtype=torch.float64)


def bump(x=0.0, y=0.0, size=32, width=4.5):
    """A Gaussian hill about (x, y) pixels from the centre."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    return torch.exp(-((axis[:, None] - y) ** 2 + (axis - x) ** 2) / width**2)[None, None]


def draws_of(n=1000, purpose="a"):
    return SampleDraws(Draws(0), purpose, range(n))


class Chosen(SampleDraws):
    """Draws of which some are set by hand, and only they apply."""

    def __init__(self, **values):
        super().__init__(Draws(0), "x", [0])
        self._on = set(values) | {name.rsplit("_", 1)[0] for name in values}
        for name, value in values.items():
            for table in (self._uniforms, self._normals):
                if name in table:
                    table[name] = torch.tensor([float(value)], dtype=torch.float64)

    def gate(self, name, p):
        return torch.tensor([name in self._on])


@pytest.mark.parametrize("filter", [SYM2, SYM6])
def test_wavelets_are_orthonormal_with_vanishing_moments(filter):
    taps = len(filter)
    for shift in range(taps // 2):
        product = filter[2 * shift :] @ filter[: taps - 2 * shift]
        assert product == pytest.approx(float(shift == 0), abs=1e-11)
    signs = (-1.0) ** np.arange(taps)
    for power in range(taps // 2):
        assert (filter * signs) @ np.arange(taps) ** power == pytest.approx(0, abs=1e-8)


def test_bands_add_up_to_a_delta_and_split_the_spectrum():
    bands = octave_bands()
    delta = np.zeros(bands.shape[1])
    delta[len(delta) // 2] = 1
    np.testing.assert_allclose(bands.sum(axis=0), delta, atol=1e-15)
    spectrum = np.abs(np.fft.rfft(bands, 512))
    for band, (low, high) in enumerate([(0, 1 / 8), (1 / 8, 1 / 4), (1 / 4, 1 / 2), (1 / 2, 1)]):
        middle = int((low + high) / 2 * 256)
        assert spectrum[:, middle].argmax() == band


@pytest.mark.parametrize("categories", [CATEGORIES, ("blit",), ("color",), ("filter", "noise")])
def test_strength_zero_is_the_identity(categories):
    img = noise()

    assert AugmentPipe(Draws(0), categories)(img, 0.0, "a", range(4)) is img


def test_identity_matrices_change_nothing_even_through_all_filters():
    img = noise()

    assert g.warp(img, EYE.repeat(4, 1, 1)) is img
    torch.testing.assert_close(g._warp_all(img, EYE.repeat(4, 1, 1)), img, atol=1e-10, rtol=0)


def test_whole_pixels_move_exactly():
    img = noise()
    moved = g.warp(img, g.translation_matrix(torch.full([4], -3.0), torch.full([4], 2.0)))

    torch.testing.assert_close(moved[..., :-2, 3:], img[..., 2:, :-3], atol=1e-10, rtol=0)


@pytest.mark.parametrize(
    "values, place, width",
    [
        ({"flip": 0.9}, (-4, 1), 4.5),
        ({"turn": 0.3}, (-1, 4), 4.5),  # a quarter turn
        ({"turn": 0.6}, (-4, -1), 4.5),
        ({"blit_x": 0.9, "blit_y": 0.1}, (7, -2), 4.5),
        ({"shift_x": 0.5, "shift_y": -0.5}, (6, -1), 4.5),
        ({"scale": 1.0}, (4 * 2**0.2, 2**0.2), 4.5 * 2**0.2),
        (
            {"pre": 0.5 + 0.2 / (2 * math.pi)},
            (4 * math.cos(0.2) - math.sin(0.2), 4 * math.sin(0.2) + math.cos(0.2)),
            4.5,
        ),
    ],
)
def test_each_geometric_operation(values, place, width):
    matrices = g.geometry_matrices(Chosen(**values), 1.0, 32, blit=True, geom=True)
    result = g.warp(bump(4, 1), matrices)

    inner = (slice(None), slice(None), slice(6, 26), slice(6, 26))
    difference = (result - bump(*place, width=width))[inner]
    assert float(difference.abs().max()) < 0.02


def test_anisotropic_scale_keeps_the_area():
    m = g.geometry_matrices(Chosen(aspect=1.5), 1.0, 32, blit=True, geom=True)[0]

    assert float(m.det()) == pytest.approx(1)
    assert float(m[1, 1] / m[0, 0]) == pytest.approx(2 ** (2 * 0.2 * 1.5))


def test_order_of_operations():
    """A flip comes before a shift: the shift is not mirrored."""
    m = g.geometry_matrices(
        Chosen(flip=0.9, shift_x=1.0, shift_y=0.0), 1.0, 32, blit=True, geom=True
    )[0]

    place = torch.linalg.inv(m) @ torch.tensor([1.0, 0, 1], dtype=torch.float64)
    assert place.tolist() == pytest.approx([-1 + 0.125 * 32, 0, 1])


def test_rotations_together_have_probability_p():
    p = 0.4
    draws = draws_of(20000)
    p_turn = 1 - math.sqrt(1 - p)
    rotated = draws.gate("pre", p_turn) | draws.gate("post", p_turn)

    assert float(rotated.double().mean()) == pytest.approx(p, abs=0.02)


def test_means_over_draws():
    m = g.geometry_matrices(draws_of(), 1.0, 64, blit=True, geom=False)
    c = colour_matrices(draws_of(), 1.0)

    flips = m[:, :2, :2].det() < 0
    assert float(flips.double().mean()) == pytest.approx(0.5, abs=0.05)
    assert float(m[:, :2, 2].abs().max()) <= 8
    assert float(c[:, :3, 3].mean()) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    "values, colour, expected",
    [
        ({"brightness": 1.0}, [0.1, 0.2, 0.3], [0.3, 0.4, 0.5]),
        ({"contrast": 2.0}, [0.1, -0.2, 0.3], [0.2, -0.4, 0.6]),
        ({"luma": 0.9}, [0.3, 0.3, 0.3], [-0.3, -0.3, -0.3]),
        ({"hue": 0.5 + 1 / 3}, [1, 0, 0], [0, 1, 0]),  # a third of a turn
        ({"saturation": 1.0}, [0.2, 0.3, 0.4], [0.1, 0.3, 0.5]),
    ],
)
def test_each_colour_operation(values, colour, expected):
    img = torch.tensor(colour, dtype=torch.float64)[None, :, None, None].expand(1, 3, 2, 2)
    result = recolour(img, colour_matrices(Chosen(**values), 1.0))

    assert result[0, :, 0, 0].tolist() == pytest.approx(expected)


def test_grey_and_alpha():
    matrices = colour_matrices(Chosen(brightness=1.0, saturation=1.0), 1.0)
    grey = torch.full([1, 1, 2, 2], 0.3, dtype=torch.float64)
    rgba = torch.rand(1, 4, 2, 2, dtype=torch.float64)

    assert float(recolour(grey, matrices)[0, 0, 0, 0]) == pytest.approx(0.5)
    assert torch.equal(recolour(rgba, matrices)[:, 3], rgba[:, 3])
    assert float(LUMA.norm()) == pytest.approx(1)


def test_band_gains_keep_the_expected_power():
    power = torch.tensor([10.0, 1, 1, 1], dtype=torch.float64) / 13
    gains = band_gains(Chosen(band2=2.0), 1.0)

    assert float(gains.square() @ power) == pytest.approx(1)
    assert float(gains[0, 2] / gains[0, 0]) == pytest.approx(4)
    torch.testing.assert_close(
        amplify_bands(noise(), torch.ones(4, 4, dtype=torch.float64)), noise()
    )


def test_cutout_zeroes_a_square_of_half_the_width():
    img = torch.ones(1, 3, 32, 32, dtype=torch.float64)
    result = cut_out(img, Chosen(cutout=1, cut_x=0.5, cut_y=0.5), 1.0)

    assert float(result[0, 0].sum()) == 32 * 32 - 16 * 16
    assert float(result[0, 0, 8:24, 8:24].abs().sum()) == 0


def test_a_sample_is_augmented_alike_in_any_batch():
    pipe = AugmentPipe(Draws(3), CATEGORIES)
    img = noise(4)
    whole = pipe(img, 0.8, "a", range(10, 14))
    part = pipe(img[[3, 1]], 0.8, "a", [13, 11])

    torch.testing.assert_close(part, whole[[3, 1]], atol=1e-9, rtol=0)
    assert not torch.equal(pipe(img, 0.8, "b", range(10, 14)), whole)


def test_first_and_second_derivatives():
    grid = torch.rand(1, 3, 3, 2, dtype=torch.float64) * 2.2 - 1.1
    pipe = AugmentPipe(Draws(1), CATEGORIES)
    img = noise(1, 3, 4).requires_grad_(True)

    assert torch.autograd.gradcheck(lambda x: sample(x, grid), (img,))
    assert torch.autograd.gradgradcheck(lambda x: sample(x, grid), (img,))
    augmented = lambda x: pipe(x, 1.0, "a", [1]).square()  # noqa: E731
    assert torch.autograd.gradcheck(augmented, (img,), fast_mode=True)
    assert torch.autograd.gradgradcheck(augmented, (img,), fast_mode=True)


@pytest.mark.parametrize(
    "signs, expected",
    [
        ([1, 1, 1, 1], 1 * 4 * 8 / 1000),
        ([1, 1, 1, 1] * 3, 3 * 4 * 8 / 1000),
        ([-1, -1, -1, -1], 0.0),  # p is never negative
        ([1, 1, 1, 1, -1, -1, -1, -1], 0.0),
        ([1, 1, 1, 0.2], 1 * 4 * 8 / 1000),  # mean 0.8
        ([0.6, 0.6, 0.6, 0.6], 0.0),  # exactly at the target
        ([1, 1, 1], 0.0),  # the interval is not over
    ],
)
def test_controller(signs, expected):
    controller = AugmentController(target=0.6, interval=4, ada_kimg=1)
    for step, sign in enumerate(signs):
        controller.observe(sign * 8, 8)
        controller.step_done(step, batch=8)

    assert controller.p == pytest.approx(expected)


def test_controller_settles_at_the_target_and_survives_saving():
    """A discriminator whose certainty falls with p: r = 1 - p."""
    controller = AugmentController(target=0.6, interval=4, ada_kimg=1)
    for step in range(400):
        controller.observe((1 - controller.p) * 8, 8)
        controller.step_done(step, batch=8)
    other = AugmentController()
    other.from_json(controller.to_json())

    assert controller.p == pytest.approx(0.4, abs=0.04)
    assert other.p == controller.p


def test_fixed_strength_stays():
    controller = AugmentController(p=0.3, adaptive=False)
    for step in range(8):
        controller.observe(8, 8)
        controller.step_done(step, batch=8)

    assert controller.p == 0.3
