"""The StyleGAN2 discriminator (arXiv 1912.04958), also used to train StyleGAN3."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from networks.config import DiscriminatorConfig
from networks.layers import (
    Conv2d,
    FullyConnected,
    Layer,
    compute_dtype,
    downsample2d,
    resample_kernel,
    resample_shape,
)
from networks.mapping import MappingNetwork


class DiscriminatorBlock(Layer):
    """One resolution: two 3x3 convolutions, the second halving the size."""

    resample_filter: Tensor

    def __init__(
        self, config: DiscriminatorConfig, resolution: int, trainable: Iterator[bool]
    ) -> None:
        super().__init__()
        self.config = config
        is_first = resolution == config.resolution
        self.use_fp16 = resolution >= max(
            2 ** (int(math.log2(config.resolution)) + 1 - config.num_fp16_res), 8
        )
        act, clamp, taps = config.activation, config.conv_clamp, config.resample_filter
        channels, out = config.channels_at(resolution), config.channels_at(resolution // 2)
        self.register_buffer("resample_filter", torch.empty(resample_shape(taps)))

        def conv(cin: int, cout: int, kernel: int, bias: bool = True, down: bool = False) -> Conv2d:
            return Conv2d(
                cin,
                cout,
                kernel,
                bias=bias,
                activation=act if bias else "linear",
                down=down,
                taps=taps,
                conv_clamp=clamp if bias else None,
                trainable=next(trainable),
            )

        if is_first or config.architecture == "skip":
            self.fromrgb = conv(config.img_channels, channels, 1)
        self.conv0 = conv(channels, channels, 3)
        self.conv1 = conv(channels, out, 3, down=True)
        if config.architecture == "resnet":
            self.skip = conv(channels, out, 1, bias=False, down=True)

    def initialise_(self, rng: torch.Generator) -> None:
        self.resample_filter.copy_(resample_kernel(self.config.resample_filter))

    def forward(
        self, x: Tensor | None, img: Tensor | None, force_fp32: bool
    ) -> tuple[Tensor, Tensor | None]:
        """[N, C, H, W] features and picture -> both at half the size; img None once used up."""
        dtype = compute_dtype(self.conv0.weight, self.use_fp16, force_fp32)
        if x is not None:
            x = x.to(dtype)
        if hasattr(self, "fromrgb"):
            assert img is not None
            y = self.fromrgb(img.to(dtype))
            x = y if x is None else x + y
            img = None
        return self._features(x), img

    def _features(self, x: Tensor | None) -> Tensor:
        assert x is not None
        if self.config.architecture != "resnet":
            return self.conv1(self.conv0(x))
        shortcut = self.skip(x, gain=math.sqrt(0.5))
        return shortcut + self.conv1(self.conv0(x), gain=math.sqrt(0.5))

    def shrink(self, img: Tensor) -> Tensor:
        """Halve the picture for the next block of a skip architecture."""
        return downsample2d(img, self.resample_filter, len(self.config.resample_filter))


class Epilogue(Layer):
    """Block b4: minibatch deviation, a convolution and two linear layers."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels_at(4)
        act, clamp, taps = config.activation, config.conv_clamp, config.resample_filter
        if config.architecture == "skip" or config.resolution == 4:
            self.fromrgb = Conv2d(config.img_channels, channels, 1, activation=act, taps=taps)
        self.conv = Conv2d(
            channels + config.mbstd_num_channels,
            channels,
            3,
            activation=act,
            conv_clamp=clamp,
            taps=taps,
        )
        self.fc = FullyConnected(channels * 16, channels, activation=act)
        self.out = FullyConnected(channels, max(config.label_dim, 1))

    def initialise_(self, rng: torch.Generator) -> None:
        """Nothing of its own to fill."""

    def forward(self, x: Tensor | None, img: Tensor | None, label: Tensor | None) -> Tensor:
        """[N, C, 4, 4] features and picture, [N, label_dim] -> logits [N, 1]."""
        dtype = self.fc.weight.dtype
        if hasattr(self, "fromrgb"):
            assert img is not None
            y = self.fromrgb(img.to(dtype))
            x = y if x is None else x.to(dtype) + y
        assert x is not None
        x = x.to(dtype)
        if self.config.mbstd_num_channels > 0:
            x = minibatch_std(x, self.config.mbstd_group_size, self.config.mbstd_num_channels)
        logits: Tensor = self.out(self.fc(self.conv(x).flatten(1)))
        if label is None:
            return logits
        # Projection discriminator: how well the features agree with the mapped label.
        return (logits * label).sum(dim=1, keepdim=True) / math.sqrt(self.config.label_dim)


