"""Two-dimensional filters as sums of separable ones.

StyleGAN3's radial filters of 12 x 12 taps are within 1e-6 of a sum of 2 to 4 separable ones.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

_NEGLECTED = 1e-6  # of a filter's sum of magnitudes: what the terms left out may add up to


class Terms(NamedTuple):
    """f = sum_r outer(fy[r], fx[r]); float32 on the CPU.

    fx, fy:   [terms, taps_x], [terms, taps_y].
    mirrored: f itself, [taps_y, taps_x], if its rows are the same upwards and downwards: what
              then goes through it can be added up in pairs of rows. Else None.
    """

    fx: Tensor
    fy: Tensor
    mirrored: Tensor | None = None


_terms: WeakTensorKeyDictionary = WeakTensorKeyDictionary()
_one_tap = Terms(torch.ones([1, 1]), torch.ones([1, 1]))


def separate(f: Tensor | None) -> Terms:
    """Return the separable terms of a filter.

    Args:
        f: [taps], standing for outer(f, f), or [taps_y, taps_x]; any dtype and device; None = one
           tap of 1.

    They are kept for as long as f is there and unchanged. Terms whose sum is below float32's
    accuracy are left out.
    """
    if f is None:
        return _one_tap
    if f.is_inference():  # has no version to tell whether it was written into
        return _separate(f.to("cpu", torch.float64))
    known, version = _terms.get(f), f._version
    if known is not None and known[0] == version:
        return known[1]
    terms = _separate(f.detach().to("cpu", torch.float64))
    _terms[f] = (version, terms)
    return terms


def _separate(f: Tensor) -> Terms:
    if f.ndim == 1:
        taps = f.float()[None].contiguous()
        return Terms(taps, taps)
    if not f.isfinite().all():  # one term per row, since no sum of products equals it
        return Terms(f.float().contiguous(), torch.eye(f.shape[0]))
    rows, sizes, columns = torch.linalg.svd(f, full_matrices=False)
    terms = 1
    while terms < len(sizes):
        rest = rows[:, terms:] * sizes[terms:] @ columns[terms:]
        if rest.abs().sum() <= _NEGLECTED * f.abs().sum():
            break
        terms += 1
    roots = sizes[:terms].sqrt()  # of equal size, so that both stay in float32's range
    fx, fy = columns[:terms] * roots[:, None], (rows[:, :terms] * roots).t()
    mirrored = f.float().contiguous() if torch.equal(f, f.flip(0)) else None
    return Terms(fx.float().contiguous(), fy.float().contiguous(), mirrored)
