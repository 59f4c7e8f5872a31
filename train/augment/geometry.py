"""Pixel blitting and geometric transformations as one resampling (arXiv 2006.06676, appendix B).

Matrices are [N, 3, 3] in pixels about the picture's centre, x to the right and y down, and lead
from a place in the result to a place in the source. An operation that comes later therefore
stands further to the right.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cuda_ops import upfirdn2d
from train.augment.draws import SampleDraws
from train.augment.sample import sample
from train.augment.wavelets import SYM6

# sym6 is not quite symmetric: its weight lies this many taps before its middle, which moves smooth
# content by as much at double resolution.
LEAD = (len(SYM6) - 1) / 2 - float(SYM6 @ np.arange(len(SYM6)) / SYM6.sum())


def geometry_matrices(draws: SampleDraws, p: float, size: int, *, blit: bool, geom: bool) -> Tensor:
    """Draw the transformation of each sample; the identity where nothing happens.

    Args:
        draws: one row per sample.
        p:     strength: probability of each operation.
        size:  width and height in pixels.

    Returns [N, 3, 3], float64, on the CPU.
    """
    m = torch.eye(3, dtype=torch.float64).repeat(len(draws), 1, 1)
    if blit:
        flip = torch.where(draws.gate("flip", p), draws.integer("flip", 2), 0)
        m = m @ scale_matrix(1 - 2 * flip, torch.ones_like(flip))
        turns = torch.where(draws.gate("turn", p), draws.integer("turn", 4), 0)
        m = m @ rotation_matrix(-math.pi / 2 * turns, exact=True)
        moves = draws.gate("blit", p)
        x, y = ((draws.uniform(f"blit_{a}", -0.125, 0.125) * size).round() for a in "xy")
        m = m @ translation_matrix(torch.where(moves, -x, 0), torch.where(moves, -y, 0))
    if geom:
        # Two rotations, one on either side of the anisotropic scale; together of probability p.
        p_turn = 1 - math.sqrt(1 - min(max(p, 0), 1))
        scale = torch.where(draws.gate("scale", p), (0.2 * draws.normal("scale")).exp2(), 1)
        m = m @ scale_matrix(1 / scale, 1 / scale)
        m = m @ rotation_matrix(-_angle(draws, "pre", p_turn))
        aspect = torch.where(draws.gate("aspect", p), (0.2 * draws.normal("aspect")).exp2(), 1)
        m = m @ scale_matrix(1 / aspect, aspect)
        m = m @ rotation_matrix(-_angle(draws, "post", p_turn))
        moves = draws.gate("shift", p)
        x, y = (0.125 * size * draws.normal(f"shift_{a}") for a in "xy")
        m = m @ translation_matrix(torch.where(moves, -x, 0), torch.where(moves, -y, 0))
    return m


def _angle(draws: SampleDraws, name: str, p: float) -> Tensor:
    return torch.where(draws.gate(name, p), draws.uniform(name, -math.pi, math.pi), 0)


def scale_matrix(x: Tensor, y: Tensor) -> Tensor:
    """[N], [N] -> [N, 3, 3]."""
    return torch.diag_embed(torch.stack([x, y, torch.ones_like(x)], dim=1)).double()


def rotation_matrix(angle: Tensor, *, exact: bool = False) -> Tensor:
    """[N] radians -> [N, 3, 3]; exact = the angles are quarter turns."""
    c, s = angle.double().cos(), angle.double().sin()
    if exact:
        c, s = c.round(), s.round()
    m = torch.eye(3, dtype=torch.float64).repeat(len(angle), 1, 1)
    m[:, 0, 0], m[:, 0, 1], m[:, 1, 0], m[:, 1, 1] = c, -s, s, c
    return m


def translation_matrix(x: Tensor, y: Tensor) -> Tensor:
    """[N], [N] pixels -> [N, 3, 3]."""
    m = torch.eye(3, dtype=torch.float64).repeat(len(x), 1, 1)
    m[:, 0, 2], m[:, 1, 2] = x, y
    return m


def warp(img: Tensor, matrices: Tensor) -> Tensor:
    """Resample pictures: result at place q is the source at matrix @ q.

    Reflected margins, doubled resolution with the wavelet sym6, bilinear reading, and back with
    the reversed filter, which makes the whole the identity for an identity matrix. Pictures that
    do not move are left out.

    Args:
        img:      [N, C, H, H].
        matrices: [N, 3, 3], float64, on the CPU.
    """
    eye = torch.eye(3, dtype=torch.float64)
    (moving,) = (matrices - eye).abs().amax(dim=[1, 2]).gt(1e-12).nonzero(as_tuple=True)
    if len(moving) == 0:
        return img
    if len(moving) == len(img):
        return _warp_all(img, matrices)
    rows = moving.to(img.device)
    return img.index_copy(0, rows, _warp_all(img.index_select(0, rows), matrices[moving]))


def _warp_all(img: Tensor, matrices: Tensor) -> Tensor:
    size = img.shape[3]
    taps = len(SYM6)
    reach = taps // 4  # of the filter, in source pixels on either side
    half = size / 2
    corners = torch.tensor(
        [[-half, -half, 1], [half, -half, 1], [half, half, 1], [-half, half, 1]],
        dtype=torch.float64,
    ).t()
    places = (matrices @ corners)[:, :2]  # [N, 2, 4]
    beyond = torch.cat([-places, places], dim=1).amax(dim=[0, 2]) - half  # left, up, right, down
    margins = (beyond + 2 * reach + 1).ceil().clamp(0, size - 1).int().tolist()
    left, top, right, bottom = margins
    img = F.pad(img, [left, right, top, bottom], mode="reflect")
    padded_x, padded_y = size + left + right, size + top + bottom

    sym6 = torch.tensor(SYM6 / SYM6.sum(), dtype=img.dtype, device=img.device)
    img = upfirdn2d(img, sym6, up=2, padding=[taps // 2, taps // 2 - 1] * 2, gain=4)
    # Result pixels at double resolution, with what the last filter needs around them.
    rim = 2 * reach
    count = 2 * size + 2 * rim
    axis = (torch.arange(count, dtype=torch.float64) - rim + 0.5 + LEAD) / 2 - half
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], dim=0).reshape(3, -1)
    source = (matrices @ points)[:, :2].reshape(len(img), 2, count, count)
    # From pixels about the centre to [-1, 1] over the padded picture.
    grid_x = (source[:, 0] + half + left - LEAD / 2) / padded_x * 2 - 1
    grid_y = (source[:, 1] + half + top - LEAD / 2) / padded_y * 2 - 1
    grid = torch.stack([grid_x, grid_y], dim=3).to(device=img.device, dtype=img.dtype)
    img = sample(img, grid)
    pad = taps // 2 - 1 - rim
    return upfirdn2d(img, sym6, down=2, padding=[pad] * 4, flip_filter=True)
