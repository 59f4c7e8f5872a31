"""Sizes of files, and pictures of other sizes in them."""

import numpy as np
import pytest

from explorer.live.fitting import LiveError, file_size, fitted
from explorer.live_state import LiveOptions
from tests.explorer.live.making import numbered


@pytest.mark.parametrize(
    "width, height, scale, expected",
    [
        (64, 64, 0, (512, 512)),
        (300, 200, 0, (600, 400)),
        (1024, 1024, 0, (1024, 1024)),
        (64, 64, 1, (64, 64)),
        (61, 63, 1, (62, 64)),
        (33, 17, 4, (132, 68)),
    ],
)
def test_a_file_is_large_enough_and_has_even_sides(width, height, scale, expected):
    assert file_size(width, height, LiveOptions(scale=scale)) == expected


def test_a_file_that_is_too_large_is_refused_with_its_size():
    with pytest.raises(LiveError, match=r"8208x8208 pixels.*8192.*smaller size"):
        file_size(1026, 1026, LiveOptions(scale=8))


def test_squares_stay_squares():
    rgba = np.random.RandomState(0).randint(0, 256, (8, 8, 4), np.uint8)
    rgba[:, :, 3] = 255
    frame = fitted(rgba, 512, 512, sharp=True)
    assert np.array_equal(frame, rgba[:, :, :3].repeat(64, 0).repeat(64, 1))
    assert not np.array_equal(fitted(rgba, 512, 512, sharp=False), frame)


def test_a_picture_of_the_same_size_stays_as_it_is_and_odd_sides_are_doubled():
    rgba = np.random.RandomState(0).randint(0, 256, (5, 4, 4), np.uint8)
    rgba[:, :, 3] = 255
    frame = fitted(rgba, 4, 6, sharp=False)
    assert np.array_equal(frame[:5], rgba[:, :, :3])
    assert np.array_equal(frame[5], rgba[4, :, :3])
    assert frame.flags.c_contiguous


def test_another_shape_gets_bars_and_what_is_transparent_is_black():
    wide = numbered(0xFFFF, 32, 16)
    frame = fitted(wide, 64, 64, sharp=True)
    assert (frame[:16] == 0).all()
    assert (frame[48:] == 0).all()
    assert (frame[16:48] == 255).all()
    wide[:, :16, 3] = 0
    assert (fitted(wide, 32, 16, sharp=True)[:, :16] == 0).all()
