"""Lists of seeds as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.seeds import MAX_SEEDS, SeedListError, format_seeds, parse_seeds


@pytest.mark.parametrize(
    "text, expected",
    [
        ("5", (5,)),
        ("0-7", tuple(range(8))),
        ("0-2, 12, 100-101", (0, 1, 2, 12, 100, 101)),
        ("3,3,1-3", (3, 1, 2)),
        ("  1 - 3 ;7\n9 ", (1, 2, 3, 7, 9)),
        ("4294967295", (2**32 - 1,)),
    ],
)
def test_lists_and_ranges(text, expected):
    assert parse_seeds(text) == expected


@pytest.mark.parametrize(
    "text, word",
    [
        ("", "no seeds"),
        ("a", "“a”"),
        ("1-", "“1-”"),
        ("-5", "“-5”"),
        ("7-3", "write 3-7"),
        ("4294967296", "4294967295"),
        ("9" * 5000, "end at"),
        (f"0-{MAX_SEEDS}", "100,000"),
        ("0-4294967295", "100,000"),
        ("1-2-3", "1-2-3"),
    ],
)
def test_what_is_wrong_is_named(text, word):
    with pytest.raises(SeedListError, match=word):
        parse_seeds(text)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20, unique=True))
def test_format_is_read_back(seeds):
    assert parse_seeds(format_seeds(seeds)) == tuple(seeds)
