"""The truncation trick (StyleGAN, arXiv 1812.04948, appendix B)."""

from __future__ import annotations

import torch
from torch import Tensor


def truncate(ws: Tensor, w_avg: Tensor, *, psi: float, cutoff: int | None = None) -> Tensor:
    """Move the first `cutoff` rows of ws towards the mean latent.

    ws' = w_avg + psi * (ws - w_avg)

    Args:
        ws:     [N, num_ws, w_dim].
        w_avg:  [w_dim], same dtype and device as ws.
        psi:    1 leaves ws as it is, 0 gives the mean, negative mirrors about it.
        cutoff: rows to truncate; None = all.

    Returns a tensor shaped like ws (ws itself if nothing moves); ws is not modified.
    Raises ValueError if cutoff is outside [0, num_ws].
    """
    num_ws = ws.shape[1]
    if cutoff is None:
        cutoff = num_ws
    if not 0 <= cutoff <= num_ws:
        raise ValueError(f"cutoff must be in [0, {num_ws}], got {cutoff}")
    if psi == 1 or cutoff == 0:
        return ws
    moved = w_avg + psi * (ws[:, :cutoff] - w_avg)
    return torch.cat([moved, ws[:, cutoff:]], dim=1)
