"""Rows come back as they were; the least recently used go first; blocks go with their last row."""

import pytest
import torch

from explorer.render.row_store import RowStore


def row(value, length=4):
    return torch.full((length,), float(value))


def test_a_row_is_made_once_and_is_a_copy():
    store, made = RowStore(3), []

    def make():
        made.append(1)
        return row(7)

    first = store.get("a", make)
    first += 1
    second = store.get("a", make)
    assert second.tolist() == [7.0] * 4
    second += 1
    assert store.get("a", make).tolist() == [7.0] * 4
    assert len(made) == 1


def test_the_least_recently_used_is_forgotten():
    store = RowStore(2)
    store.get("a", lambda: row(1))
    store.get("b", lambda: row(2))
    store.get("a", lambda: row(0))
    store.get("c", lambda: row(3))
    assert len(store) == 2
    assert [store.get(key, lambda: row(9))[0].item() for key in ("a", "c")] == [1.0, 3.0]
    assert store.get("b", lambda: row(9))[0].item() == 9.0


@pytest.mark.parametrize("length", [3, 5])
def test_rows_of_other_lengths_replace_them_block_and_all(length):
    store = RowStore(2)
    for key in range(4):
        store.get(key, lambda key=key: row(key))
    for key in range(10, 12):
        store.get(key, lambda key=key: row(key, length))
    assert len(store._blocks) == 1
    assert store.get(11, lambda: row(0)).tolist() == [11.0] * length
