"""Gaussians fitted to features, and the Fréchet distance between two of them; no torch.

A covariance of N features of D numbers has at most rank N - 1. The distance needs no inverse, so it
exists for every N, but its expectation falls as N grows: with few pictures even two halves of one
set are some way apart. Only distances between equally many pictures can be compared, and beside
each belongs what as many real pictures score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The normal distribution with the moments of some features.

    mean:       float64 [D].
    covariance: float64 [D, D], divided by the count itself.
    count:      how many features it was fitted to.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    count: int


class Moments:
    """Mean and covariance of features that come in batches (Chan, Golub and LeVeque, 1979)."""

    def __init__(self) -> None:
        self._count = 0
        self._mean = np.zeros(0)
        self._scatter = np.zeros([0, 0])  # sum of (x - mean)(x - mean)^T

    def add(self, features: ArrayLike) -> None:
        """Count features [n, D] of any float type in; n at least 1, D always the same."""
        x = np.asarray(features, np.float64)
        if self._count == 0:
            self._mean = np.zeros(x.shape[1])
            self._scatter = np.zeros([x.shape[1], x.shape[1]])
        count = self._count + len(x)
        centred = x - x.mean(axis=0)
        shift = x.mean(axis=0) - self._mean
        weight = self._count * len(x) / count
        self._scatter += centred.T @ centred + np.outer(shift, weight * shift)
        self._mean = self._mean + shift * (len(x) / count)
        self._count = count

    def gaussian(self) -> Gaussian:
        """Return what the features so far are distributed like; at least one must be there."""
        return Gaussian(self._mean, self._scatter / self._count, self._count)


def gaussian_of(features: ArrayLike) -> Gaussian:
    """Return the Gaussian of features [N, D]."""
    moments = Moments()
    moments.add(features)
    return moments.gaussian()


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Return |mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)) (Dowson and Landau, 1982).

    S_a S_b has the eigenvalues of S_a^(1/2) S_b S_a^(1/2), which is symmetric: no complex roots
    appear, whatever the rank.
    """
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.linalg.eigvalsh(root @ b.covariance @ root).clip(0)
    spread = np.trace(a.covariance) + np.trace(b.covariance) - 2 * np.sqrt(cross).sum()
    return float(np.square(a.mean - b.mean).sum() + spread)
