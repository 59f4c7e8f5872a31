"""The rule from float to bytes, and pictures put together from bytes."""

import numpy as np
import pytest
import torch

from explorer.render.colour_map import ENTRIES, colours, viridis
from explorer.render.pixels import rgba_from_image, shrink, side_by_side


def by_hand(img):
    return np.trunc(np.clip(127.5 * img.numpy() + 128, 0, 255)).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_uint8_rule(channels):
    img = torch.linspace(-1.2, 1.2, channels * 63 * 5).reshape(channels, 63, 5)
    before = img.clone()
    rgba = rgba_from_image(img)
    expected = by_hand(img)
    for channel in range(3):
        plane = expected[channel if channels > 1 else 0]
        assert np.array_equal(rgba[:, :, channel], plane)
    assert np.array_equal(rgba[:, :, 3], expected[3] if channels == 4 else np.full((63, 5), 255))
    assert rgba.flags.c_contiguous
    assert torch.equal(img, before)


def test_ends_of_the_range():
    img = torch.tensor([-1.0, -128 / 127.5, 0.0, 127 / 127.5, 1.0]).reshape(1, 1, 5)
    assert rgba_from_image(img)[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_gain_leaves_alpha_alone():
    img = torch.full((4, 2, 2), 0.25)
    rgba = rgba_from_image(img, gain=2.0)
    assert rgba[0, 0].tolist() == [191, 191, 191, 159]


def test_shrink_averages_areas_and_never_enlarges():
    rgba = np.zeros((8, 8, 4), dtype=np.uint8)
    rgba[:, ::2] = 200
    assert np.all(shrink(rgba, 4) == 100)
    assert shrink(rgba, 8) is rgba


def test_side_by_side_centres_the_smaller_one():
    left = np.full((6, 2, 4), 9, dtype=np.uint8)
    right = np.full((2, 3, 4), 7, dtype=np.uint8)
    both = side_by_side(left, right, background=1)
    assert both.shape == (6, 5, 4)
    assert np.all(both[2:4, 2:] == 7)
    assert np.all(both[:2, 2:, :3] == 1)
    assert np.all(both[:2, 2:, 3] == 255)


def test_viridis_goes_from_dark_violet_to_yellow_and_only_gets_brighter():
    table = viridis()
    assert table.shape == (ENTRIES, 4)
    assert table[0].tolist() == [68, 1, 84, 255]
    assert table[-1].tolist() == [253, 231, 37, 255]
    # Published values of the map at 1/4, 1/2 and 3/4.
    for place, colour in ((0.25, (59, 82, 139)), (0.5, (33, 145, 140)), (0.75, (94, 201, 98))):
        found = table[round(place * (ENTRIES - 1)), :3].astype(int)
        assert np.abs(found - colour).max() <= 3
    brightness = table[:, :3] @ np.array([0.2126, 0.7152, 0.0722])
    assert np.all(np.diff(brightness) > -0.5)


def test_colours_clamp_what_is_outside():
    values = np.array([-5, 0, 1, 9, np.nan], dtype=np.float32)
    assert colours(values)[[0, 2]].tolist() == colours(values)[[1, 3]].tolist()
