"""In which order training sees its pictures: a pure function of the seed and the sample's number.

Windowed shuffling, as StyleGAN's: every pass shows each picture once, in the order of the pass
before with every picture moved at random by at most `window` of a pass. Unlike a fresh shuffle per
pass, a picture never comes twice within 1 - window of a pass; unlike StyleGAN's own sampler, whose
state is the history of all its swaps, any place can be reached directly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train.random import Draws

WINDOW = 0.5
_KEPT_PASSES = 3


class Order:
    """Which picture is sample i of the run, and whether it is shown mirrored.

    Args:
        draws:  of the run.
        count:  pictures in the data set.
        mirror: mirror each sample with probability 1/2.
        window: how far a picture moves between passes, as a share of a pass; 0 = same order always.
    """

    def __init__(
        self, draws: Draws, count: int, mirror: bool = False, *, window: float = WINDOW
    ) -> None:
        assert count >= 1, count
        assert 0 <= window <= 1, window
        self._draws, self._count, self._mirror, self._window = draws, count, mirror, window
        self._passes: dict[int, NDArray[np.intp]] = {}

    def picture(self, index: int) -> int:
        """Return the number of the picture that global sample `index` shows."""
        number, place = divmod(index, self._count)
        return int(self._order_of(number)[place])

    def mirrored(self, index: int) -> bool:
        """Return whether global sample `index` is shown mirrored."""
        return self._mirror and self._draws.rng("mirror", index).random() < 0.5

    def pictures(self, indices: Sequence[int]) -> NDArray[np.intp]:
        """Return the pictures of several samples."""
        return np.array([self.picture(index) for index in indices], np.intp)

    def _order_of(self, number: int) -> NDArray[np.intp]:
        """Return the order of pass `number`; passes before it are gone through if need be."""
        if number in self._passes:
            return self._passes[number]
        known = max((other for other in self._passes if other < number), default=-1)
        order = self._passes.get(known)
        for current in range(known + 1, number + 1):
            order = self._next(current, order)
            self._passes[current] = order
            if len(self._passes) > _KEPT_PASSES:
                del self._passes[min(self._passes)]
        assert order is not None
        return order

    def _next(self, number: int, before: NDArray[np.intp] | None) -> NDArray[np.intp]:
        shift = self._draws.rng("order", number).random(self._count)
        if before is None:
            return np.argsort(shift, kind="stable")
        place = np.empty(self._count, np.float64)
        place[before] = np.arange(self._count)
        return np.argsort(place + self._window * self._count * shift, kind="stable")
