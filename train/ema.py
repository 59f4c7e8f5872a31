"""The moving average of the generator's weights: what is shown, saved and measured."""

from __future__ import annotations

import torch
from torch import nn


def ema_beta(batch: int, cur_nimg: int, ema_kimg: float, rampup: float) -> float:
    """Return the decay of one step: 0.5^(batch / half-life in pictures).

    Args:
        cur_nimg: pictures before this step.
        ema_kimg: half-life in thousands of pictures.
        rampup:   half-life at most this part of cur_nimg; 0 = no limit.
    """
    half_life = ema_kimg * 1000
    if rampup > 0:
        half_life = min(half_life, cur_nimg * rampup)
    return 0.5 ** (batch / max(half_life, 1e-8))


@torch.no_grad()
def update_ema(average: nn.Module, network: nn.Module, beta: float) -> None:
    """Let the average's parameters follow the network's; buffers are copied."""
    for mean, value in zip(average.parameters(), network.parameters(), strict=True):
        mean.copy_(torch.lerp(value, mean, beta))
    for mean, value in zip(average.buffers(), network.buffers(), strict=True):
        mean.copy_(value)
