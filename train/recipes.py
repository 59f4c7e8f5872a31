"""Named recipes: the data and every field that differs from the defaults; no torch.

docs/recipes.md shows them, `python main.py train --recipe NAME` follows them.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from train.config import TrainConfig
from train.errors import ConfigError


@dataclass(frozen=True)
class Recipe:
    """How a model is trained from nothing.

    about:  what comes out of it, in a few words.
    data:   arguments of `dataset`; the second is the file it makes.
    fields: of TrainConfig, but for those of the place it runs at.
    """

    about: str
    data: tuple[str, ...]
    fields: Mapping[str, Any]

    @property
    def data_file(self) -> str:
        """The file that `dataset` makes."""
        return self.data[1]

    def data_command(self) -> str:
        """Return the command that makes the data."""
        return shlex.join(["python", "main.py", "dataset", *self.data])

    def config(self, wishes: Mapping[str, Any]) -> TrainConfig:
        """Return the configuration; `wishes` are fields that win over the recipe's."""
        return TrainConfig(**{**self.fields, **wishes})


# What is small enough for a few days on a processor.
_SMALL = {
    "mirror": True,
    "batch": 16,
    "z_dim": 128,
    "w_dim": 128,
    "channel_base": 1024,
    "channel_max": 64,
    "fp32": True,
    "augment": "none",
    "ema_kimg": 5.0,
    "ema_rampup": 0.05,
    "seed": 1,
}
_STYLEGAN2 = {
    **_SMALL,
    "config": "stylegan2",
    "map_depth": 4,
    "gamma": 0.1,
    "pl_weight": 0.0,
    "style_mixing": 0.5,
    "g_lr": 0.0025,
    "d_lr": 0.0025,
}

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "toon-head-64": Recipe(
            "the portraits that ship with the program: StyleGAN2, 64 pixels",
            ("demo:toon-head", "toon-head-64.zip", "--count", "8000", "--resolution", "64"),
            {**_STYLEGAN2, "kimg": 3000.0},
        ),
        "toon-head-64-stylegan3-t": Recipe(
            "portraits that follow translation: StyleGAN3-T of six layers, 64 pixels",
            ("demo:toon-head", "toon-head-64.zip", "--count", "8000", "--resolution", "64"),
            {**_SMALL, "config": "stylegan3-t", "layers": 6, "kimg": 1500.0},
        ),
        "cc0-64": Recipe(
            "critters, moods, planets and landscapes as four classes: StyleGAN2, 64 pixels",
            ("demo:cc0", "cc0-64.zip", "--count", "20000", "--resolution", "64"),
            {**_STYLEGAN2, "conditional": True, "kimg": 3000.0},
        ),
    }
)


def recipe_of(name: str) -> Recipe:
    """Return a recipe. Raises ConfigError if there is none of that name."""
    if name not in RECIPES:
        raise ConfigError(f"There is no recipe {name}; there are {', '.join(RECIPES)}")
    return RECIPES[name]
