"""Which real pictures are compared with which."""

import numpy as np
import pytest

from tests.train.tiny import pictures
from train.errors import ConfigError, DataError
from train.metrics.names import TITLES, measures
from train.metrics.split import DEFAULT_COUNT, split


def test_held_out_pictures_are_none_of_the_reference():
    sides = split(pictures(40), None, 12, 0)

    assert len(sides.held_out) == 12
    assert sorted([*sides.held_out, *sides.reference]) == list(range(40))
    again, other = split(pictures(40), None, 12, 0), split(pictures(40), None, 12, 1)
    assert np.array_equal(again.held_out, sides.held_out)
    assert not np.array_equal(other.held_out, sides.held_out)
    assert not np.array_equal(sides.held_out, np.arange(12))  # sets are often sorted


def test_a_second_set_leaves_the_first_whole():
    sides = split(pictures(40), pictures(20), 8, 0)

    assert np.array_equal(sides.reference, np.arange(40))
    assert len(set(sides.held_out.tolist())) == 8
    assert sides.held_out.max() < 20


def test_as_many_as_there_are_up_to_a_limit():
    assert len(split(pictures(41), None, None, 0).held_out) == 20
    assert len(split(pictures(40), pictures(15), None, 0).held_out) == 15
    many = pictures(2 * DEFAULT_COUNT + 2, resolution=1)
    assert len(split(many, None, None, 0).held_out) == DEFAULT_COUNT


@pytest.mark.parametrize(
    "count, second, words",
    [
        (21, None, r"at most 20, got 21: memory has 40 pictures and half are held out; .*held-out"),
        (21, 20, r"at most 20, got 21: memory has 20 pictures$"),
        (1, None, "at least 2, got 1"),
        (None, 1, r"memory has 1 pictures, too few to compare: at least 2"),
    ],
)
def test_impossible_counts_are_sentences(count, second, words):
    with pytest.raises(DataError, match=words):
        split(pictures(40), None if second is None else pictures(second), count, 0)


def test_a_set_too_small_to_cut():
    with pytest.raises(DataError, match="3 pictures, too few to compare: at least 4"):
        split(pictures(3), None, None, 0)


def test_names():
    assert measures(" fd_4x4 ,fd_mobilenetv2,fd_4x4") == ["fd_4x4", "fd_mobilenetv2"]
    for text in ("fid", "fd_4x4,", ""):
        with pytest.raises(ConfigError, match="must be of fd_mobilenetv2, fd_4x4, got"):
            measures(text)
    assert not any("fid" in title.lower() for title in TITLES.values())
