"""Finds the colours of previews, and how far they are off, from exact pictures of a few seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.render.preview import Readout

FIT_PICTURES, TEST_PICTURES = 3, 3
_RIDGE = 1e-4  # of the mean square: keeps colours that never vary from being amplified

Sample = tuple[Tensor, Tensor]  # the short cut's picture and the exact one, both [C, side side]


def sample(rough: Tensor, exact: Tensor) -> Sample:
    """Return what `readout_from` compares.

    Args:
        rough: [1, C, side, side], of the short cut.
        exact: [1, C, H, W], of the same latent.
    """
    shrunk = F.adaptive_avg_pool2d(exact.float(), rough.shape[-1])
    return rough[0].flatten(1).cpu().double(), shrunk[0].flatten(1).cpu().double()


def readout_from(index: int, side: int, samples: Sequence[Sample], device: torch.device) -> Readout:
    """Fit the colours on the first FIT_PICTURES samples and measure them on the others.

    The fit is by least squares, with a constant; see Readout for what comes out.
    """
    fitted, others = samples[:FIT_PICTURES], samples[FIT_PICTURES:]
    rough = _with_one(torch.cat([a for a, _ in fitted], dim=1))  # [C + 1, pixels]
    exact = torch.cat([b for _, b in fitted], dim=1)  # [C, pixels]
    gram = rough @ rough.T
    ridge = torch.eye(len(gram), dtype=gram.dtype) * (_RIDGE * gram.diagonal().mean())
    colours = torch.linalg.solve(gram + ridge, rough @ exact.T)  # [C + 1, C]
    off = variation = 0.0
    for a, b in others:
        off += float((colours.T @ _with_one(a) - b).square().mean())
        variation += float((b - exact.mean(dim=1, keepdim=True)).square().mean())
    error = math.sqrt(off / variation) if variation > 0 else math.inf
    if not math.isfinite(error):
        error = math.inf
    return Readout(index, side, colours.float().to(device), error)


def _with_one(pixels: Tensor) -> Tensor:
    return torch.cat([pixels, torch.ones_like(pixels[:1])])
