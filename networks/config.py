"""What describes a network's shape: frozen, torch-free values that a model file carries as JSON.

Fields are named as the constructor arguments of the published PyTorch repositories where they
exist, so that a file's settings map one to one. Every value is checked on construction, since a
file may come from anywhere; a wrong one raises ValueError naming the field.
"""

from __future__ import annotations

from collections.abc import Mapping

from networks.config_mapping import ACTIVATIONS, BLOCK_ARCHITECTURES, MAX_LAYERS, MappingConfig
from networks.config_stylegan2 import DiscriminatorConfig, StyleGAN2Config
from networks.config_stylegan3 import StyleGAN3Config, StyleGAN3Layer

__all__ = [
    "ACTIVATIONS",
    "BLOCK_ARCHITECTURES",
    "GENERATOR_CONFIGS",
    "MAX_LAYERS",
    "DiscriminatorConfig",
    "GeneratorConfig",
    "MappingConfig",
    "StyleGAN2Config",
    "StyleGAN3Config",
    "StyleGAN3Layer",
]

GeneratorConfig = StyleGAN2Config | StyleGAN3Config
GENERATOR_CONFIGS: Mapping[str, type[StyleGAN2Config] | type[StyleGAN3Config]] = {
    "stylegan2": StyleGAN2Config,
    "stylegan3-t": StyleGAN3Config,
    "stylegan3-r": StyleGAN3Config,
}
