"""Configuration of the StyleGAN3 generator and of each of its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from networks.config_checks import (
    MAX_DIM,
    MAX_SIZE,
    check_boolean,
    check_integer,
    check_integers,
    check_name,
    check_real,
    check_resolution,
    from_plain,
    plain,
)
from networks.config_mapping import (
    MAX_LAYERS,
    MappingConfig,
    check_clamp,
    check_generator,
)

MAPPING = MappingConfig(num_layers=2)


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
        check_clamp(self.conv_clamp, f"{where}: conv_clamp")

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
    mapping: MappingConfig = MAPPING
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
        check_generator(self)
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
