"""The StyleGAN2 generator (arXiv 1912.04958; with labels as in StyleGAN2-ADA, 2006.06676)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from cuda_ops import cuda, modulated_conv2d
from cuda_ops.bias_act import ACTIVATIONS
from networks.config import StyleGAN2Config
from networks.generator import Generator, Synthesis
from networks.layers import (
    Conv2d,
    FullyConnected,
    Layer,
    compute_dtype,
    fill_,
    fill_normal_,
    resample_kernel,
    resample_shape,
    upsample2d,
)
from networks.mapping import MappingNetwork
from networks.noise import random_noise
from networks.steps import Activations, Inputs, Step

KERNEL = 3
CHANNELS_AT_ONCE = 32


def layer_format(dtype: torch.dtype, channels: int, device: torch.device) -> torch.memory_format:
    """Return how a block's features lie in memory: planes, but for half precision on some GPUs.

    Tensor cores read channels-last, so that cuDNN turns planes around before and behind each
    convolution; our kernels for that layout take 32 channels at once.
    """
    if dtype == torch.float16 and channels % CHANNELS_AT_ONCE == 0 and runs_channels_last(device):
        return torch.channels_last
    return torch.contiguous_format


def runs_channels_last(device: torch.device) -> bool:
    """Return whether half precision was found to run well channels-last on a device."""
    return device.type == "cuda" and cuda.channels_last(device.index or 0)[0]


class StyledConv(Layer):
    """Modulated 3x3 convolution, noise, bias and activation; optionally doubling the size."""

    weight: Tensor
    bias: Tensor
    resample_filter: Tensor
    noise_const: Tensor
    noise_strength: Tensor

    def __init__(
        self, config: StyleGAN2Config, name: str, in_channels: int, out_channels: int, *, up: bool
    ) -> None:
        super().__init__()
        self.name = name
        self.resolution = int(name.split(".")[0][1:])
        self.up = up
        self.taps = config.resample_filter
        self.activation = config.activation
        self.act_gain = ACTIVATIONS[config.activation].gain
        self.conv_clamp = config.conv_clamp
        self.use_noise = config.use_noise
        self.affine = FullyConnected(config.w_dim, in_channels, bias_init=1)
        self.add_tensor("weight", [out_channels, in_channels, KERNEL, KERNEL])
        self.add_tensor("bias", [out_channels])
        self.register_buffer("resample_filter", torch.empty(resample_shape(self.taps)))
        if self.use_noise:
            self.register_buffer("noise_const", torch.empty([self.resolution] * 2))
            self.add_tensor("noise_strength", [])

    def initialise_(self, rng: torch.Generator) -> None:
        fill_normal_(self.weight, rng)
        fill_(self.bias, 0)
        self.resample_filter.copy_(resample_kernel(self.taps))
        if self.use_noise:
            fill_normal_(self.noise_const, rng)
            fill_(self.noise_strength, 0)

    def forward(self, x: Tensor, w: Tensor, inputs: Inputs, gain: float = 1.0) -> Tensor:
        """[N, in, H, W], [N, w_dim] -> [N, out, resolution, resolution]."""
        return modulated_conv2d(
            x,
            self.weight,
            self.affine(w),
            up=self.up,
            padding=0 if self.up else KERNEL // 2,
            f=self.resample_filter if self.up else None,
            noise=self._noise(x, inputs),
            b=self.bias,
            act=self.activation,
            gain=self.act_gain * gain,
            clamp=None if self.conv_clamp is None else self.conv_clamp * gain,
        )

    def _noise(self, x: Tensor, inputs: Inputs) -> Tensor | None:
        """Return what to add, [H, W] or [N, 1, H, W]; None = nothing."""
        if not self.use_noise or inputs.noise == "none" or inputs.noise_strength == 0:
            return None
        if inputs.noise == "const":
            noise = self.noise_const
        else:
            noise = random_noise(
                inputs.noise_seeds,
                self.name,
                self.resolution,
                device=x.device,
                dtype=self.weight.dtype,
            )
        return noise * (self.noise_strength * inputs.noise_strength)


class ToRGB(Layer):
    """Modulated 1x1 convolution to the picture's channels, without demodulation."""

    weight: Tensor
    bias: Tensor

    def __init__(self, config: StyleGAN2Config, in_channels: int) -> None:
        super().__init__()
        self.conv_clamp = config.conv_clamp
        self.style_gain = 1 / math.sqrt(in_channels)
        self.affine = FullyConnected(config.w_dim, in_channels, bias_init=1)
        self.add_tensor("weight", [config.img_channels, in_channels, 1, 1])
        self.add_tensor("bias", [config.img_channels])

    def initialise_(self, rng: torch.Generator) -> None:
        fill_normal_(self.weight, rng)
        fill_(self.bias, 0)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """[N, in, H, W], [N, w_dim] -> [N, img_channels, H, W]."""
        styles = self.affine(w) * self.style_gain
        return modulated_conv2d(
            x, self.weight, styles, demodulate=False, b=self.bias, clamp=self.conv_clamp
        )


