"""Small networks of every kind with all-random weights, kept between tests."""

from __future__ import annotations

import functools
from typing import Any

import torch

from networks import Model, create_model

SMALL: dict[str, Any] = {"z_dim": 16, "w_dim": 12, "channel_base": 256, "channel_max": 12}
KINDS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "stylegan2-skip": ("stylegan2", 32, {"architecture": "skip"}),
    "stylegan2-resnet-labels": ("stylegan2", 32, {"architecture": "resnet", "c_dim": 3}),
    "stylegan2-orig-rgba": ("stylegan2", 16, {"architecture": "orig", "img_channels": 4}),
    "stylegan3-t": ("stylegan3-t", 16, {"num_layers": 4}),
    "stylegan3-r-grey-labels": (
        "stylegan3-r",
        16,
        {"num_layers": 5, "c_dim": 2, "img_channels": 1},
    ),
}


@functools.cache
def random_model(kind: str) -> Model:
    """Return the network of one of KINDS."""
    name, resolution, fields = KINDS[kind]
    # Whoever asks first: tensors of inference mode could not be differentiated by the others.
    with torch.inference_mode(False):
        return create_model(
            name, resolution=resolution, seed=1, randomise=True, map_depth=2, **SMALL, **fields
        )


def random_ws(model: Model, count: int = 2, seed: int = 0) -> torch.Tensor:
    """Return [count, num_ws, w_dim] whose rows all differ."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randn([count, model.info.num_ws, model.info.w_dim], generator=rng)


def random_labels(model: Model, count: int = 2) -> torch.Tensor | None:
    """Return one-hot labels [count, c_dim], or None for a network without."""
    c_dim = model.info.c_dim
    return torch.eye(c_dim)[torch.arange(count) % c_dim] if c_dim else None


def random_z(model: Model, count: int = 2, seed: int = 0) -> torch.Tensor:
    """Return latents [count, z_dim]."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randn([count, model.info.z_dim], generator=rng)
