"""The averages that training moves during D's call of the generator, over all processes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from networks.generator import Generator
from networks.steps import Activations, Inputs
from networks.stylegan3 import SynthesisLayer


@torch.no_grad()
def update_w_avg(generator: Generator, mean_w: Tensor) -> None:
    """Let the mean latent follow the mean [w_dim] of a whole batch."""
    mapping = generator.mapping
    if mapping.has_w_avg and mapping.w_avg_beta is not None:
        mapping.w_avg.copy_(torch.lerp(mean_w.to(mapping.w_avg), mapping.w_avg, mapping.w_avg_beta))


@torch.no_grad()
def synthesis_with_magnitudes(
    generator: Generator, inputs: Inputs, mean: Callable[[Tensor], Tensor], rounds: int
) -> Tensor:
    """Make pictures while StyleGAN3's input magnitudes follow (arXiv 2106.12423, section 3.2).

    Args:
        inputs: of synthesis.
        mean:   makes a mean over this process's samples one over all processes'.
        rounds: calls per step; each moves the averages by this fraction of a step.
    """
    acts = Activations()
    for step in generator.steps():
        layer = generator.synthesis._modules.get(step.name)
        if isinstance(layer, SynthesisLayer) and acts.x is not None:
            square = mean(acts.x.float().square().mean()).to(layer.magnitude_ema.dtype)
            beta = layer.magnitude_ema_beta ** (1 / rounds)
            layer.magnitude_ema.copy_(torch.lerp(square, layer.magnitude_ema, beta))
        acts = step.run(acts, inputs)
    assert acts.out is not None
    return acts.out
