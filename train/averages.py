"""The averages that training moves during D's call of the generator, over all samples of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def has_magnitudes(generator: Generator) -> bool:
    """Return whether the generator follows the magnitudes of its layers' inputs (StyleGAN3)."""
    return any(isinstance(layer, SynthesisLayer) for layer in generator.synthesis.children())


@torch.no_grad()
def synthesis_with_magnitudes(
    generator: Generator, rounds: Sequence[Inputs], mean: Callable[[Tensor], Tensor]
) -> list[Tensor]:
    """Make pictures while StyleGAN3's input magnitudes follow (arXiv 2106.12423, section 3.2).

    A layer uses its magnitude after it has followed the layer's input, so all rounds go through a
    layer before any goes on to the next: the pictures are those of one round with all samples.

    Args:
        rounds: of synthesis, equally many samples in each.
        mean:   makes a mean over this process's samples one over all processes'.

    Returns the pictures of each round.
    """
    acts = [Activations() for _ in rounds]
    for step in generator.steps():
        layer = generator.synthesis._modules.get(step.name)
        if isinstance(layer, SynthesisLayer):
            squares = [_mean_square(a.x) for a in acts if a.x is not None]
            square = mean(torch.stack(squares).mean()).to(layer.magnitude_ema.dtype)
            layer.magnitude_ema.copy_(
                torch.lerp(square, layer.magnitude_ema, layer.magnitude_ema_beta)
            )
        for i, inputs in enumerate(rounds):
            acts[i] = step.run(acts[i], inputs)
    pictures = [a.out for a in acts if a.out is not None]
    assert len(pictures) == len(rounds)
    return pictures


def _mean_square(x: Tensor) -> Tensor:
    """Return the mean square of x; of 16 bit in 32, which it would leave."""
    return x.to(torch.promote_types(x.dtype, torch.float32)).square().mean()