def minibatch_std(x: Tensor, group_size: int | None, num_channels: int) -> Tensor:
    """Append feature maps that hold the deviation over a group of samples (arXiv 1710.10196, 3).

    Sample n belongs to group n mod (N / group), so groups are strided through the batch.

    Args:
        x:            [N, C, H, W].
        group_size:   samples per group, at most N, dividing N; None = N.
        num_channels: feature maps to append; each averages C / num_channels channels.

    Returns [N, C + num_channels, H, W]. Raises ValueError if the group size does not divide N.
    """
    n, c, height, width = x.shape
    group = n if group_size is None else min(group_size, n)
    if n % group:
        raise ValueError(f"a batch of {n} cannot be split into groups of {group} samples")
    if c % num_channels:
        raise ValueError(f"{c} channels cannot be split into {num_channels} deviation maps")
    y = x.reshape(group, n // group, num_channels, c // num_channels, height, width)
    variance = (y - y.mean(dim=0)).square().mean(dim=0)  # [N/group, maps, C/maps, H, W]
    deviation = (variance + 1e-8).sqrt().mean(dim=[2, 3, 4])  # [N/group, maps]
    maps = deviation.repeat(group, 1)[:, :, None, None].expand(-1, -1, height, width)
    return torch.cat([x, maps], dim=1)


class StyleGAN2Discriminator(Layer):
    """Pictures and labels to logits: above 0 = looks real."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        trainable = (layer >= config.freeze_layers for layer in range(10**6))
        for resolution in reversed(config.block_resolutions[1:]):
            self.add_module(f"b{resolution}", DiscriminatorBlock(config, resolution, trainable))
        if config.c_dim > 0:
            self.mapping = MappingNetwork(0, config.c_dim, config.label_dim, None, config.mapping)
        self.b4 = Epilogue(config)

    def initialise_(self, rng: torch.Generator) -> None:
        """Nothing of its own to fill."""

    def forward(
        self,
        img: Tensor,
        c: Tensor | None = None,
        lod: float | None = None,
        *,
        force_fp32: bool = False,
    ) -> Tensor:
        """Judge pictures.

        Args:
            img: [N, img_channels, resolution, resolution], about [-1, 1].
            c:   [N, c_dim]; None only if c_dim is 0.
            lod: None; only ProGAN and StyleGAN have a level of detail.

        Returns logits [N, 1]. Raises ValueError for a wrong shape or a missing or needless label.
        """
        size = self.config.resolution
        if img.ndim != 4 or img.shape[1:] != (self.config.img_channels, size, size):
            raise ValueError(
                f"img must have shape [N, {self.config.img_channels}, {size}, {size}], "
                f"got {list(img.shape)}"
            )
        if lod is not None:
            raise ValueError("lod must be None: only ProGAN and StyleGAN have a level of detail")
        if self.config.c_dim == 0 and c is not None and c.numel() > 0:
            raise ValueError(f"this network takes no label, got c of shape {list(c.shape)}")
        label = self.mapping(None, c) if self.config.c_dim > 0 else None
        x: Tensor | None = None
        rest: Tensor | None = img
        for resolution in reversed(self.config.block_resolutions[1:]):
            block = self.get_submodule(f"b{resolution}")
            assert isinstance(block, DiscriminatorBlock)
            picture = rest
            x, rest = block(x, rest, force_fp32)
            if self.config.architecture == "skip" and picture is not None:
                rest = block.shrink(picture)
        return self.b4(x, rest, label)
