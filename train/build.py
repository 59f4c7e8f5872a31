"""From a resolved configuration to the networks of a run."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import nn

from networks.config import MappingConfig
from networks.generator import Generator
from networks.model import Model, build_discriminator, build_generator, create_model, new_configs
from train.config import DataShape, TrainConfig
from train.presets import PRESETS


@dataclass(eq=False)
class Networks:
    """The three networks of a run.

    generator:     trains.
    discriminator: trains, all but its frozen layers.
    average:       moving average of the generator; never trains.
    """

    generator: Generator
    discriminator: nn.Module
    average: Generator

    def named(self) -> dict[str, nn.Module]:
        """Return them by the names a checkpoint uses."""
        return {"G": self.generator, "D": self.discriminator, "G_ema": self.average}


def create_fields(config: TrainConfig, shape: DataShape) -> dict[str, object]:
    """Return the fields of networks.create_model for a resolved configuration."""
    assert config.batch is not None
    assert config.map_depth is not None
    architecture = PRESETS[config.config].architecture
    fields: dict[str, object] = {
        "resolution": config.resolution,
        "img_channels": shape.img_channels,
        "c_dim": shape.c_dim if config.conditional else 0,
        "z_dim": config.z_dim,
        "w_dim": config.w_dim,
        "mapping": MappingConfig(num_layers=config.map_depth, w_avg_beta=config.w_avg_beta),
        "channel_base": config.channel_base,
        "channel_max": config.channel_max,
        "num_fp16_res": config.num_fp16_res,
        "d_num_fp16_res": config.num_fp16_res,
        "conv_clamp": config.conv_clamp,
        "d_channel_base": config.d_channel_base,
        "d_channel_max": config.d_channel_max,
        "d_architecture": config.d_architecture,
        "d_mbstd_group_size": config.mbstd_group,
        "d_mbstd_num_channels": config.mbstd_channels,
        "d_freeze_layers": config.freeze_d,
    }
    if architecture == "stylegan2":
        fields["use_noise"] = config.use_noise
    else:
        if config.layers is not None:
            fields["num_layers"] = config.layers
        fields["magnitude_ema_beta"] = 0.5 ** (config.batch / (config.magnitude_kimg * 1000))
    return fields


def build(config: TrainConfig, shape: DataShape, device: torch.device) -> Networks:
    """Make networks with the weights that the configuration's seed gives."""
    architecture = PRESETS[config.config].architecture
    model = create_model(architecture, seed=config.seed, **create_fields(config, shape))  # type: ignore[arg-type]
    return networks_of(model, config, device)


def build_empty(config: TrainConfig, shape: DataShape, device: torch.device) -> Networks:
    """Make networks whose weights are yet to be filled (or, on "meta", never)."""
    architecture = PRESETS[config.config].architecture
    g_config, d_config = new_configs(architecture, **create_fields(config, shape))  # type: ignore[arg-type]
    with device:
        g, d, average = build_generator(g_config), build_discriminator(d_config), None
        average = build_generator(g_config)
    dtype = getattr(torch, config.dtype)
    for network in (g, d, average):
        network.to(dtype=dtype)
    return _ready(Networks(g, d, average))


def networks_of(model: Model, config: TrainConfig, device: torch.device) -> Networks:
    """Make a run's networks of a model; the average starts as the generator."""
    assert model.discriminator is not None
    dtype = getattr(torch, config.dtype)
    generator = model.generator.to(device=device, dtype=dtype)
    discriminator = model.discriminator.to(device=device, dtype=dtype)
    return _ready(Networks(generator, discriminator, copy.deepcopy(generator)))


def _ready(networks: Networks) -> Networks:
    networks.generator.train().requires_grad_(True)
    networks.discriminator.train().requires_grad_(True)
    networks.average.eval().requires_grad_(False)
    return networks
