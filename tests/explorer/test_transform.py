"""The input transform: forward as asked, inverse as synthesis takes it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.render.transform import forward_matrix, inverse_matrix
from explorer.settings import InputTransform


def test_rows_of_the_forward_matrix():
    matrix = forward_matrix(InputTransform(0.25, -0.5, 0.25), 64)
    assert np.allclose(matrix, [[0, 1, 0.25], [-1, 0, -0.5], [0, 0, 1]], atol=1e-15)


def test_nothing_asked_is_exactly_the_identity():
    inverse = inverse_matrix(InputTransform(), 64)
    assert inverse.tobytes() == np.eye(3).tobytes()


@pytest.mark.parametrize("x, snapped", [(0.1, 6 / 64), (0.5 / 64, 1 / 64), (-0.4 / 64, 0)])
def test_rounding_snaps_to_pixels(x, snapped):
    matrix = forward_matrix(InputTransform(x, 0.0, 0.0, round_to_pixels=True), 64)
    assert matrix[0, 2] == snapped


@given(*[st.floats(-10, 10)] * 3)
def test_inverse_undoes_it(x, y, turns):
    transform = InputTransform(x, y, turns)
    product = inverse_matrix(transform, 64) @ forward_matrix(transform, 64)
    assert np.allclose(product, np.eye(3), atol=1e-12)
