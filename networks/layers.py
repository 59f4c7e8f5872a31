"""Equalised linear and convolution layers (arXiv 1912.04958).

Constructors allocate and do not initialise: a file's state dict fills everything, and for a new
network networks.initialise calls each layer's initialise_.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from cuda_ops import bias_act, conv2d, upfirdn2d
from cuda_ops.bias_act import ACTIVATIONS


class Layer(nn.Module):
    """A module that can fill its own parameters and buffers."""

    def initialise_(self, rng: torch.Generator) -> None:
        """Fill this layer's own parameters and buffers, drawing from rng."""
        raise NotImplementedError

    def add_tensor(self, name: str, shape: list[int], *, trainable: bool = True) -> None:
        """Allocate a parameter, or, when it does not train, a buffer."""
        if trainable:
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        else:
            self.register_buffer(name, torch.empty(shape))


@torch.no_grad()
def fill_normal_(tensor: Tensor, rng: torch.Generator, std: float = 1.0) -> None:
    """Fill tensor with N(0, std^2), drawn on the CPU."""
    tensor.copy_(torch.randn(tensor.shape, generator=rng) * std)


@torch.no_grad()
def fill_(tensor: Tensor, value: float) -> None:
    """Fill tensor with one value."""
    tensor.fill_(value)


def resample_kernel(taps: tuple[float, ...]) -> Tensor:
    """Return a resampling filter of sum 1: [n, n] below 8 taps, else the separable [n]."""
    f = torch.tensor(taps, dtype=torch.float64)
    if len(taps) < 8:
        f = torch.outer(f, f)
    return (f / f.sum()).float()


def resample_shape(taps: tuple[float, ...]) -> list[int]:
    """Return the shape of resample_kernel(taps)."""
    return [len(taps)] * (2 if len(taps) < 8 else 1)


def upsample2d(x: Tensor, f: Tensor, taps: int) -> Tensor:
    """Double the size of x [N, C, H, W] with the filter f of `taps` taps."""
    p0, p1 = (taps + 1) // 2, (taps - 2) // 2
    return upfirdn2d(x, f, up=2, padding=[p0, p1, p0, p1], gain=4)


def downsample2d(x: Tensor, f: Tensor, taps: int, pad: int = 0, down: int = 2) -> Tensor:
    """Filter x for halving its size; down=1 leaves the decimation to who comes next."""
    p0, p1 = (taps - 1) // 2 + pad, (taps - 2) // 2 + pad
    return upfirdn2d(x, f, down=down, padding=[p0, p1, p0, p1])


class FullyConnected(Layer):
    """y = act(x W^T m / sqrt(in) + b m), with m the learning rate multiplier."""

    weight: Tensor
    bias: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        activation: str = "linear",
        lr_multiplier: float = 1.0,
        bias_init: float = 0.0,
    ) -> None:
        super().__init__()
        self.activation = activation
        self.lr_multiplier = lr_multiplier
        self.bias_init = bias_init
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.add_tensor("weight", [out_features, in_features])
        self.add_tensor("bias", [out_features])

    def initialise_(self, rng: torch.Generator) -> None:
        fill_normal_(self.weight, rng, 1 / self.lr_multiplier)
        fill_(self.bias, self.bias_init / self.lr_multiplier)

    def forward(self, x: Tensor) -> Tensor:
        """[N, in] -> [N, out]; 16-bit weights do not exist, 16-bit input computes in 16 bit."""
        weight = self.weight.to(x.dtype) * self.weight_gain
        bias = self.bias.to(x.dtype) * self.lr_multiplier
        if self.activation == "linear":
            return torch.addmm(bias, x, weight.t())
        return bias_act(x @ weight.t(), bias, act=self.activation)


class Conv2d(Layer):
    """Equalised convolution with bias, activation and optional resampling by 2.

    y = clip(act(conv(x, W / sqrt(in k^2)) + b) * gain, +-clamp gain)

    Downsampling filters first and convolves with stride 2; upsampling is for 1x1 kernels only.
    """

    weight: Tensor
    bias: Tensor | None
    resample_filter: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        bias: bool = True,
        activation: str = "linear",
        up: bool = False,
        down: bool = False,
        taps: tuple[float, ...] = (1, 3, 3, 1),
        conv_clamp: float | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__()
        assert not up or kernel == 1
        self.activation = activation
        self.up, self.down = up, down
        self.taps = taps
        self.conv_clamp = conv_clamp
        self.act_gain = ACTIVATIONS[activation].gain
        self.weight_gain = 1 / math.sqrt(in_channels * kernel**2)
        self.padding = kernel // 2
        self.register_buffer("resample_filter", torch.empty(resample_shape(taps)))
        self.add_tensor("weight", [out_channels, in_channels, kernel, kernel], trainable=trainable)
        if bias:
            self.add_tensor("bias", [out_channels], trainable=trainable)
        else:
            self.bias = None

    def initialise_(self, rng: torch.Generator) -> None:
        fill_normal_(self.weight, rng)
        if self.bias is not None:
            fill_(self.bias, 0)
        self.resample_filter.copy_(resample_kernel(self.taps))

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """[N, in, H, W] -> [N, out, H', W']; gain multiplies the activation's own."""
        weight = (self.weight * self.weight_gain).to(x.dtype)
        if self.up:
            x = upsample2d(conv2d(x, weight), self.resample_filter, len(self.taps))
        elif self.down and self.padding == 0:
            x = conv2d(downsample2d(x, self.resample_filter, len(self.taps)), weight)
        elif self.down:
            x = downsample2d(x, self.resample_filter, len(self.taps), pad=self.padding, down=1)
            x = conv2d(x, weight, stride=2)
        else:
            x = conv2d(x, weight, padding=self.padding)
        return bias_act(
            x,
            self.bias,
            act=self.activation,
            gain=self.act_gain * gain,
            clamp=None if self.conv_clamp is None else self.conv_clamp * gain,
        )


def compute_dtype(weight: Tensor, use_fp16: bool, force_fp32: bool) -> torch.dtype:
    """Return the dtype a layer computes in: 16 bit on CUDA only, else that of its weights."""
    return torch.float16 if use_fp16 and weight.is_cuda and not force_fp32 else weight.dtype
