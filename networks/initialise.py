"""Random weights for new networks, from a seed and without torch's global generator."""

from __future__ import annotations

import torch
from torch import nn

from networks.layers import FullyConnected, Layer, fill_normal_
from networks.stylegan3 import SynthesisInput


def initialise(network: nn.Module, rng: torch.Generator) -> None:
    """Fill every parameter and buffer as the papers start training."""
    for module in network.modules():
        if isinstance(module, Layer):
            module.initialise_(rng)
    for module in network.modules():
        if isinstance(module, SynthesisInput):
            module.initialise_affine_()


@torch.no_grad()
def randomise(network: nn.Module, rng: torch.Generator) -> None:
    """Also draw what initialise leaves at 0 or 1, so that no bug hides behind a zero.

    Biases, noise strengths, the mean latent, StyleGAN3's input magnitudes and input affine. The
    stored input transform stays the identity: it is the user's.
    """
    for module in network.modules():
        if isinstance(module, FullyConnected):
            add = torch.randn(module.bias.shape, generator=rng) * 0.2 / module.lr_multiplier
            module.bias.add_(add.to(module.bias.device))
        if isinstance(module, SynthesisInput):
            fill_normal_(module.affine.weight, rng, 0.3)
    tensors = [*network.named_parameters(), *network.named_buffers()]
    linear = {id(m.bias) for m in network.modules() if isinstance(m, FullyConnected)}
    for name, tensor in tensors:
        match name.rsplit(".", 1)[-1]:
            case "bias" if id(tensor) not in linear:
                fill_normal_(tensor, rng, 0.2)
            case "noise_strength":
                fill_normal_(tensor, rng, 0.2)
            case "w_avg":
                fill_normal_(tensor, rng, 0.5)
            case "magnitude_ema":
                tensor.copy_(torch.randn([], generator=rng).mul(0.2).exp())


def seeded(seed: int) -> torch.Generator:
    """Return a generator of its own for a seed of any size or sign."""
    return torch.Generator().manual_seed(seed % 2**63)
