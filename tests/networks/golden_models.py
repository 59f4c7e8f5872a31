"""The golden PyTorch networks, read from their files alone and kept between tests."""

from __future__ import annotations

import functools
from typing import Any

import torch

import networks
from tests.golden import load_golden, require_golden

NAMES = (
    "stylegan2-64",
    "stylegan2-ada-cond-32",
    "stylegan2-ada-resnet-cond-32",
    "stylegan2-orig-grey-32",
    "stylegan3-t-64",
    "stylegan3-t-odd-cond-64",
    "stylegan3-r-cond-32",
)
STYLEGAN3 = tuple(name for name in NAMES if name.startswith("stylegan3"))


def golden_model(name: str) -> tuple[networks.Model, dict[str, Any]]:
    """Return the model of one file and its golden arrays; skips without the golden folder."""
    require_golden()
    return _golden_model(name)


@functools.cache
def _golden_model(name: str) -> tuple[networks.Model, dict[str, Any]]:
    model = networks.load_model(require_golden() / "pytorch" / f"{name}.pkl")
    return model, load_golden(f"pytorch/{name}.npz")


def label(golden: dict[str, Any], key: str = "c") -> torch.Tensor | None:
    """Return golden labels as the networks take them: None where there are none."""
    return torch.tensor(golden[key]) if golden[key].size else None