class SynthesisBlock(Layer):
    """All layers of one resolution; steps of the list, never called as a whole."""

    const: Tensor
    resample_filter: Tensor

    def __init__(self, config: StyleGAN2Config, resolution: int) -> None:
        super().__init__()
        channels = config.channels_at(resolution)
        name = f"b{resolution}"
        self.config = config
        self.resolution = resolution
        self.channels = channels
        self.is_last = resolution == config.resolution
        self.use_fp16 = resolution >= max(
            2 ** (int(math.log2(config.resolution)) + 1 - config.num_fp16_res), 8
        )
        taps = config.resample_filter
        self.register_buffer("resample_filter", torch.empty(resample_shape(taps)))
        previous = 0 if resolution == 4 else config.channels_at(resolution // 2)
        if resolution == 4:
            self.add_tensor("const", [channels, 4, 4])
        else:
            self.conv0 = StyledConv(config, f"{name}.conv0", previous, channels, up=True)
        self.conv1 = StyledConv(config, f"{name}.conv1", channels, channels, up=False)
        if self.is_last or config.architecture == "skip":
            self.torgb = ToRGB(config, channels)
        if resolution > 4 and config.architecture == "resnet":
            self.skip = Conv2d(previous, channels, 1, bias=False, up=True, taps=taps)

    def initialise_(self, rng: torch.Generator) -> None:
        self.resample_filter.copy_(resample_kernel(self.config.resample_filter))
        if self.resolution == 4:
            fill_normal_(self.const, rng)

    def steps(self, first_row: int) -> list[Step]:
        """Return this block's steps; its first convolution reads row first_row of ws."""
        has_skip = hasattr(self, "skip")
        steps = []
        row = first_row
        if self.resolution > 4:
            steps.append(self._step("conv0", self._run_conv0(row, has_skip), row=row, noise=True))
            row += 1
        steps.append(self._step("conv1", self._run_conv1(row, has_skip), row=row, noise=True))
        row += 1
        if has_skip:
            steps.append(self._step("skip", self._run_skip))
        if hasattr(self, "torgb"):
            steps.append(self._step("torgb", self._run_torgb(row), row=row))
        return steps

    def _step(
        self,
        layer: str,
        run: Callable[[Activations, Inputs], Activations],
        row: int | None = None,
        noise: bool = False,
    ) -> Step:
        is_rgb = layer == "torgb"
        return Step(
            name=f"b{self.resolution}.{layer}",
            resolution=self.resolution,
            channels=self.config.img_channels if is_rgb else self.channels,
            run=run,
            ws_rows=() if row is None else (row,),
            reads=frozenset({"noise"} if noise and self.config.use_noise else ()),
            output="img" if is_rgb else "x",
        )

    def _input(self, x: Tensor | None, inputs: Inputs) -> Tensor:
        """Return x, or the learnt constant for every sample, in this block's dtype."""
        dtype = compute_dtype(self.conv1.weight, self.use_fp16, inputs.force_fp32)
        if x is None:
            x = self.const.expand(len(inputs.ws), -1, -1, -1)
        return x.to(dtype, memory_format=layer_format(dtype, self.channels, x.device))

    def _run_conv0(
        self, row: int, keep_input: bool
    ) -> Callable[[Activations, Inputs], Activations]:
        def run(acts: Activations, inputs: Inputs) -> Activations:
            x = self.conv0(self._input(acts.x, inputs), inputs.ws[:, row], inputs)
            return replace(acts, x=x, residual=acts.x if keep_input else None, out=x)

        return run

    def _run_conv1(self, row: int, has_skip: bool) -> Callable[[Activations, Inputs], Activations]:
        def run(acts: Activations, inputs: Inputs) -> Activations:
            gain = math.sqrt(0.5) if has_skip else 1.0
            x = self.conv1(self._input(acts.x, inputs), inputs.ws[:, row], inputs, gain)
            return replace(acts, x=x, out=x)

        return run

    def _run_skip(self, acts: Activations, inputs: Inputs) -> Activations:
        """Close the residual block: the shortcut of its input plus its convolutions."""
        shortcut = self.skip(self._input(acts.residual, inputs), gain=math.sqrt(0.5))
        x = self._input(acts.x, inputs) + shortcut
        return replace(acts, x=x, residual=None, out=x)

    def _run_torgb(self, row: int) -> Callable[[Activations, Inputs], Activations]:
        def run(acts: Activations, inputs: Inputs) -> Activations:
            x = self._input(acts.x, inputs)
            out = self.torgb(x, inputs.ws[:, row])
            # Three channels are no unit of 32: colours are planes whatever the features are.
            out = out.to(inputs.ws.dtype, memory_format=torch.contiguous_format)
            img = out
            if acts.img is not None:
                taps = len(self.config.resample_filter)
                img = upsample2d(acts.img, self.resample_filter, taps) + out
            return replace(acts, img=img, out=out)

        return run


class StyleGAN2Synthesis(Synthesis):
    """Blocks b4, b8, ... up to the resolution."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        self.num_ws = config.num_ws
        self.w_dim = config.w_dim
        for resolution in config.block_resolutions:
            self.add_module(f"b{resolution}", SynthesisBlock(config, resolution))

    def build_steps(self) -> list[Step]:
        """Blocks in order; a ToRGB shares its row of ws with the next block's first convolution."""
        steps: list[Step] = []
        row = 0
        for resolution in self.config.block_resolutions:
            block = self.get_submodule(f"b{resolution}")
            assert isinstance(block, SynthesisBlock)
            steps += block.steps(row)
            row += 1 if resolution == 4 else 2
        resolution, channels = self.config.resolution, self.config.img_channels
        return [*steps, Step("output", resolution, channels, _run_output, output="img")]


def _run_output(acts: Activations, inputs: Inputs) -> Activations:
    return replace(acts, out=acts.img)


class StyleGAN2Generator(Generator):
    """See Generator."""

    def __init__(self, config: StyleGAN2Config) -> None:
        mapping = MappingNetwork(
            config.z_dim, config.c_dim, config.w_dim, config.num_ws, config.mapping
        )
        super().__init__(mapping, StyleGAN2Synthesis(config))
        self.config = config
