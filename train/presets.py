"""Published defaults, as a table whose columns line up, and what they make of a configuration.

Sources: StyleGAN2 (arXiv 1912.04958), StyleGAN2-ADA (2006.06676, table of its released
configurations), StyleGAN3 (2106.12423).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from train.config import DataShape, TrainConfig

T = TypeVar("T")


@dataclass(frozen=True)
class Preset:
    """One row.

    architecture: of networks.create_model.
    batch:        None = min(4096 / resolution, 32), at least 4.
    mbstd:        pictures per deviation group, at most.
    map:          mapping layers.
    base:         channel_base; None = 32768 from 512 pixels on, else 16384.
    g_lr, d_lr:   learning rates; None = 0.002 from 1024 pixels on, else 0.0025.
    gamma:        R1 weight; None = 0.0002 resolution^2 / batch; "sg3" = 0.5 (resolution / 128)^2.
    pl, mix:      path-length weight, probability of style mixing.
    ema:          half-life in kimg; None = batch * 10 / 32.
    ramp:         of the half-life; 0 = none.
    w_beta:       decay of the mean latent.
    blur:         starting sigma in pixels.
    augment:      "none" or "ada".
    d_arch:       blocks of the discriminator.
    kimg:         usual length.
    """

    architecture: str
    batch: int | None
    mbstd: int
    map: int
    base: int | None
    g_lr: float | None
    d_lr: float | None
    gamma: float | str | None
    pl: float
    mix: float
    ema: float | None
    ramp: float
    w_beta: float
    blur: float
    augment: str
    d_arch: str
    kimg: int
    about: str


# fmt: off
PRESETS: dict[str, Preset] = {
    #                        architecture   batch  mbstd map  base   g_lr   d_lr   gamma  pl   mix  ema   ramp  w_beta blur  augment d_arch    kimg    about  # noqa: E501
    "stylegan2":     Preset("stylegan2",    32,    4,    8,   32768, .002,  .002,  10.,   2.,  .9,  10.,  0.,   .995,  0.,   "none", "resnet", 25000,  "StyleGAN2, configuration F"),  # noqa: E501
    "stylegan2-ada": Preset("stylegan2",    None,  4,    2,   None,  None,  None,  None,  2.,  .9,  None, .05,  .995,  0.,   "ada",  "resnet", 25000,  "StyleGAN2-ADA, fitted to the resolution"),  # noqa: E501
    "stylegan3-t":   Preset("stylegan3-t",  32,    4,    2,   32768, .0025, .002,  "sg3", 0.,  0.,  None, .05,  .998,  0.,   "ada",  "resnet", 25000,  "StyleGAN3, follows translation"),  # noqa: E501
    "stylegan3-r":   Preset("stylegan3-r",  32,    4,    2,   32768, .0025, .002,  "sg3", 0.,  0.,  None, .05,  .998,  10.,  "ada",  "resnet", 25000,  "StyleGAN3, follows translation and rotation"),  # noqa: E501
    "paper256":      Preset("stylegan2",    64,    8,    8,   16384, .0025, .0025, 1.,    2.,  .9,  20.,  0.,   .995,  0.,   "ada",  "resnet", 25000,  "ADA paper, FFHQ and LSUN at 256"),  # noqa: E501
    "paper512":      Preset("stylegan2",    64,    8,    8,   32768, .0025, .0025, .5,    2.,  .9,  20.,  0.,   .995,  0.,   "ada",  "resnet", 25000,  "ADA paper, AFHQ and BreCaHAD at 512"),  # noqa: E501
    "paper1024":     Preset("stylegan2",    32,    4,    8,   32768, .002,  .002,  2.,    2.,  .9,  10.,  0.,   .995,  0.,   "ada",  "resnet", 25000,  "ADA paper, MetFaces at 1024"),  # noqa: E501
    "cifar":         Preset("stylegan2",    64,    32,   2,   32768, .0025, .0025, .01,   0.,  0.,  500., .05,  .995,  0.,   "ada",  "orig",   100000, "ADA paper, CIFAR-10 at 32"),  # noqa: E501
}
# fmt: on

TRANSFER_ADA_KIMG = 100.0
ADA_KIMG = 500.0


def resolve(config: TrainConfig, shape: DataShape) -> TrainConfig:
    """Fill every field that is None, and set what follows from the data.

    Starting from a model quickens ADA and drops the blur and the averages' ramp-up: the networks
    already know what pictures are.

    Raises ValueError for an unknown preset.
    """
    if config.config not in PRESETS:
        raise ValueError(f"config must be one of {', '.join(PRESETS)}, got {config.config}")
    preset = PRESETS[config.config]
    resolution = shape.resolution if config.resolution is None else config.resolution
    warm = config.transfer is not None
    batch = config.batch
    if batch is None:
        batch = max(min(4096 // resolution, 32), 4) if preset.batch is None else preset.batch
        batch = -(-batch // config.gpus) * config.gpus
    batch_gpu = batch // max(config.gpus, 1) if config.batch_gpu is None else config.batch_gpu
    lr = 0.002 if resolution >= 1024 else 0.0025
    blur = _or(config.blur_sigma, 0.0 if warm else preset.blur)
    base = _or(config.channel_base, _or(preset.base, 32768 if resolution >= 512 else 16384))
    return replace(
        config,
        resolution=resolution,
        batch=batch,
        batch_gpu=batch_gpu,
        map_depth=_or(config.map_depth, preset.map),
        channel_base=base,
        d_channel_base=_or(config.d_channel_base, base),
        d_channel_max=_or(config.d_channel_max, config.channel_max),
        num_fp16_res=0 if config.fp32 else config.num_fp16_res,
        conv_clamp=None if config.fp32 else config.conv_clamp,
        d_architecture=_or(config.d_architecture, preset.d_arch),
        mbstd_group=_or(config.mbstd_group, min(preset.mbstd, batch_gpu)),
        gamma=_or(config.gamma, _gamma(preset, resolution, batch)),
        pl_weight=_or(config.pl_weight, preset.pl),
        style_mixing=_or(config.style_mixing, preset.mix),
        blur_sigma=blur,
        blur_fade_kimg=_or(config.blur_fade_kimg, batch * 200 / 32),
        g_lr=_or(config.g_lr, _or(preset.g_lr, lr)),
        d_lr=_or(config.d_lr, _or(preset.d_lr, lr)),
        ema_kimg=_or(config.ema_kimg, _or(preset.ema, batch * 10 / 32)),
        ema_rampup=_or(config.ema_rampup, 0.0 if warm else preset.ramp),
        w_avg_beta=_or(config.w_avg_beta, preset.w_beta),
        augment=_or(config.augment, preset.augment),
        ada_kimg=_or(config.ada_kimg, TRANSFER_ADA_KIMG if warm else ADA_KIMG),
    )


def _gamma(preset: Preset, resolution: int, batch: int) -> float:
    if preset.gamma is None:
        return 0.0002 * resolution**2 / batch
    if isinstance(preset.gamma, str):
        return 0.5 * (resolution / 128) ** 2 * 32 / batch
    return preset.gamma


def _or(value: T | None, default: T) -> T:
    return default if value is None else value
