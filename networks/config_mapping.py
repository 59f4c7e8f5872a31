"""The mapping network's configuration, and the checks that all configurations share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from networks.config_checks import (
    MAX_DIM,
    check_choice,
    check_integer,
    check_integers,
    check_real,
    from_plain,
    plain,
)

ACTIVATIONS = (
    "linear",
    "relu",
    "lrelu",
    "tanh",
    "sigmoid",
    "elu",
    "selu",
    "softplus",
    "swish",
)
BLOCK_ARCHITECTURES = ("skip", "resnet", "orig")
MAX_LAYERS = 64


@dataclass(frozen=True)
class MappingConfig:
    """z, c -> w (StyleGAN, section 2): `num_layers` fully connected layers.

    embed_features: width of the embedded label; None = w_dim.
    layer_features: width between the layers; None = w_dim.
    lr_multiplier:  m of the equalised learning rate (weights are stored as 1/m of their effect).
    w_avg_beta:     decay of the moving mean of w; None = the network keeps no mean.
    """

    num_layers: int = 8
    embed_features: int | None = None
    layer_features: int | None = None
    activation: str = "lrelu"
    lr_multiplier: float = 0.01
    w_avg_beta: float | None = 0.998

    def __post_init__(self) -> None:
        check_integer("mapping.num_layers", self.num_layers, 0, MAX_LAYERS)
        for field in ("embed_features", "layer_features"):
            if getattr(self, field) is not None:
                check_integer(f"mapping.{field}", getattr(self, field), 1, MAX_DIM)
        check_choice("mapping.activation", self.activation, ACTIVATIONS)
        check_real("mapping.lr_multiplier", self.lr_multiplier, 1e-8, 1e3)
        if self.w_avg_beta is not None:
            check_real("mapping.w_avg_beta", self.w_avg_beta, 0, 1)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> MappingConfig:
        """Read what to_json wrote; ValueError names the field that is wrong."""
        return from_plain(cls, data, where="mapping")


def check_generator(config: Any) -> None:
    """Check the fields that all generator configurations have."""
    check_integer("z_dim", config.z_dim, 0, MAX_DIM)
    check_integer("c_dim", config.c_dim, 0, MAX_DIM)
    if config.z_dim + config.c_dim == 0:
        raise ValueError("z_dim and c_dim must not both be 0")
    check_integer("w_dim", config.w_dim, 1, MAX_DIM)
    check_integer("img_channels", config.img_channels, 1, 16)
    if not isinstance(config.mapping, MappingConfig):
        raise ValueError(f"mapping must be a MappingConfig, got {config.mapping!r:.80}")
    check_integer("channel_base", config.channel_base, 1, 2**24)
    check_integer("channel_max", config.channel_max, 1, MAX_DIM)
    check_integer("num_fp16_res", config.num_fp16_res, 0, 64)
    check_clamp(config.conv_clamp)


def check_clamp(conv_clamp: float | None, field: str = "conv_clamp") -> None:
    """Require a positive bound, or None."""
    if conv_clamp is not None:
        check_real(field, conv_clamp, 1e-6, 1e9)


def powers_of_two(resolution: int) -> tuple[int, ...]:
    """Return 4, 8, ..., resolution."""
    return tuple(2**i for i in range(2, resolution.bit_length()))


def check_channels(channels: tuple[int, ...] | None, count: int) -> None:
    """Require `count` widths, or None."""
    if channels is not None:
        check_integers("channels", channels, 1, MAX_DIM, (count, count))
