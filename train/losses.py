"""Losses and regularisers as functions of logits, gradients and lengths.

Each returns one value per sample; the caller sums and divides by the whole batch, so that shards
of it, whether one after another or in several processes, add up to the same gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Non-saturating logistic loss (arXiv 1406.2661, section 3): softplus(-D(G(z)))."""
    return F.softplus(-fake_logits).flatten()


def fake_loss(fake_logits: Tensor) -> Tensor:
    """The discriminator's loss on made pictures: softplus(D(G(z)))."""
    return F.softplus(fake_logits).flatten()


def real_loss(real_logits: Tensor) -> Tensor:
    """The discriminator's loss on real pictures: softplus(-D(x))."""
    return F.softplus(-real_logits).flatten()


def r1_penalty(real_logits: Tensor, reals: Tensor, *, create_graph: bool = True) -> Tensor:
    """Squared gradient of the logits by the pictures (arXiv 1801.04406, equation 9).

    Args:
        real_logits: [N, 1], computed from reals.
        reals:       [N, C, H, W], requires grad.

    Returns sum_CHW (d D / d x)^2, [N]; the loss is gamma / 2 times it.
    """
    (gradient,) = torch.autograd.grad(real_logits.sum(), reals, create_graph=create_graph)
    return gradient.square().sum(dim=[1, 2, 3])


def path_lengths(img: Tensor, ws: Tensor, noise: Tensor, *, create_graph: bool = True) -> Tensor:
    """Lengths of the generator's Jacobian in random directions (1912.04958, section 3.2).

    J_y = d sum(img y) / d ws, with y ~ N(0, 1) / sqrt(H W)
    length = sqrt(mean over rows of ws of sum over w of J_y^2)

    Args:
        img:   [N, C, H, W], computed from ws.
        ws:    [N, num_ws, w_dim], in img's graph.
        noise: N(0, 1), shaped like img.

    Returns [N].
    """
    y = noise / math.sqrt(img.shape[2] * img.shape[3])
    (jacobian,) = torch.autograd.grad((img * y).sum(), ws, create_graph=create_graph)
    return jacobian.square().sum(dim=2).mean(dim=1).sqrt()


def path_loss(lengths: Tensor, mean_length: Tensor, pl_mean: Tensor, decay: float) -> Tensor:
    """Path-length penalty of some samples of a batch, [n].

    a = pl_mean + decay (mean over the whole batch of length - pl_mean)
    penalty = (length - a)^2

    a is inside the graph: it moves with every length of the batch. Of the gradient
    2 (l_i - a) - 2 decay mean(l - a) for each length, the second part comes from a. It needs
    nothing of the other samples but mean_length, a number, so a batch can be cut into shards (or
    processes) without changing its gradient.

    Args:
        lengths:     [n], with a graph.
        mean_length: scalar without a graph: mean of lengths over the whole batch.
        pl_mean:     scalar without a graph: the mean so far.
    """
    a = torch.lerp(pl_mean, mean_length, decay)
    through_a = 2 * decay * (mean_length - a)
    # Adds a gradient and no value.
    return (lengths - a).square() - through_a * (lengths - lengths.detach())


def mix_styles(ws: Tensor, cutoff: int, other: Callable[[], Tensor]) -> Tensor:
    """Style mixing (arXiv 1812.04948, section 3.1): rows from cutoff on come from other latents.

    Args:
        ws:     [N, num_ws, w_dim].
        cutoff: first row that changes; num_ws = none.
        other:  makes the other ws, called only if needed.
    """
    if cutoff >= ws.shape[1]:
        return ws
    return torch.cat([ws[:, :cutoff], other()[:, cutoff:]], dim=1)
