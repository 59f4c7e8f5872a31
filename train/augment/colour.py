"""Colour transformations as one matrix per picture (arXiv 2006.06676, appendix B)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from train.augment.draws import SampleDraws

LUMA = torch.full([3], 1 / math.sqrt(3), dtype=torch.float64)  # the axis of greys


def colour_matrices(draws: SampleDraws, p: float) -> Tensor:
    """Draw brightness, contrast, luma flip, hue and saturation, in this order.

    Returns [N, 4, 4], float64, for homogeneous colours; the identity where nothing happens.
    """
    n = len(draws)
    m = torch.eye(4, dtype=torch.float64).repeat(n, 1, 1)
    add = torch.where(draws.gate("brightness", p), 0.2 * draws.normal("brightness"), 0)
    m[:, :3, 3] = add[:, None]
    factor = torch.where(draws.gate("contrast", p), (0.5 * draws.normal("contrast")).exp2(), 1)
    m = _linear(torch.eye(3, dtype=torch.float64) * factor[:, None, None]) @ m
    grey = torch.outer(LUMA, LUMA)  # projection onto the axis of greys
    chroma = torch.eye(3, dtype=torch.float64) - grey
    flip = torch.where(draws.gate("luma", p), draws.integer("luma", 2), 0)
    m = _linear(chroma + grey * (1 - 2 * flip)[:, None, None]) @ m
    turn = draws.uniform("hue", -math.pi, math.pi)
    m = _linear(_about_luma(torch.where(draws.gate("hue", p), turn, 0))) @ m
    factor = torch.where(draws.gate("saturation", p), draws.normal("saturation").exp2(), 1)
    return _linear(grey + chroma * factor[:, None, None]) @ m


def _linear(m: Tensor) -> Tensor:
    """[N, 3, 3] -> [N, 4, 4]."""
    out = torch.eye(4, dtype=m.dtype).repeat(len(m), 1, 1)
    out[:, :3, :3] = m
    return out


def _about_luma(angle: Tensor) -> Tensor:
    """[N] radians -> [N, 3, 3], the rotation about the axis of greys (Rodrigues' formula)."""
    x, y, z = LUMA.tolist()
    cross = torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=torch.float64)
    s, c = angle.sin()[:, None, None], angle.cos()[:, None, None]
    return torch.eye(3, dtype=torch.float64) + s * cross + (1 - c) * (cross @ cross)


def recolour(img: Tensor, matrices: Tensor) -> Tensor:
    """Apply a colour matrix to each picture.

    One channel is a grey: it gets the mean of what its three equal colours would become. With
    four channels the last is alpha and stays.

    Args:
        img:      [N, 1, 3 or 4, H, W].
        matrices: [N, 4, 4].
    """
    m = matrices.to(device=img.device, dtype=img.dtype)
    if img.shape[1] == 1:
        mean = m[:, :3].mean(dim=1)  # [N, 4]
        return img * mean[:, :3].sum(dim=1)[:, None, None, None] + mean[:, 3, None, None, None]
    rgb = img[:, :3].flatten(2)  # [N, 3, H W]
    rgb = (m[:, :3, :3] @ rgb + m[:, :3, 3:]).reshape(len(img), 3, *img.shape[2:])
    return rgb if img.shape[1] == 3 else torch.cat([rgb, img[:, 3:]], dim=1)
