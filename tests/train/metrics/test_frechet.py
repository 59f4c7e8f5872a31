"""The Fréchet distance against closed formulas and other routes."""

import numpy as np
import pytest
import scipy.linalg

from train.metrics.frechet import Gaussian, Moments, frechet_distance, gaussian_of


def features(count, size, seed=0):
    return np.random.default_rng(seed).standard_normal([count, size])


def gaussian(mean, covariance):
    return Gaussian(np.asarray(mean, float), np.asarray(covariance, float), 1)


def test_a_set_is_at_no_distance_from_itself():
    for count in (400, 30):  # full rank, and fewer than there are features
        some = gaussian_of(1000 + 5 * features(count, 60))

        assert frechet_distance(some, some) == pytest.approx(0, abs=1e-3)
        assert frechet_distance(some, some) < 1e-6 * np.trace(some.covariance)


def test_commuting_covariances_have_a_closed_formula():
    rotation = np.linalg.qr(features(4, 4))[0]
    a, b = np.array([4.0, 1.0, 0.25, 9.0]), np.array([1.0, 16.0, 0.0, 9.0])
    covariances = [rotation @ np.diag(values) @ rotation.T for values in (a, b)]
    distance = frechet_distance(
        gaussian([1, 2, 3, 4], covariances[0]), gaussian([0, 4, 3, 2], covariances[1])
    )

    assert distance == pytest.approx(9 + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum())


def test_other_covariances_agree_with_the_square_root_of_their_product():
    a = gaussian_of(features(50, 6, 1) @ features(6, 6, 2))
    b = gaussian_of(features(50, 6, 3) @ features(6, 6, 4) + 1)
    root = np.real(np.asarray(scipy.linalg.sqrtm(a.covariance @ b.covariance)))
    spread = np.trace(a.covariance + b.covariance - 2 * root)

    assert np.abs(a.covariance @ b.covariance - b.covariance @ a.covariance).max() > 1
    assert frechet_distance(a, b) == pytest.approx(((a.mean - b.mean) ** 2).sum() + spread)
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b))


def test_fewer_pictures_than_features():
    """tr (S_a S_b)^(1/2) is the nuclear norm of X_a X_b^T / sqrt(N_a N_b), X centred [N, D]."""
    x, y = features(12, 80, 1), 2 * features(9, 80, 2) + 0.5
    centred = x - x.mean(0), y - y.mean(0)
    cross = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum() / np.sqrt(12 * 9)
    spread = (centred[0] ** 2).sum() / 12 + (centred[1] ** 2).sum() / 9
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + spread - 2 * cross

    assert frechet_distance(gaussian_of(x), gaussian_of(y)) == pytest.approx(expected, rel=1e-5)


def test_batches_count_like_the_whole():
    x = 1e4 + features(31, 5).astype(np.float32)  # a mean that would drown the spread in float32
    moments = Moments()
    for part in np.split(x, [1, 4, 20]):
        moments.add(part)
    found = moments.gaussian()

    assert found.count == 31
    assert found.mean.dtype == found.covariance.dtype == np.float64
    np.testing.assert_allclose(found.mean, x.astype(float).mean(0), rtol=1e-14)
    np.testing.assert_allclose(found.covariance, np.cov(x.astype(float).T, bias=True), rtol=1e-9)


def test_fewer_pictures_score_worse():
    """Why the command compares equally many: the distance of equal sets falls as they grow."""
    reference = gaussian_of(features(4000, 20, 1))
    distances = [
        frechet_distance(gaussian_of(features(n, 20, 2)), reference) for n in (20, 100, 500)
    ]

    assert distances == sorted(distances, reverse=True)
    assert distances[0] > 5 * distances[2]
