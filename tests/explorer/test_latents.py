"""From seeds to ws, by the published conventions."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.arrays import ArrayStore
from explorer.render.latents import LatentError, LatentSource, class_weights, draw_seed
from explorer.render.sphere import slerp
from explorer.request import request_from
from explorer.settings import (
    ClassChoice,
    Latent,
    MixSource,
    StyleMixing,
    Truncation,
    seed_latent,
)
from explorer.timeline.latents import blend
from tests.fakes import TINY_W_AVG, TinyGenerator, tiny_info, tiny_settings, tiny_z


class Desk:
    def __init__(self, c_dim=0):
        self.arrays = ArrayStore()
        self.source = LatentSource(self.arrays)
        self.generator = TinyGenerator()
        self.info = tiny_info(c_dim)

    def ws(self, **changes):
        request = request_from(tiny_settings(**changes))
        return self.source.ws(request, self.generator, self.info, "key")[0].numpy()


def test_class_is_drawn_after_z_from_the_same_stream():
    z, label = draw_seed(7, 4, 10)
    stream = np.random.RandomState(7)
    assert np.array_equal(z, stream.randn(4).astype(np.float32))
    assert label == stream.randint(10)
    assert draw_seed(7 + 2**32, 4, 10)[1] == label


def test_a_seed_is_its_w_untouched():
    assert np.array_equal(Desk().ws(latent=seed_latent(3)), np.tile(tiny_z(3), (2, 1)))


def test_corners_are_blended_in_w_and_mapped_once():
    desk = Desk()
    ws = desk.ws(latent=Latent(x=0.25, y=0.5))
    expected = sum(
        weight * tiny_z(seed)
        for seed, weight in ((0, 0.375), (1, 0.125), (100, 0.375), (101, 0.125))
    )
    assert np.allclose(ws, expected, atol=1e-6)
    assert desk.generator.mapping.calls == 4
    desk.ws(latent=Latent(x=0.5, y=0.75), truncation=Truncation(0.3))
    assert desk.generator.mapping.calls == 4
    desk.ws(latent=Latent(x=1.5, y=0.75))
    assert desk.generator.mapping.calls == 6


def test_negative_places_wrap_around():
    assert np.array_equal(Desk().ws(latent=Latent(x=-1.0)), np.tile(tiny_z(2**32 - 1), (2, 1)))


def test_psi_0_is_exactly_the_mean():
    ws = Desk().ws(latent=Latent(x=0.3, y=0.1), truncation=Truncation(0.0))
    assert np.array_equal(ws, np.full((2, 4), TINY_W_AVG, dtype=np.float32))


@pytest.mark.parametrize("cutoff, truncated", [(None, 2), (0, 0), (1, 1), (2, 2), (18, 2), (-3, 0)])
def test_cutoff_is_held_within_the_rows(cutoff, truncated):
    ws = Desk().ws(latent=seed_latent(5), truncation=Truncation(-0.5, cutoff))
    moved = TINY_W_AVG - 0.5 * (tiny_z(5) - TINY_W_AVG)
    expected = [moved if row < truncated else tiny_z(5) for row in range(2)]
    assert np.allclose(ws, expected, atol=1e-6)


def test_truncating_before_blending_gives_the_same():
    ws = Desk().ws(latent=Latent(x=0.4), truncation=Truncation(0.6))
    parts = [TINY_W_AVG + 0.6 * (tiny_z(seed) - TINY_W_AVG) for seed in (0, 1)]
    assert np.allclose(ws, 0.6 * parts[0] + 0.4 * parts[1], atol=1e-6)


def test_mixing_replaces_rows_by_weight_under_the_same_psi():
    sources = (
        MixSource(seed=9, weights=((1, 1.0), (7, 1.0))),
        MixSource(seed=11, weights=((0, 0.25),)),
        MixSource(seed=12, weights=((0, 1.0),), enabled=False),
    )
    ws = Desk().ws(truncation=Truncation(0.5), mixing=StyleMixing(sources))
    w = {s: TINY_W_AVG + 0.5 * (tiny_z(s) - TINY_W_AVG) for s in (0, 9, 11)}
    assert np.allclose(ws, [0.75 * w[0] + 0.25 * w[11], w[9]], atol=1e-6)


def test_saved_sources_are_used_as_they_are():
    desk = Desk()
    saved = np.arange(8, dtype=np.float32).reshape(2, 4)
    source = MixSource(saved=desk.arrays.add(saved), weights=((1, 1.0),))
    ws = desk.ws(truncation=Truncation(0.0), mixing=StyleMixing((source,)))
    assert np.array_equal(ws, [np.full(4, TINY_W_AVG), saved[1]])


def test_anchor_and_the_offset_from_it():
    desk = Desk()
    saved = np.arange(8, dtype=np.float32).reshape(2, 4)
    reference = desk.arrays.add(saved)
    there = Latent(x=2.0, anchor=reference, anchor_x=2.0)
    assert np.array_equal(desk.ws(latent=there), saved)
    assert desk.generator.mapping.calls == 0
    moved = desk.ws(latent=Latent(x=5.0, anchor=reference, anchor_x=2.0))
    assert np.allclose(moved, saved + tiny_z(5) - tiny_z(2), atol=1e-6)


def test_a_single_row_stands_for_all():
    desk = Desk()
    for row in (np.arange(4), np.arange(4)[None]):
        ws = desk.ws(latent=Latent(anchor=desk.arrays.add(row)))
        assert np.array_equal(ws, np.tile(np.arange(4), (2, 1)))


def test_a_saved_latent_of_another_model_is_named():
    desk = Desk()
    reference = desk.arrays.add(np.zeros((14, 512)))
    with pytest.raises(LatentError, match=r"“smile” has the shape 14 x 512.*needs 2 x 4"):
        desk.ws(latent=Latent(anchor=reference, anchor_name="smile"))
    with pytest.raises(LatentError, match="not in this session"):
        Desk().ws(latent=Latent(anchor=reference))


def test_class_of_the_seed_or_a_blend():
    own = draw_seed(3, 4, 3)[1]
    expected = tiny_z(3) + np.eye(4, dtype=np.float32)[own]
    assert np.allclose(Desk(3).ws(latent=seed_latent(3)), expected)
    blend = ClassChoice("blend", ((0, 1.0), (2, 3.0), (9, 5.0)))
    expected = tiny_z(3) + np.array([0.25, 0, 0.75, 0], dtype=np.float32)
    assert np.allclose(Desk(3).ws(latent=seed_latent(3), classes=blend), expected)


def test_each_class_has_its_own_w():
    desk = Desk(3)
    first = desk.ws(classes=ClassChoice("blend", ((0, 1.0),)))
    second = desk.ws(classes=ClassChoice("blend", ((2, 1.0),)))
    assert np.allclose(second - first, [-1, 0, 1, 0])


@pytest.mark.parametrize(
    "weights, expected",
    [
        (((1, 2.0),), ((1, 1.0),)),
        (((1, 1.0), (0, 1.0)), ((0, 0.5), (1, 0.5))),
        (((7, 1.0),), ((2, 1.0),)),
        (((1, 0.0),), ((1, 1.0),)),
        ((), ((0, 1.0),)),
    ],
)
def test_class_weights(weights, expected):
    assert class_weights(ClassChoice("blend", weights), 3) == expected


def test_a_network_without_a_mean_is_not_truncated():
    desk = Desk()
    desk.generator.mapping.has_w_avg = False
    ws = desk.ws(latent=Latent(x=0.5), truncation=Truncation(0.2))
    assert np.allclose(ws, (tiny_z(0) + tiny_z(1)) / 2, atol=1e-6)
    assert torch.is_tensor(desk.generator.mapping.w_avg)


def test_a_blend_is_the_weighted_sum_of_its_parts_w():
    latent = blend((seed_latent(3), seed_latent(8), seed_latent(5)), (1.25, -0.5, 0.25))
    expected = 1.25 * tiny_z(3) - 0.5 * tiny_z(8) + 0.25 * tiny_z(5)
    assert np.allclose(Desk().ws(latent=latent), expected, atol=1e-6)


def test_dragging_a_blend_adds_the_way_on_the_plane():
    latent = blend((seed_latent(3), seed_latent(8)), (0.5, 0.5))
    moved = replace(latent, x=12.0, anchor_x=11.0)
    expected = (tiny_z(3) + tiny_z(8)) / 2 + tiny_z(12) - tiny_z(11)
    assert np.allclose(Desk().ws(latent=moved), expected, atol=1e-6)


def test_a_blend_in_z_goes_over_the_sphere_where_both_ends_are_seeds():
    latent = blend((seed_latent(3), seed_latent(8)), (0.75, 0.25), "z")
    assert np.allclose(Desk().ws(latent=latent), slerp(tiny_z(3), tiny_z(8), 0.25), atol=1e-6)
    between = blend((Latent(x=3.5), seed_latent(8)), (0.75, 0.25), "z")
    flat = 0.375 * (tiny_z(3) + tiny_z(4)) + 0.25 * tiny_z(8)
    assert np.allclose(Desk().ws(latent=between), flat, atol=1e-6)


@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(2, 64))
def test_the_way_over_the_sphere_has_a_constant_speed_and_length(seed, u, dim):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, dim)).astype(np.float32)
    point = slerp(a, b, u).astype(np.float64)
    lengths = [float(np.linalg.norm(each)) for each in (a, b)]
    assert np.linalg.norm(point) == pytest.approx((1 - u) * lengths[0] + u * lengths[1], rel=1e-3)
    whole = np.arccos(np.clip(a @ b / lengths[0] / lengths[1], -1, 1))
    so_far = np.arccos(np.clip(a @ point / lengths[0] / np.linalg.norm(point), -1, 1))
    assert so_far == pytest.approx(u * whole, abs=2e-3)
    assert np.array_equal(slerp(a, b, 0.0), a) or np.allclose(slerp(a, b, 0.0), a, atol=1e-6)
