"""All augmentations in their order: geometry, colour, bands, noise, cutout."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from train.augment.colour import colour_matrices, recolour
from train.augment.corrupt import add_noise, amplify_bands, band_gains, cut_out
from train.augment.draws import SampleDraws
from train.augment.geometry import geometry_matrices, warp
from train.checks import CATEGORIES
from train.random import Draws


class AugmentPipe:
    """Pictures in, augmented pictures out; differentiable twice by the pictures.

    Args:
        draws:      random numbers of the run.
        categories: of train.checks.CATEGORIES.
    """

    def __init__(self, draws: Draws, categories: Sequence[str]) -> None:
        assert set(categories) <= set(CATEGORIES)
        self._draws = draws
        self._on = frozenset(categories)

    def __call__(self, img: Tensor, p: float, purpose: str, indices: Sequence[int]) -> Tensor:
        """Augment a batch.

        Args:
            img:     [N, C, H, H], about [-1, 1].
            p:       strength, the probability of each operation; 0 returns img itself.
            purpose: distinguishes the phases that augment.
            indices: global index of each sample.
        """
        if p <= 0 or not self._on:
            return img
        draws = SampleDraws(self._draws, purpose, indices)
        blit, geom = "blit" in self._on, "geom" in self._on
        if blit or geom:
            matrices = geometry_matrices(draws, p, img.shape[3], blit=blit, geom=geom)
            img = warp(img, matrices)
        if "color" in self._on:
            img = recolour(img, colour_matrices(draws, p))
        if "filter" in self._on:
            img = amplify_bands(img, band_gains(draws, p))
        if "noise" in self._on:
            img = add_noise(img, draws, p)
        if "cutout" in self._on:
            img = cut_out(img, draws, p)
        return img
