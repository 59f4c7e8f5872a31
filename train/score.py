"""A cheap distance to the real pictures, only to tell which checkpoint is the best so far.

Fréchet distance between Gaussians fitted to pictures of 4x4 pixels per channel. It sees colours,
layout and variety, no detail; it is no substitute for the published metrics.
"""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F
from torch import Tensor

COUNT = 256  # pictures on either side


def moments(img: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance, float64, of pictures [N, C, H, W] at 4x4 pixels."""
    x = F.adaptive_avg_pool2d(img.float(), min(4, img.shape[3])).flatten(1).double().numpy()
    centred = x - x.mean(axis=0)
    return x.mean(axis=0), centred.T @ centred / len(x)


def distance(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    """Return |mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)) (Dowson and Landau, 1982)."""
    root = _root(a[1])
    cross = _root(root @ b[1] @ root)
    return float(np.square(a[0] - b[0]).sum() + np.trace(a[1] + b[1] - 2 * cross))


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T
