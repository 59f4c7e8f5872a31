"""What describes a network's shape: frozen, torch-free values that a model file carries as JSON.

Fields are named as the constructor arguments of the published PyTorch repositories where they
exist, so that a file's settings map one to one. Every value is checked on construction, since a
file may come from anywhere; a wrong one raises ValueError naming the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from networks.config_checks import (
    MAX_DIM,
    MAX_SIZE,
    check_boolean,
    check_choice,
    check_integer,
    check_integers,
    check_name,
    check_real,
    check_reals,
    check_resolution,
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


def _check_generator(config: StyleGAN2Config | StyleGAN3Config) -> None:
    """Check the fields that both generators have."""
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
    _check_clamp(config.conv_clamp)


def _check_clamp(conv_clamp: float | None, field: str = "conv_clamp") -> None:
    if conv_clamp is not None:
        check_real(field, conv_clamp, 1e-6, 1e9)


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
    mapping: MappingConfig = MappingConfig()
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
        _check_generator(self)
        check_choice("architecture", self.architecture, BLOCK_ARCHITECTURES)
        check_reals("resample_filter", self.resample_filter, -1e6, 1e6, (1, 32))
        check_choice("activation", self.activation, ACTIVATIONS)
        check_boolean("use_noise", self.use_noise)
        _check_channels(self.channels, len(self.block_resolutions))

    @property
    def block_resolutions(self) -> tuple[int, ...]:
        """4, 8, ..., resolution."""
        return _powers_of_two(self.resolution)

    @property
    def num_ws(self) -> int:
        """Rows of ws: 2 log2(resolution) - 2."""
        return 2 * len(self.block_resolutions)

    def channels_at(self, resolution: int) -> int:
        """Feature maps at one of block_resolutions."""
        if self.channels is not None:
            return self.channels[self.block_resolutions.index(resolution)]
        return max(min(self.channel_base // resolution, self.channel_max), 1)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> StyleGAN2Config:
        """Read what to_json wrote; ValueError names the field that is wrong."""
        return from_plain(cls, data, {"mapping": MappingConfig.from_json})


def _powers_of_two(resolution: int) -> tuple[int, ...]:
    return tuple(2**i for i in range(2, resolution.bit_length()))


def _check_channels(channels: tuple[int, ...] | None, count: int) -> None:
    if channels is not None:
        check_integers("channels", channels, 1, MAX_DIM, (count, count))


@dataclass(frozen=True)
class StyleGAN3Layer:
    """One synthesis layer of StyleGAN3 (arXiv 2106.12423, section 3.2 and appendix C), all numbers.

    Sizes are in pixels including the margin; sampling rates, cutoffs and half widths (of the
    transition band) in cycles or samples per image width. padding is x0, x1, y0, y1 around the
    upsampled picture; negative crops. use_radial_filters concerns the downsampling filter.
    """

    name: str
    in_channels: int
    out_channels: int
    in_size: int
    out_size: int
    in_sampling_rate: float
    out_sampling_rate: float
    tmp_sampling_rate: float
    in_cutoff: float
    out_cutoff: float
    in_half_width: float
    out_half_width: float
    conv_kernel: int
    up_factor: int
    down_factor: int
    up_taps: int
    down_taps: int
    use_radial_filters: bool
    padding: tuple[int, int, int, int]
    is_torgb: bool
    is_critically_sampled: bool
    use_fp16: bool
    conv_clamp: float | None

    def __post_init__(self) -> None:
        check_name("layer.name", self.name)
        where = f"layer {self.name}"
        for field in ("in_channels", "out_channels"):
            check_integer(f"{where}: {field}", getattr(self, field), 1, MAX_DIM)
        for field in ("in_size", "out_size"):
            check_integer(f"{where}: {field}", getattr(self, field), 1, MAX_SIZE)
        for field in ("in_sampling_rate", "out_sampling_rate", "tmp_sampling_rate"):
            check_real(f"{where}: {field}", getattr(self, field), 1, 2**20)
        for field in ("in_cutoff", "out_cutoff", "in_half_width", "out_half_width"):
            check_real(f"{where}: {field}", getattr(self, field), 0, 2**20)
        check_integer(f"{where}: conv_kernel", self.conv_kernel, 1, 15)
        for field in ("up_factor", "down_factor"):
            check_integer(f"{where}: {field}", getattr(self, field), 1, 64)
        for field in ("up_taps", "down_taps"):
            check_integer(f"{where}: {field}", getattr(self, field), 1, 1024)
        check_integers(f"{where}: padding", self.padding, -MAX_SIZE, MAX_SIZE, (4, 4))
        for field in ("use_radial_filters", "is_torgb", "is_critically_sampled", "use_fp16"):
            check_boolean(f"{where}: {field}", getattr(self, field))
        _check_clamp(self.conv_clamp, f"{where}: conv_clamp")

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> StyleGAN3Layer:
        """Read what to_json wrote; ValueError names the field that is wrong."""
        return from_plain(cls, data)


@dataclass(frozen=True)
class StyleGAN3Config:
    """A StyleGAN3 generator, T or R (arXiv 2106.12423).

    channel_base and channel_max are the effective ones: configuration R has them doubled, a 1x1
    conv_kernel and use_radial_filters.
    layers: None = computed by networks.stylegan3_schedule from the other fields; otherwise the
    file's own numbers, which win.
    """

    resolution: int
    z_dim: int = 512
    c_dim: int = 0
    w_dim: int = 512
    img_channels: int = 3
    mapping: MappingConfig = MappingConfig(num_layers=2)
    channel_base: int = 32768
    channel_max: int = 512
    num_layers: int = 14
    num_critical: int = 2
    first_cutoff: float = 2.0
    first_stopband: float = 2.0**2.1
    last_stopband_rel: float = 2.0**0.3
    margin_size: int = 10
    output_scale: float = 0.25
    num_fp16_res: int = 4
    conv_kernel: int = 3
    filter_size: int = 6
    lrelu_upsampling: int = 2
    use_radial_filters: bool = False
    conv_clamp: float | None = 256.0
    magnitude_ema_beta: float = 0.999
    layers: tuple[StyleGAN3Layer, ...] | None = None

    def __post_init__(self) -> None:
        check_resolution("resolution", self.resolution)
        _check_generator(self)
        check_integer("num_layers", self.num_layers, 1, MAX_LAYERS)
        check_integer("num_critical", self.num_critical, 0, self.num_layers - 1)
        check_real("first_cutoff", self.first_cutoff, 1e-3, 4096)
        check_real("first_stopband", self.first_stopband, 1e-3, 8192)
        check_real("last_stopband_rel", self.last_stopband_rel, 1e-3, 64)
        check_integer("margin_size", self.margin_size, 0, 512)
        check_real("output_scale", self.output_scale, -1e6, 1e6)
        check_integer("conv_kernel", self.conv_kernel, 1, 15)
        check_integer("filter_size", self.filter_size, 1, 32)
        check_integer("lrelu_upsampling", self.lrelu_upsampling, 1, 16)
        check_boolean("use_radial_filters", self.use_radial_filters)
        check_real("magnitude_ema_beta", self.magnitude_ema_beta, 0, 1)
        if self.layers is not None:
            self._check_layers(self.layers)

    def _check_layers(self, layers: object) -> None:
        if not isinstance(layers, tuple) or not 1 <= len(layers) <= MAX_LAYERS:
            raise ValueError(f"layers must be a list of 1 to {MAX_LAYERS} layers")
        previous: StyleGAN3Layer | None = None
        for layer in layers:
            if not isinstance(layer, StyleGAN3Layer):
                raise ValueError(f"layers must hold StyleGAN3Layer values, got {layer!r:.80}")
            if previous is not None and (layer.in_channels, layer.in_size) != (
                previous.out_channels,
                previous.out_size,
            ):
                raise ValueError(
                    f"layer {layer.name} takes {layer.in_channels} channels of {layer.in_size} "
                    f"pixels, but {previous.name} gives {previous.out_channels} of "
                    f"{previous.out_size}"
                )
            previous = layer
        names = [layer.name for layer in layers]
        if len(set(names)) != len(names):
            raise ValueError(f"layers must have different names, got {', '.join(names)}")
        if previous is not None and previous.out_channels != self.img_channels:
            raise ValueError(
                f"the last layer gives {previous.out_channels} channels, but img_channels is "
                f"{self.img_channels}"
            )

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> StyleGAN3Config:
        """Read what to_json wrote; ValueError names the field that is wrong."""
        return from_plain(
            cls, data, {"mapping": MappingConfig.from_json, "layers": _layers_from_json}
        )


def _layers_from_json(data: object) -> tuple[StyleGAN3Layer, ...]:
    if not isinstance(data, (list, tuple)) or len(data) > MAX_LAYERS:
        raise ValueError(f"layers must be a list of 1 to {MAX_LAYERS} layers")
    return tuple(StyleGAN3Layer.from_json(layer) for layer in data)


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
    mapping: MappingConfig = MappingConfig(num_layers=8, w_avg_beta=None)
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
        _check_clamp(self.conv_clamp)
        if self.cmap_dim is not None:
            check_integer("cmap_dim", self.cmap_dim, 0, MAX_DIM)
        if not isinstance(self.mapping, MappingConfig):
            raise ValueError(f"mapping must be a MappingConfig, got {self.mapping!r:.80}")
        if self.mbstd_group_size is not None:
            check_integer("mbstd_group_size", self.mbstd_group_size, 1, 4096)
        check_integer("mbstd_num_channels", self.mbstd_num_channels, 0, MAX_DIM)
        check_reals("resample_filter", self.resample_filter, -1e6, 1e6, (1, 32))
        check_choice("activation", self.activation, ACTIVATIONS)
        check_integer("freeze_layers", self.freeze_layers, 0, MAX_LAYERS)
        _check_channels(self.channels, len(self.block_resolutions))

    @property
    def block_resolutions(self) -> tuple[int, ...]:
        """4, 8, ..., resolution."""
        return _powers_of_two(self.resolution)

    @property
    def label_dim(self) -> int:
        """Width of the mapped label; 0 without labels."""
        if self.c_dim == 0:
            return 0
        return self.channels_at(4) if self.cmap_dim is None else self.cmap_dim

    def channels_at(self, resolution: int) -> int:
        """Feature maps at one of block_resolutions."""
        if self.channels is not None:
            return self.channels[self.block_resolutions.index(resolution)]
        return max(min(self.channel_base // resolution, self.channel_max), 1)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict that json can write."""
        return plain(self)

    @classmethod
    def from_json(cls, data: object) -> DiscriminatorConfig:
        """Read what to_json wrote; ValueError names the field that is wrong."""
        return from_plain(cls, data, {"mapping": MappingConfig.from_json})


GeneratorConfig = StyleGAN2Config | StyleGAN3Config
GENERATOR_CONFIGS: Mapping[str, type[StyleGAN2Config] | type[StyleGAN3Config]] = {
    "stylegan2": StyleGAN2Config,
    "stylegan3-t": StyleGAN3Config,
    "stylegan3-r": StyleGAN3Config,
}
