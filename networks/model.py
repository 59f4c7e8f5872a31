"""A model: generator, discriminator and what is known about them; new ones with random weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from networks.config import (
    GENERATOR_CONFIGS,
    DiscriminatorConfig,
    GeneratorConfig,
    MappingConfig,
    StyleGAN2Config,
    StyleGAN3Config,
)
from networks.generator import Generator
from networks.info import Architecture, ModelInfo, Source
from networks.initialise import initialise, randomise, seeded
from networks.stylegan2 import StyleGAN2Generator
from networks.stylegan2_discriminator import StyleGAN2Discriminator
from networks.stylegan3 import StyleGAN3Generator


@dataclass(eq=False)
class Model:
    """What load_model and create_model return.

    generator:     the moving-average weights, eval mode, float32, requires_grad off.
    discriminator: None if the file has none.
    """

    info: ModelInfo
    generator: Generator
    discriminator: nn.Module | None = None


def build_generator(config: GeneratorConfig) -> Generator:
    """Allocate a generator without initialising it: load a state dict, or call initialise."""
    match config:
        case StyleGAN2Config():
            return StyleGAN2Generator(config).eval()
        case StyleGAN3Config():
            return StyleGAN3Generator(config).eval()
    raise ValueError(f"there is no generator for {type(config).__name__}")


def build_discriminator(config: DiscriminatorConfig) -> StyleGAN2Discriminator:
    """Allocate a discriminator without initialising it: load a state dict, or call initialise."""
    return StyleGAN2Discriminator(config).eval()


def architecture_of(config: GeneratorConfig) -> Architecture:
    """Return the architecture's name; StyleGAN3 with 1x1 kernels or radial filters is R."""
    if isinstance(config, StyleGAN2Config):
        return "stylegan2"
    is_r = config.use_radial_filters or config.conv_kernel == 1
    return "stylegan3-r" if is_r else "stylegan3-t"


def describe(
    generator: Generator,
    config: GeneratorConfig,
    *,
    source: Source | None = None,
    class_names: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> ModelInfo:
    """Return what may be known about a generator without torch."""
    layers = generator.layer_infos()
    return ModelInfo(
        architecture=architecture_of(config),
        resolution=config.resolution,
        img_channels=config.img_channels,
        z_dim=config.z_dim,
        c_dim=config.c_dim,
        w_dim=config.w_dim,
        num_ws=generator.num_ws,
        layers=layers,
        parameters=sum(p.numel() for p in generator.parameters()),
        source=source,
        class_names=class_names,
        has_noise=any("noise" in layer.reads for layer in layers),
        has_input_transform=any("input_transform" in layer.reads for layer in layers),
        notes=notes,
    )


def create_model(
    name: str, *, resolution: int, seed: int = 0, randomise: bool = False, **fields: Any
) -> Model:
    """Make a model with random weights and the published default widths.

    Args:
        name:       "stylegan2", "stylegan3-t" or "stylegan3-r".
        resolution: a power of two in [4, 4096].
        seed:       the same seed gives the same weights; torch's global state is untouched.
        randomise:  also draw what initialisation leaves at 0 or 1.
        fields:     fields of the generator's configuration; map_depth for the mapping's layers,
                    mapping_kwargs for any of its fields; fields of the discriminator's with "d_"
                    before them. channel_base and channel_max are those of the discriminator:
                    "stylegan3-r" doubles them for the generator.

    Raises ValueError for an unknown name or field, or a value out of range.
    """
    config, d_config = new_configs(name, resolution=resolution, **fields)
    generator = build_generator(config)
    discriminator = build_discriminator(d_config)
    rng = seeded(seed)
    for network in (generator, discriminator):
        initialise(network, rng)
        if randomise:
            _randomise(network, rng)
        network.requires_grad_(False)
    return Model(describe(generator, config), generator, discriminator)


_randomise = randomise
# What generator and discriminator have in common unless the latter is told otherwise.
_SHARED = ("c_dim", "img_channels", "channel_base", "channel_max", "num_fp16_res", "conv_clamp")


def new_configs(
    name: str,
    *,
    resolution: int,
    map_depth: int | None = None,
    mapping_kwargs: Mapping[str, Any] | None = None,
    **fields: Any,
) -> tuple[GeneratorConfig, DiscriminatorConfig]:
    """Return the configurations of generator and discriminator that create_model builds."""
    if name not in GENERATOR_CONFIGS:
        raise ValueError(
            f"there is no architecture {name!r}; there are {', '.join(GENERATOR_CONFIGS)}"
        )
    cls = GENERATOR_CONFIGS[name]
    known = {field.name for field in dataclasses.fields(cls)} - {"resolution"}
    d_known = {field.name for field in dataclasses.fields(DiscriminatorConfig)} - {"resolution"}
    allowed = (
        sorted(known)
        + ["map_depth", "mapping_kwargs"]
        + [f"d_{field}" for field in sorted(d_known)]
    )
    unknown = [field for field in fields if field not in allowed]
    if unknown:
        raise ValueError(
            f"{name} has no field {', '.join(unknown)}; its fields are {', '.join(allowed)}"
        )
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    d_fields = {k[2:]: v for k, v in fields.items() if k not in known}
    fields = {k: v for k, v in fields.items() if k in known}
    for shared in _SHARED:
        if shared in fields:
            d_fields.setdefault(shared, fields[shared])
    if name == "stylegan3-r":
        defaults = StyleGAN3Config(resolution)
        fields.setdefault("conv_kernel", 1)
        fields.setdefault("use_radial_filters", True)
        for width in ("channel_base", "channel_max"):
            fields[width] = fields.get(width, getattr(defaults, width)) * 2
    of_mapping = dict(mapping_kwargs or {})
    if map_depth is not None:
        of_mapping["num_layers"] = map_depth
    if of_mapping:
        mapping = fields.get("mapping", cls(resolution).mapping)
        fields["mapping"] = MappingConfig.from_json(mapping.to_json() | of_mapping)
    return cls(resolution=resolution, **fields), DiscriminatorConfig(resolution, **d_fields)
