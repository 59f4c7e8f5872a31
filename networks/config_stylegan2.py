"""Configurations of the StyleGAN2 generator and of the discriminator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from networks.config_checks import (
    MAX_DIM,
    check_boolean,
    check_choice,
    check_integer,
    check_reals,
    check_resolution,
    from_plain,
    plain,
)
from networks.config_mapping import (
    ACTIVATIONS,
    BLOCK_ARCHITECTURES,
    MAX_LAYERS,
    MappingConfig,
    check_channels,
    check_clamp,
    check_generator,
    powers_of_two,
)

MAPPING = MappingConfig()
LABEL_MAPPING = MappingConfig(w_avg_beta=None)  # the discriminator keeps no mean


@dataclass(frozen=True)
class StyleGAN2Config:
    """A StyleGAN2 or StyleGAN2-ADA generator (arXiv 1912.04958, 2006.06676).

    channels:     width at 4, 8, ..., resolution; None = min(channel_base // r, channel_max).
    num_fp16_res: how many of the highest resolutions run in 16 bit (on CUDA only).
    conv_clamp:   bound of activations; None = none.
    """

    resolution: int
    z_dim: int = 512
    c_dim: int = 0
    w_dim: int = 512
    img_channels: int = 3
    mapping: MappingConfig = MAPPING
    channel_base: int = 32768
    channel_max: int = 512
    num_fp16_res: int = 4
    conv_clamp: float | None = 256.0
    architecture: str = "skip"
    resample_filter: tuple[float, ...] = (1, 3, 3, 1)
    activation: str = "lrelu"
    use_noise: bool = True
    channels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        check_resolution("resolution", self.resolution)
        check_generator(self)
        check_choice("architecture", self.architecture, BLOCK_ARCHITECTURES)
        check_reals("resample_filter", self.resample_filter, -1e6, 1e6, (1, 32))
        check_choice("activation", self.activation, ACTIVATIONS)
        check_boolean("use_noise", self.use_noise)
        check_channels(self.channels, len(self.block_resolutions))

    @property
    def block_resolutions(self) -> tuple[int, ...]:
        """4, 8, ..., resolution."""
        return powers_of_two(self.resolution)

    @property
    def num_ws(self) -> int:
        """Rows of ws: 2 log2(resolution) - 2."""
        return 2 * len(self.block_resolutions)

    def channels_at(self, resolution: int) -> int:
        """Feature maps at one of block_resolutions."""
        return _channels_at(self, resolution)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> StyleGAN2Config:
        """Read what to_json wrote; ValueError names the field that is wrong."""
        return from_plain(cls, data, {"mapping": MappingConfig.from_json})


@dataclass(frozen=True)
class DiscriminatorConfig:
    """A StyleGAN2 discriminator (arXiv 1912.04958), also used to train StyleGAN3.

    cmap_dim:         width of the mapped label; None = channels at 4x4 (0 without labels).
    mbstd_group_size: samples per minibatch-deviation group; None = the whole batch.
    mbstd_num_channels: feature maps that hold the deviation; 0 = none.
    freeze_layers:    Freeze-D: this many layers from the image on are stored as buffers.
    channels:         width at 4, 8, ..., resolution; None = min(channel_base // r, channel_max).
    """

    resolution: int
    img_channels: int = 3
    c_dim: int = 0
    architecture: str = "resnet"
    channel_base: int = 32768
    channel_max: int = 512
    num_fp16_res: int = 4
    conv_clamp: float | None = 256.0
    cmap_dim: int | None = None
    mapping: MappingConfig = LABEL_MAPPING
    mbstd_group_size: int | None = 4
    mbstd_num_channels: int = 1
    resample_filter: tuple[float, ...] = (1, 3, 3, 1)
    activation: str = "lrelu"
    freeze_layers: int = 0
    channels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        check_resolution("resolution", self.resolution)
        check_integer("img_channels", self.img_channels, 1, 16)
        check_integer("c_dim", self.c_dim, 0, MAX_DIM)
        check_choice("architecture", self.architecture, BLOCK_ARCHITECTURES)
        check_integer("channel_base", self.channel_base, 1, 2**24)
        check_integer("channel_max", self.channel_max, 1, MAX_DIM)
        check_integer("num_fp16_res", self.num_fp16_res, 0, 64)
        check_clamp(self.conv_clamp)
        if self.cmap_dim is not None:
            check_integer("cmap_dim", self.cmap_dim, 0 if self.c_dim == 0 else 1, MAX_DIM)
        if not isinstance(self.mapping, MappingConfig):
            raise ValueError(f"mapping must be a MappingConfig, got {self.mapping!r:.80}")
        if self.mbstd_group_size is not None:
            check_integer("mbstd_group_size", self.mbstd_group_size, 1, 4096)
        check_integer("mbstd_num_channels", self.mbstd_num_channels, 0, MAX_DIM)
        check_reals("resample_filter", self.resample_filter, -1e6, 1e6, (1, 32))
        check_choice("activation", self.activation, ACTIVATIONS)
        check_integer("freeze_layers", self.freeze_layers, 0, MAX_LAYERS)
        check_channels(self.channels, len(self.block_resolutions))

    @property
    def block_resolutions(self) -> tuple[int, ...]:
        """4, 8, ..., resolution."""
        return powers_of_two(self.resolution)

    @property
    def label_dim(self) -> int:
        """Width of the mapped label; 0 without labels."""
        if self.c_dim == 0:
            return 0
        return self.channels_at(4) if self.cmap_dim is None else self.cmap_dim

    def channels_at(self, resolution: int) -> int:
        """Feature maps at one of block_resolutions."""
        return _channels_at(self, resolution)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> DiscriminatorConfig:
        """Read what to_json wrote; ValueError names the field that is wrong."""
        return from_plain(cls, data, {"mapping": MappingConfig.from_json})


def _channels_at(config: StyleGAN2Config | DiscriminatorConfig, resolution: int) -> int:
    if config.channels is not None:
        return config.channels[config.block_resolutions.index(resolution)]
    return max(min(config.channel_base // resolution, config.channel_max), 1)
