"""Layer specification of StyleGAN3 (arXiv 2106.12423, section 3.2 and appendix C.1); no torch."""

from __future__ import annotations

import math

import numpy as np

from networks.config import StyleGAN3Config, StyleGAN3Layer


def layers_of(config: StyleGAN3Config) -> tuple[StyleGAN3Layer, ...]:
    """Return the layers: the file's own if it gave them, else computed."""
    return config.layers if config.layers is not None else compute_layers(config)


def compute_layers(config: StyleGAN3Config) -> tuple[StyleGAN3Layer, ...]:
    """Compute all layers, ToRGB last, from the other fields of config.

    Cutoff and stopband grow geometrically from the first layer to the critically sampled ones:
    f_c[i] = f_c0 (f_cN / f_c0)^e_i with e_i = min(i / (N - N_crit), 1), likewise f_t; the rate is
    the next power of two that holds the stopband, and the transition band reaches half of it.
    """
    n = config.num_layers
    exponent = np.minimum(np.arange(n + 1) / (n - config.num_critical), 1)
    last_cutoff = config.resolution / 2
    cutoffs = config.first_cutoff * (last_cutoff / config.first_cutoff) ** exponent
    last_stopband = last_cutoff * config.last_stopband_rel
    stopbands = config.first_stopband * (last_stopband / config.first_stopband) ** exponent
    rates = np.exp2(np.ceil(np.log2(np.minimum(stopbands * 2, config.resolution))))
    half_widths = np.maximum(stopbands, rates / 2) - cutoffs
    sizes = rates + config.margin_size * 2
    sizes[-2:] = config.resolution
    channels = np.rint(np.minimum((config.channel_base / 2) / cutoffs, config.channel_max))
    channels = np.maximum(channels, 1)
    channels[-1] = config.img_channels

    layers = []
    for i in range(n + 1):
        previous = max(i - 1, 0)
        layers.append(
            _layer(
                config,
                index=i,
                channels=(int(channels[previous]), int(channels[i])),
                sizes=(int(sizes[previous]), int(sizes[i])),
                rates=(float(rates[previous]), float(rates[i])),
                cutoffs=(float(cutoffs[previous]), float(cutoffs[i])),
                half_widths=(float(half_widths[previous]), float(half_widths[i])),
            )
        )
    return tuple(layers)


def _layer(
    config: StyleGAN3Config,
    *,
    index: int,
    channels: tuple[int, int],
    sizes: tuple[int, int],
    rates: tuple[float, float],
    cutoffs: tuple[float, float],
    half_widths: tuple[float, float],
) -> StyleGAN3Layer:
    """Fill in one layer; each pair is (input, output)."""
    is_torgb = index == config.num_layers
    is_critical = index >= config.num_layers - config.num_critical
    kernel = 1 if is_torgb else config.conv_kernel
    tmp_rate = max(rates) * (1 if is_torgb else config.lrelu_upsampling)
    up, down = round(tmp_rate / rates[0]), round(tmp_rate / rates[1])
    up_taps = config.filter_size * up if up > 1 and not is_torgb else 1
    down_taps = config.filter_size * down if down > 1 and not is_torgb else 1
    return StyleGAN3Layer(
        name=f"L{index}_{sizes[1]}_{channels[1]}",
        in_channels=channels[0],
        out_channels=channels[1],
        in_size=sizes[0],
        out_size=sizes[1],
        in_sampling_rate=rates[0],
        out_sampling_rate=rates[1],
        tmp_sampling_rate=tmp_rate,
        in_cutoff=cutoffs[0],
        out_cutoff=cutoffs[1],
        in_half_width=half_widths[0],
        out_half_width=half_widths[1],
        conv_kernel=kernel,
        up_factor=up,
        down_factor=down,
        up_taps=up_taps,
        down_taps=down_taps,
        use_radial_filters=config.use_radial_filters and not is_critical,
        padding=_padding(sizes[0] + kernel - 1, sizes[1], up, down, up_taps + down_taps),
        is_torgb=is_torgb,
        is_critically_sampled=is_critical,
        use_fp16=rates[1] * 2**config.num_fp16_res > config.resolution,
        conv_clamp=config.conv_clamp,
    )


def _padding(
    in_size: int, out_size: int, up: int, down: int, taps: int
) -> tuple[int, int, int, int]:
    """Return x0, x1, y0, y1 for which up- and downsampling turns in_size into out_size pixels.

    taps counts both filters. The half pixel that zero insertion shifts the picture by is undone by
    splitting the total unevenly.
    """
    total = (out_size - 1) * down + 1 - in_size * up + taps - 2
    low = math.floor((total + up) / 2)
    return (low, total - low, low, total - low)
