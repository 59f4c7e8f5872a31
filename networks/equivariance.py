"""EQ-T, EQ-T_frac and EQ-R of one latent (arXiv 2106.12423, section 2 and appendix E).

How well moving StyleGAN3's input moves its picture: the squared difference between the picture of
a moved input and the moved picture, in dB of a full-range signal. Data sets' figures are the same
over many samples: add up squared_error and mask_sum, then call decibels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from torch import Tensor

from networks.generator import Generator
from networks.resample import (
    pseudo_rotate,
    rotation_matrix,
    transform,
    translate,
    translate_pixels,
    translation_matrix,
)
from networks.steps import Step, run

Measure = Literal["eq_t", "eq_t_frac", "eq_r"]


@dataclass(frozen=True, eq=False)
class Equivariance:
    """One measurement.

    original:      [N, C, H, W], the picture of the unmoved input.
    moved:         picture of the moved input (EQ-R: its band limited as rotation limits it).
    reference:     original, moved as a picture.
    mask:          1 where both are known.
    squared_error: sum of mask (moved - reference)^2.
    mask_sum:      sum of mask, over channels too.
    """

    measure: Measure
    original: Tensor
    moved: Tensor
    reference: Tensor
    mask: Tensor
    squared_error: float
    mask_sum: float

    @property
    def db(self) -> float:
        """The measure in dB; higher is better."""
        return decibels(self.squared_error, self.mask_sum)


def decibels(squared_error: float, mask_sum: float) -> float:
    """Return 10 log10(2^2 / mean squared error): a picture's values span 2. nan without a mask."""
    if mask_sum == 0:
        return math.nan
    if squared_error == 0:
        return math.inf
    return 20 * math.log10(2) - 10 * math.log10(squared_error / mask_sum)


def round_to_pixels(t: tuple[float, float], resolution: int) -> tuple[float, float]:
    """Return a translation in image widths, rounded to whole pixels."""
    x, y = (float(np.round(v * resolution) / resolution) for v in t)
    return x, y


def input_transform(measure: Measure, value: Any) -> np.ndarray:
    """Return the matrix [3, 3] to give synthesis; value as in measure_equivariance."""
    if measure == "eq_r":
        return rotation_matrix(-float(value))
    x, y = value
    return translation_matrix(-x, -y)


def compare(measure: Measure, value: Any, original: Tensor, moved: Tensor) -> Equivariance:
    """Compare the picture of a moved input with the moved picture; no network is run.

    Args:
        measure:  "eq_t", "eq_t_frac" or "eq_r".
        value:    (x, y) in image widths, or the angle in radians.
        original: [N, C, H, W], made with the identity as input_transform.
        moved:    the same with input_transform(measure, value).
    """
    if measure == "eq_r":
        reference, mask = transform(original, rotation_matrix(float(value)))
        moved, known = pseudo_rotate(moved, float(value))
        mask = mask * known
    else:
        size = original.shape[-1]
        x, y = (float(v) * size for v in value)
        if measure == "eq_t":
            reference, mask = translate_pixels(original, round(x), round(y))
        else:
            reference, mask = translate(original, x, y)
    error = ((moved - reference).square() * mask).double().sum()
    return Equivariance(
        measure, original, moved, reference, mask, float(error), float(mask.double().sum())
    )


def measure_equivariance(
    generator: Generator,
    ws: Tensor,
    measure: Measure,
    value: Any,
    *,
    original: Tensor | None = None,
    between: Callable[[int, Step], bool | None] | None = None,
) -> Equivariance | None:
    """Measure one latent.

    Args:
        generator: StyleGAN3.
        ws:        [N, num_ws, w_dim]; usually N = 1.
        measure:   "eq_t": whole pixels (value is rounded); "eq_t_frac": any translation; "eq_r".
        value:     (x, y) in image widths, or the angle in radians.
        original:  the picture of the unmoved input, if known from an earlier measurement.
        between:   called before each step of either network run; returning False cancels.

    Returns None if cancelled. Raises ValueError for a generator without an input transform.
    """
    if not generator.synthesis.accepts_input_transform:
        raise ValueError("equivariance can be measured for StyleGAN3 only")
    if measure == "eq_t":
        value = round_to_pixels(value, generator.steps()[-1].resolution)
    if original is None:
        original = _picture(generator, ws, np.eye(3), between)
    if original is None:
        return None
    moved = _picture(generator, ws, input_transform(measure, value), between)
    return None if moved is None else compare(measure, value, original, moved)


def _picture(
    generator: Generator,
    ws: Tensor,
    matrix: np.ndarray,
    between: Callable[[int, Step], bool | None] | None,
) -> Tensor | None:
    """Run synthesis with an input transform; None if cancelled."""
    inputs = generator.inputs(ws, input_transform=matrix)
    result = run(generator.steps(), inputs, between=between)
    return result.activations.out if result.finished else None
