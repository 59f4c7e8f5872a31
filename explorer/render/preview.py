"""Rough pictures while the hand moves: which one, how near it is, and what it is made of.

A preview is a short cut (networks/shortcut.py) from the deepest step that fits into the time, its
colours corrected by a map that was fitted on exact pictures of a few seeds; how far it is off was
measured on other seeds. What comes too far off is never shown.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from explorer.render.memo import Memo
from explorer.render.pixels import rgba_from_image
from explorer.settings import LayerView
from networks.shortcut import ShortCut
from networks.steps import Activations, Inputs, Step

MAX_ERROR = 0.5  # of the pictures' own variation; see Readout.error
WORTH_IT = 0.5  # a preview that takes longer than its budget may take this share of the picture
KEPT_MODELS = 4
_NEWEST = 0.3  # weight of the newest time in the mean


@dataclass(frozen=True, eq=False)
class Readout:
    """How a picture is read out after one step.

    colours: [C + 1, C], from a pixel of the short cut and 1 to the picture's.
    error:   root mean square of preview - picture, over that of picture - mean colour, both at
             `side` pixels, on seeds that the colours were not fitted on.
    """

    index: int
    side: int
    colours: Tensor
    error: float

    def apply(self, rough: Tensor) -> Tensor:
        """[1, C, side, side] -> the same with corrected colours."""
        return (
            torch.einsum("nchw,cd->ndhw", rough, self.colours[:-1])
            + self.colours[-1][None, :, None, None]
        )


@dataclass(eq=False)
class KnownModel:
    """What is known about one model on one device: read-outs, and the times of its parts."""

    cut: ShortCut | None = None
    readouts: dict[int, Readout] = field(default_factory=dict)  # by step
    step_ms: dict[str, float] = field(default_factory=dict)
    readout_ms: dict[int, float] = field(default_factory=dict)

    def note_steps(self, steps: Sequence[tuple[str, float]]) -> None:
        """Remember what steps took."""
        for name, ms in steps:
            _mean(self.step_ms, name, ms)

    def note_readout(self, index: int, ms: float) -> None:
        _mean(self.readout_ms, index, ms)

    def cost_ms(self, steps: Sequence[Step], usable: Sequence[int], last: int) -> float | None:
        """Return what running up to `last` will take; None if a step has never been timed.

        Args:
            usable: steps whose activations are still there.
        """
        start = max((index for index in usable if index <= last), default=-1)
        times = [self.step_ms.get(step.name) for step in steps[start + 1 : last + 1]]
        known = [ms for ms in times if ms is not None]
        return sum(known) if len(known) == len(times) else None

    def choose(
        self, steps: Sequence[Step], usable: Sequence[int], budget_ms: float
    ) -> Readout | None:
        """Return the best read-out for the time there is; None = the picture itself is due.

        The deepest one within the budget; where none is that quick, the quickest, if it spares
        enough of the picture's time.
        """
        exact_ms = self.cost_ms(steps, usable, len(steps) - 1)
        if exact_ms is None or exact_ms <= budget_ms:
            return None
        costs: dict[int, float] = {}
        for index, readout in self.readouts.items():
            ms = self.cost_ms(steps, usable, index)
            if ms is not None and readout.error <= MAX_ERROR:
                costs[index] = ms + self.readout_ms.get(index, 0.0)
        fitting = [index for index, ms in costs.items() if ms <= budget_ms]
        if fitting:
            return self.readouts[max(fitting)]
        quickest = min(costs, key=lambda index: (costs[index], -index), default=None)
        if quickest is None or costs[quickest] > WORTH_IT * exact_ms:
            return None
        return self.readouts[quickest]


class Previews:
    """What is known about the models used last. For one thread; pipelines share it."""

    def __init__(self) -> None:
        self._models: Memo[KnownModel] = Memo(KEPT_MODELS)

    def of(self, key: Hashable) -> KnownModel:
        return self._models.get(key, KnownModel)


def shows_picture(view: LayerView, output: str) -> bool:
    """Whether a preview can stand in for what `view` shows: the plain picture, at any gain."""
    plain = LayerView(layer=view.layer, gain_db=view.gain_db)
    kept = LayerView(view.layer, view.mode, view.base_channel, view.normalise, view.gain_db)
    return kept == plain and not view.spectrum and view.layer in (None, output)


def preview_image(cut: ShortCut, readout: Readout, activations: Activations, inputs: Inputs) -> Any:
    """Return the preview [1, C, side, side] from what there is after the read-out's step."""
    return readout.apply(cut.picture(readout.index, activations, inputs))


def preview_pixels(img: Tensor, resolution: int, gain: float) -> NDArray[Any]:
    """Return [resolution, resolution, 4] uint8 of a preview [C, side, side], enlarged smoothly."""
    rgba = torch.from_numpy(rgba_from_image(img, gain))
    if img.shape[-1] == resolution:
        return rgba.numpy()
    planes = rgba.permute(2, 0, 1)[None]
    large = F.interpolate(planes, size=resolution, mode="bilinear", align_corners=False)
    return large[0].permute(1, 2, 0).contiguous().numpy()


def _mean(means: dict[Any, float], key: Hashable, ms: float) -> None:
    old = means.get(key)
    means[key] = ms if old is None else old + _NEWEST * (ms - old)
