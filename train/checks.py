"""What cannot be trained is refused here, in a sentence, before anything starts; no torch."""

from __future__ import annotations

import math

from networks.config_checks import check_integer, check_real, check_resolution
from train.config import FIELDS, DataShape, TrainConfig, field_type
from train.presets import PRESETS

CATEGORIES = ("blit", "geom", "color", "filter", "noise", "cutout")
PIPES = {
    "bg": ("blit", "geom"),
    "bgc": ("blit", "geom", "color"),
    "bgcf": ("blit", "geom", "color", "filter"),
    "bgcfn": ("blit", "geom", "color", "filter", "noise"),
    "bgcfnc": ("blit", "geom", "color", "filter", "noise", "cutout"),
}

_RANGES: dict[str, tuple[float, float]] = {
    "kimg": (0, 1e9),
    "batch": (1, 65536),
    "batch_gpu": (1, 65536),
    "seed": (0, 2**63 - 1),
    "tick_kimg": (1e-3, 1e6),
    "layers": (3, 64),  # the last two are critically sampled
    "gamma": (0, 1e6),
    "r1_interval": (1, 1000),
    "pl_weight": (0, 1e6),
    "pl_interval": (1, 1000),
    "pl_decay": (0, 1),
    "pl_batch_shrink": (1, 1024),
    "style_mixing": (0, 1),
    "blur_sigma": (0, 1000),
    "blur_fade_kimg": (0, 1e9),
    "g_lr": (0, 10),
    "d_lr": (0, 10),
    "beta1": (0, 0.99999),
    "beta2": (0, 0.9999999),
    "eps": (0, 1),
    "ema_kimg": (0, 1e6),
    "ema_rampup": (0, 1e3),
    "magnitude_kimg": (1e-3, 1e6),
    "w_avg_beta": (0, 1),
    "augment_p": (0, 1),
    "ada_target": (-1, 1),
    "ada_interval": (1, 10000),
    "ada_kimg": (1e-3, 1e9),
    "freeze_d": (0, 64),
    "snapshot_minutes": (0, 1e6),
    "snapshot_first_minutes": (0, 1e6),
    "snapshot_kimg": (0, 1e9),
    "keep_snapshots": (0, 10**6),
    "checkpoint_minutes": (0, 1e6),
    "checkpoint_kimg": (0, 1e9),
    "keep_checkpoints": (1, 1000),
    "sample_columns": (1, 64),
    "sample_rows": (1, 64),
    "threads": (0, 1024),
    "workers": (0, 64),
    "gpus": (1, 4096),
    "memory_gb": (0, 1e6),
}


def check(config: TrainConfig, shape: DataShape) -> None:
    """Check a resolved configuration against its data.

    Raises ValueError with one sentence: the field, its value, what is allowed or what to do.
    """
    check_values(config)
    _choice("augment", config.augment, ("none", "ada", "fixed"))
    _choice("dtype", config.dtype, ("float32", "float64"))
    _check_data(config, shape)
    _check_batch(config)
    pipe(config.augment_pipe)
    colours = config.augment != "none" and "color" in pipe(config.augment_pipe)
    if colours and shape.img_channels not in (1, 3, 4):
        raise ValueError(
            f"augment_pipe {config.augment_pipe} changes colours, but the pictures have "
            f"{shape.img_channels} channels; take bg"
        )
    _check_architecture(config)


def check_values(config: TrainConfig) -> None:
    """Check the type and range of every field that is not None, each for itself.

    Raises ValueError with one sentence.
    """
    _check_types(config)
    for name, (low, high) in _RANGES.items():
        value = getattr(config, name)
        if value is None:
            continue
        if field_type(name)[0] is int:
            check_integer(name, value, int(low), int(high))
        else:
            check_real(name, value, low, high)


def pipe(name: str) -> tuple[str, ...]:
    """Return the categories of a pipe: "bgc", "blit", or several with commas."""
    if name in PIPES:
        return PIPES[name]
    parts = tuple(part.strip() for part in name.split(","))
    if all(part in CATEGORIES for part in parts):
        return parts
    raise ValueError(
        f"augment_pipe must be one of {', '.join(PIPES)} or a list of {', '.join(CATEGORIES)}, "
        f"got {name}"
    )


def _check_types(config: TrainConfig) -> None:
    for name in FIELDS:
        value = getattr(config, name)
        kind, _ = field_type(name)
        if value is None and field_type(name)[1]:
            continue
        fits = isinstance(value, kind) or (kind is float and isinstance(value, int))
        if not fits or (kind is not bool and isinstance(value, bool)):
            raise ValueError(f"{name} must be of type {kind.__name__}, got {value!r}")
        if kind is float and not math.isfinite(float(value or 0)):
            raise ValueError(f"{name} must be a finite number, got {value}")


def _check_data(config: TrainConfig, shape: DataShape) -> None:
    check_resolution("resolution", config.resolution)
    if config.resolution != shape.resolution:
        raise ValueError(
            f"resolution is {config.resolution}, but the data's pictures are {shape.resolution} "
            f"wide; make them fit with `dataset ... --resolution {config.resolution}`"
        )
    if shape.count < 1:
        raise ValueError("the data set holds no pictures")
    if config.conditional and shape.c_dim == 0:
        raise ValueError("conditional needs labels, but the data set has none")


def _check_batch(config: TrainConfig) -> None:
    batch, batch_gpu, group = config.batch, config.batch_gpu, config.mbstd_group
    assert batch is not None
    assert batch_gpu is not None
    if batch % config.gpus:
        raise ValueError(f"batch {batch} cannot be shared evenly by {config.gpus} processes")
    if batch % (config.gpus * batch_gpu):
        raise ValueError(
            f"batch {batch} cannot be made of {config.gpus} x batch_gpu {batch_gpu} pictures"
        )
    check_integer("mbstd_group", group, 1, 65536)
    assert group is not None
    if config.mbstd_channels > 0 and batch_gpu % group:
        raise ValueError(
            f"batch_gpu {batch_gpu} cannot be split into minibatch-deviation groups of "
            f"{group}; choose mbstd_group among the divisors of batch_gpu"
        )


def _check_architecture(config: TrainConfig) -> None:
    resolution = config.resolution
    assert resolution is not None
    architecture = PRESETS[config.config].architecture
    if architecture != "stylegan2" and resolution < 16:
        raise ValueError(f"{config.config} needs at least 16 pixels, the data has {resolution}")
    if config.w_dim < 1 or config.z_dim < 1:
        raise ValueError("z_dim and w_dim must be at least 1")
    if architecture != "stylegan2" and not config.use_noise:
        raise ValueError(f"use_noise: {config.config} has no noise inputs to switch off")
    if architecture == "stylegan2" and config.layers is not None:
        raise ValueError(f"layers: those of {config.config} follow from the resolution; leave it")
    layers = 1 + 3 * (resolution.bit_length() - 3)
    if config.freeze_d > layers:
        raise ValueError(f"freeze_d must be in [0, {layers}] at {resolution} pixels")
    if config.freeze_d and config.transfer is None:
        raise ValueError("freeze_d keeps layers as they are, so it needs a model to transfer from")


def _choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value}")
