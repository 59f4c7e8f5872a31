"""Everything a training run is made of, as one frozen value that JSON can hold; no torch.

A field that is None takes what its preset says for the data's resolution (train.presets.resolve).
Command line and window are generated from FIELDS, so a field that exists here can be set there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from networks.config_checks import from_plain, plain

GROUPS = {
    "data": "Data",
    "run": "Run",
    "network": "Networks",
    "loss": "Losses and regularisation",
    "optimiser": "Optimisers",
    "average": "Moving averages",
    "augment": "Augmentation",
    "transfer": "Starting from a model",
    "output": "Snapshots and checkpoints",
    "machine": "Machine",
}


def _field(group: str, default: Any, help: str, **more: Any) -> Any:
    assert group in GROUPS
    return field(default=default, metadata={"group": group, "help": help, **more})


@dataclass(frozen=True)
class DataShape:
    """What a configuration has to know about a data set.

    resolution:   width and height in pixels.
    img_channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    c_dim:        classes; 0 = no labels.
    count:        pictures.
    """

    resolution: int
    img_channels: int = 3
    c_dim: int = 0
    count: int = 1


@dataclass(frozen=True)
class TrainConfig:
    """A training run. See FIELDS for what each field means; None = as the preset says."""

    config: str = _field("data", "stylegan2", "preset all other defaults come from")
    data: str = _field("data", "", "data set: a zip or folder made by `dataset`")
    resolution: int | None = _field("data", None, "pixels; default: that of the data")
    conditional: bool = _field("data", False, "train with the data's labels")
    mirror: bool = _field("data", False, "show every picture mirrored half of the time")

    kimg: float = _field("run", 25000.0, "length, in thousands of pictures shown to D")
    batch: int | None = _field("run", None, "pictures per step, over all processes")
    batch_gpu: int | None = _field(
        "run", None, "pictures at once in one process; fewer need less memory for the same result"
    )
    seed: int = _field("run", 0, "seed of weights, latents, order and augmentation")
    tick_kimg: float = _field("run", 4.0, "kimg between two rows of statistics")

    z_dim: int = _field("network", 512, "numbers in a latent z")
    w_dim: int = _field("network", 512, "numbers in an intermediate latent w")
    map_depth: int | None = _field("network", None, "layers of the mapping network")
    channel_base: int | None = _field("network", None, "feature maps times resolution, at most")
    channel_max: int = _field("network", 512, "feature maps at most")
    d_channel_base: int | None = _field("network", None, "same of D; default: that of G")
    d_channel_max: int | None = _field("network", None, "same of D; default: that of G")
    num_fp16_res: int = _field("network", 4, "highest resolutions in 16 bit, on CUDA only")
    conv_clamp: float | None = _field("network", 256.0, "bound of activations, for 16 bit")
    fp32: bool = _field("network", False, "no 16 bit and no bound anywhere")
    d_architecture: str | None = _field("network", None, "blocks of D: resnet, skip or orig")
    mbstd_group: int | None = _field("network", None, "pictures per minibatch-deviation group")
    mbstd_channels: int = _field("network", 1, "feature maps of minibatch deviation; 0 = none")
    use_noise: bool = _field("network", True, "noise inputs (StyleGAN2)")
    layers: int | None = _field(
        "network", None, "layers of a StyleGAN3 generator (14), fewer are faster; ToRGB not counted"
    )

    gamma: float | None = _field("loss", None, "weight of R1, the gradient penalty on reals")
    r1_interval: int = _field("loss", 16, "steps between two R1 steps")
    pl_weight: float | None = _field("loss", None, "weight of path-length regularisation")
    pl_interval: int = _field("loss", 4, "steps between two path-length steps")
    pl_decay: float = _field("loss", 0.01, "how fast the mean path length follows")
    pl_batch_shrink: int = _field("loss", 2, "path-length steps use batch / this")
    style_mixing: float | None = _field("loss", None, "probability of mixing two latents")
    blur_sigma: float | None = _field("loss", None, "blur at the start, in pixels")
    blur_fade_kimg: float | None = _field("loss", None, "kimg until the blur is gone")

    g_lr: float | None = _field("optimiser", None, "learning rate of G")
    d_lr: float | None = _field("optimiser", None, "learning rate of D")
    beta1: float = _field("optimiser", 0.0, "Adam's decay of the mean gradient")
    beta2: float = _field("optimiser", 0.99, "Adam's decay of the squared gradient")
    eps: float = _field("optimiser", 1e-8, "Adam's smallest denominator")

    ema_kimg: float | None = _field("average", None, "half-life of the averaged weights")
    ema_rampup: float | None = _field(
        "average", None, "half-life at most this part of the run so far; 0 = no limit"
    )
    magnitude_kimg: float = _field("average", 20.0, "half-life of StyleGAN3's magnitudes")
    w_avg_beta: float | None = _field("average", None, "decay of the mean latent, per step")

    augment: str | None = _field("augment", None, "none, ada (adaptive) or fixed")
    augment_pipe: str = _field("augment", "bgc", "blit geom color filter noise cutout, or bgc ...")
    augment_p: float = _field("augment", 0.2, "strength when fixed")
    ada_target: float = _field("augment", 0.6, "share of reals D may be sure about")
    ada_interval: int = _field("augment", 4, "steps between two adjustments")
    ada_kimg: float | None = _field("augment", None, "kimg for p to go from 0 to 1")

    transfer: str | None = _field("transfer", None, "model file to take weights from")
    freeze_d: int = _field("transfer", 0, "layers of D, from the picture on, that stay as they are")

    snapshot_minutes: float = _field("output", 20.0, "minutes between snapshots; 0 = by count only")
    snapshot_first_minutes: float = _field("output", 2.0, "minutes until the first snapshot")
    snapshot_kimg: float = _field("output", 200.0, "kimg between snapshots; 0 = by time only")
    keep_snapshots: int = _field("output", 0, "snapshots to keep; 0 = all")
    snapshot_discriminator: bool = _field(
        "output", True, "snapshots hold the discriminator, too, for transfer"
    )
    checkpoint_minutes: float = _field("output", 10.0, "minutes between checkpoints")
    checkpoint_kimg: float = _field("output", 0.0, "kimg between checkpoints; 0 = by time only")
    keep_checkpoints: int = _field("output", 2, "newest checkpoints to keep, besides the best")
    sample_columns: int = _field("output", 8, "columns of the sample sheet")
    sample_rows: int = _field("output", 4, "rows of the sample sheet")
    tensorboard: bool = _field("output", False, "also write TensorBoard events")

    device: str = _field("machine", "auto", "auto, cpu, cuda or cuda:N")
    threads: int = _field("machine", 0, "threads of torch per process; 0 = all cores")
    workers: int = _field(
        "machine", 1, "threads that read pictures; more help with large, compressed ones only"
    )
    gpus: int = _field("machine", 1, "processes")
    dtype: str = _field("machine", "float32", "float32, or float64 for checks")
    memory_gb: float = _field("machine", 0.0, "memory that may be used; 0 = what is there")

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> TrainConfig:
        """Read what to_json wrote; ValueError names an unknown field."""
        return from_plain(cls, data)


# May change when a run is continued; everything else would make it another run.
CHANGEABLE = (
    *("kimg", "batch_gpu", "tick_kimg", "tensorboard"),
    *("snapshot_minutes", "snapshot_first_minutes", "snapshot_kimg", "keep_snapshots"),
    *("snapshot_discriminator", "checkpoint_minutes", "checkpoint_kimg", "keep_checkpoints"),
    *("device", "threads", "workers", "gpus", "memory_gb", "data"),
)

FIELDS: Mapping[str, dataclasses.Field[Any]] = {f.name: f for f in dataclasses.fields(TrainConfig)}


def field_type(name: str) -> tuple[type, bool]:
    """Return a field's plain type (bool, int, float or str) and whether it may be None."""
    text = str(FIELDS[name].type)
    types: dict[str, type] = {"bool": bool, "int": int, "float": float, "str": str}
    return types[text.split(" | ")[0]], text.endswith("| None")


def changed_fields(config: TrainConfig) -> dict[str, Any]:
    """Return the fields that differ from their defaults: what a command line has to say."""
    return {
        name: getattr(config, name)
        for name, f in FIELDS.items()
        if getattr(config, name) != f.default
    }
