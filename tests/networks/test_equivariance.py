"""Band-limited resampling and the equivariance measures, by what must hold of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from networks.equivariance import compare, decibels, measure_equivariance
from networks.resample import (
    affine_filter,
    rotation_matrix,
    transform,
    translate,
    translate_pixels,
    translation_matrix,
    untransform,
)
from tests.networks.random_models import random_model, random_ws


def _smooth_picture(size: int = 48) -> torch.Tensor:
    y, x = torch.meshgrid(*[torch.linspace(-1, 1, size, dtype=torch.float64)] * 2, indexing="ij")
    return (torch.sin(3 * x + 1) * torch.cos(4 * y) + 0.3 * x).expand(1, 2, -1, -1)


def test_whole_pixels_move_exactly():
    img = _smooth_picture(8)
    moved, mask = translate_pixels(img, 2, -3)
    assert torch.equal(moved[:, :, :5, 2:], img[:, :, 3:, :6])
    assert mask.sum() == 2 * 5 * 6
    assert moved[mask == 0].abs().max() == 0
    fractional, known = translate(img, 2.0, -3.0)
    torch.testing.assert_close(fractional, moved)
    assert known.sum() < mask.sum()


def test_half_a_pixel_there_and_back_is_nearly_the_same():
    img = _smooth_picture()
    there, _ = translate(img, 0.5, 1.25)
    back, _ = translate(there, -0.5, -1.25)
    assert (back - img)[:, :, 8:-8, 8:-8].abs().max() < 5e-3


@pytest.mark.parametrize("shift", [(1000, 0), (0, -1000), (48, 0)])
def test_a_picture_moved_out_of_sight_is_unknown(shift: tuple[int, int]):
    for moved, mask in (
        translate_pixels(_smooth_picture(), *shift),
        translate(_smooth_picture(), *shift),
    ):
        assert mask.sum() == 0
        assert moved.abs().max() == 0


def test_untransform_undoes_a_transform():
    img = _smooth_picture()
    same = untransform(img, np.eye(3))
    assert (same - img)[:, :, 8:-8, 8:-8].abs().max() < 1e-4
    quarter = untransform(img, rotation_matrix(math.pi / 2))
    assert (quarter - torch.rot90(img, 1, [2, 3]))[:, :, 10:-10, 10:-10].abs().max() < 1e-4
    moved = untransform(img, translation_matrix(-4 / 48, 0))
    assert (moved[..., :-4] - img[..., 4:])[:, :, 8:-8, 8:-8].abs().max() < 1e-4


def test_untransform_brings_a_network_back_where_it_was():
    model = random_model("stylegan3-t")
    ws, matrix = random_ws(model, 1), translation_matrix(3 / 16, -2 / 16)
    still = model.generator.synthesis(ws, input_transform=np.eye(3))
    moved = model.generator.synthesis(ws, input_transform=matrix)
    back, mask = transform(moved, matrix)
    away, _ = transform(moved, np.linalg.inv(matrix))
    assert torch.equal(untransform(moved, matrix), back)
    errors = [((picture - still) * mask).square().sum() for picture in (back, away)]
    assert errors[0] < 0.1 * errors[1]


def test_a_matrix_without_inverse_is_refused():
    for matrix in (np.zeros([3, 3]), np.eye(3) * np.nan, np.eye(2)):
        with pytest.raises(ValueError, match="finite and invertible"):
            transform(_smooth_picture(8), matrix)


@pytest.mark.parametrize("up", [1, 4])
def test_each_phase_of_the_affine_filter_keeps_a_constant(up: int):
    f = np.pad(affine_filter(rotation_matrix(0.4), up=up), [(0, 1), (0, 1)])
    phases = f.reshape(12, up, 12, up).sum(axis=(0, 2))
    np.testing.assert_allclose(phases, 1 / up**2, rtol=1e-12)


def test_decibels():
    assert decibels(4.0, 1.0) == pytest.approx(0)
    assert decibels(4e-6, 1.0) == pytest.approx(60)
    assert decibels(0.0, 1.0) == math.inf
    assert math.isnan(decibels(0.0, 0.0))


@pytest.mark.parametrize("measure, value", [("eq_t", (0.1, 0.0)), ("eq_t_frac", (0.03, -0.1))])
def test_an_unmoved_answer_scores_worse_than_the_moved_one(measure, value):
    generator, ws = random_model("stylegan3-t").generator, random_ws(random_model("stylegan3-t"), 1)
    result = measure_equivariance(generator, ws, measure, value)
    assert result is not None
    lazy = compare(measure, value, result.original, result.original)
    assert result.db > lazy.db + 10


def test_measuring_can_be_cancelled_in_either_run_and_reuses_the_original():
    model = random_model("stylegan3-r-grey-labels")
    generator, ws = model.generator, random_ws(model, 1)
    seen: list[str] = []

    def stop_after(count: int):
        seen.clear()

        def between(index: int, step: object) -> bool:
            seen.append(str(index))
            return len(seen) <= count

        return between

    steps = len(generator.steps())
    for count in (0, 3, steps + 2):
        assert measure_equivariance(generator, ws, "eq_r", 0.3, between=stop_after(count)) is None
    full = measure_equivariance(generator, ws, "eq_r", 0.3, between=stop_after(10**6))
    assert full is not None
    assert len(seen) == 2 * steps
    again = measure_equivariance(
        generator, ws, "eq_r", 0.3, original=full.original, between=stop_after(10**6)
    )
    assert again is not None
    assert len(seen) == steps
    assert again.db == full.db


def test_only_stylegan3_can_be_measured():
    model = random_model("stylegan2-skip")
    with pytest.raises(ValueError, match="StyleGAN3 only"):
        measure_equivariance(model.generator, random_ws(model, 1), "eq_r", 0.1)
