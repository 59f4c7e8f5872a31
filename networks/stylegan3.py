"""The StyleGAN3 generator, configurations T and R (arXiv 2106.12423, section 3 and appendix C)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from cuda_ops import filtered_lrelu, modulated_conv2d
from networks.config import StyleGAN3Config, StyleGAN3Layer
from networks.generator import Generator, Synthesis
from networks.layers import (
    FullyConnected,
    Layer,
    compute_dtype,
    fill_,
    fill_normal_,
)
from networks.mapping import MappingNetwork
from networks.steps import Activations, Inputs, Step
from networks.stylegan3_filters import layer_filters
from networks.stylegan3_schedule import layers_of


class SynthesisInput(Layer):
    """Fourier features on an endless plane, moved by w and by the user (appendix F).

    The picture covers [-0.5, 0.5] in both directions; the margin lies outside.
    """

    weight: Tensor
    transform: Tensor
    freqs: Tensor
    phases: Tensor

    def __init__(self, w_dim: int, first: StyleGAN3Layer) -> None:
        super().__init__()
        self.size = first.in_size
        self.sampling_rate = first.in_sampling_rate
        self.bandwidth = first.in_cutoff
        self.channels = first.in_channels
        self.add_tensor("weight", [self.channels, self.channels])
        self.affine = FullyConnected(w_dim, 4)
        self.register_buffer("transform", torch.empty([3, 3]))
        self.register_buffer("freqs", torch.empty([self.channels, 2]))
        self.register_buffer("phases", torch.empty([self.channels]))

    def initialise_(self, rng: torch.Generator) -> None:
        fill_normal_(self.weight, rng)
        self.transform.copy_(torch.eye(3))
        # Directions are uniform; radii bend towards a uniform cover of the disk.
        freqs = torch.randn([self.channels, 2], generator=rng)
        radii = freqs.square().sum(dim=1, keepdim=True).sqrt()
        self.freqs.copy_(freqs / (radii * radii.square().exp().pow(0.25)) * self.bandwidth)
        self.phases.copy_(torch.rand([self.channels], generator=rng) - 0.5)

    def initialise_affine_(self) -> None:
        """Start from no motion whatever w is: weight 0, bias (1, 0, 0, 0)."""
        fill_(self.affine.weight, 0)
        with torch.no_grad():
            self.affine.bias.copy_(torch.tensor([1.0, 0, 0, 0]))

    def forward(self, w: Tensor, input_transform: Tensor | None) -> Tensor:
        """[N, w_dim], None or [3, 3] or [N, 3, 3] -> [N, channels, size, size]."""
        matrix = self._matrix(w, self.transform if input_transform is None else input_transform)
        # Moving the plane turns the frequencies and shifts the phases.
        phases = self.phases + (self.freqs @ matrix[:, :2, 2:]).squeeze(2)  # [N, C]
        freqs = self.freqs @ matrix[:, :2, :2]  # [N, C, 2]
        # Frequencies that turned or grew beyond the band fade out.
        fade = (freqs.norm(dim=2) - self.bandwidth) / (self.sampling_rate / 2 - self.bandwidth)
        amplitudes = (1 - fade).clamp(0, 1)  # [N, C]

        steps = torch.arange(self.size, dtype=w.dtype, device=w.device)
        span = 0.5 * self.size / self.sampling_rate
        position = ((2 * steps + 1) / self.size - 1) * span
        y, x = torch.meshgrid(position, position, indexing="ij")
        points = torch.stack([x, y], dim=2).reshape(1, -1, 2)  # [1, H W, 2]
        angles = points @ freqs.transpose(1, 2) + phases[:, None, :]  # [N, H W, C]
        features = (angles * (2 * math.pi)).sin() * amplitudes[:, None, :]
        features = features @ (self.weight / math.sqrt(self.channels)).t()
        return features.transpose(1, 2).reshape(-1, self.channels, self.size, self.size)

    def _matrix(self, w: Tensor, user: Tensor) -> Tensor:
        """Return [N, 3, 3]: rotation and translation from w, after the user's matrix."""
        t = self.affine(w)  # cos, sin, x, y
        t = t / t[:, :2].norm(dim=1, keepdim=True)
        c, s, x, y = t.unbind(dim=1)
        zero, one = torch.zeros_like(c), torch.ones_like(c)
        rotation = torch.stack([c, -s, zero, s, c, zero, zero, zero, one], 1).reshape(-1, 3, 3)
        shift = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1).reshape(-1, 3, 3)
        return rotation @ shift @ user.to(w.dtype)


class SynthesisLayer(Layer):
    """Modulated convolution, then leaky ReLU between resampling filters."""

    weight: Tensor
    bias: Tensor
    magnitude_ema: Tensor
    up_filter: Tensor | None
    down_filter: Tensor | None

    def __init__(self, w_dim: int, layer: StyleGAN3Layer, magnitude_ema_beta: float) -> None:
        super().__init__()
        self.layer = layer
        self.magnitude_ema_beta = magnitude_ema_beta
        k = layer.conv_kernel
        self.style_gain = 1 / math.sqrt(layer.in_channels * k**2) if layer.is_torgb else 1.0
        self.affine = FullyConnected(w_dim, layer.in_channels, bias_init=1)
        self.add_tensor("weight", [layer.out_channels, layer.in_channels, k, k])
        self.add_tensor("bias", [layer.out_channels])
        self.register_buffer("magnitude_ema", torch.empty([]))
        radial = layer.use_radial_filters
        self.register_buffer("up_filter", _empty_filter(layer.up_taps))
        self.register_buffer("down_filter", _empty_filter(layer.down_taps, radial))

    def initialise_(self, rng: torch.Generator) -> None:
        fill_normal_(self.weight, rng)
        fill_(self.bias, 0)
        fill_(self.magnitude_ema, 1)
        filters = layer_filters(self.layer)
        for buffer, f in zip((self.up_filter, self.down_filter), filters, strict=True):
            if buffer is not None and f is not None:
                buffer.copy_(torch.from_numpy(f))

    def forward(self, x: Tensor, w: Tensor, force_fp32: bool = False) -> Tensor:
        """[N, in, in_size, in_size], [N, w_dim] -> [N, out, out_size, out_size]."""
        layer = self.layer
        x = modulated_conv2d(
            x.to(compute_dtype(self.weight, layer.use_fp16, force_fp32)),
            self.weight,
            self.affine(w) * self.style_gain,
            demodulate=not layer.is_torgb,
            padding=layer.conv_kernel - 1,
            input_gain=self.magnitude_ema.rsqrt(),
        )
        return filtered_lrelu(
            x,
            self.up_filter,
            self.down_filter,
            self.bias.to(x.dtype),
            up=layer.up_factor,
            down=layer.down_factor,
            padding=layer.padding,
            gain=1.0 if layer.is_torgb else math.sqrt(2),
            slope=1.0 if layer.is_torgb else 0.2,
            clamp=layer.conv_clamp,
        )

    @torch.no_grad()
    def update_emas(self, x: Tensor) -> None:
        """Let the mean square of this layer's input follow a batch of inputs x."""
        mean = x.detach().float().square().mean().to(self.magnitude_ema.dtype)
        self.magnitude_ema.copy_(torch.lerp(mean, self.magnitude_ema, self.magnitude_ema_beta))


def _empty_filter(taps: int, radial: bool = False) -> Tensor | None:
    return None if taps == 1 else torch.empty([taps, taps] if radial else [taps])


class StyleGAN3Synthesis(Synthesis):
    """Fourier features, the layers in order, ToRGB, and a final scale."""

    accepts_input_transform = True

    def __init__(self, config: StyleGAN3Config) -> None:
        super().__init__()
        self.config = config
        self.layers = layers_of(config)
        self.num_ws = len(self.layers) + 1
        self.w_dim = config.w_dim
        self.input = SynthesisInput(config.w_dim, self.layers[0])
        for layer in self.layers:
            self.add_module(
                layer.name, SynthesisLayer(config.w_dim, layer, config.magnitude_ema_beta)
            )

    def initialise_(self, rng: torch.Generator) -> None:
        """Nothing of its own to fill."""

    def build_steps(self) -> list[Step]:
        """Row 0 of ws moves the input; layer i reads row i + 1."""
        steps = [
            Step(
                name="input",
                resolution=self.input.size,
                channels=self.input.channels,
                run=self._run_input,
                ws_rows=(0,),
                reads=frozenset({"input_transform"}),
            )
        ]
        for row, layer in enumerate(self.layers, start=1):
            module = self.get_submodule(layer.name)
            assert isinstance(module, SynthesisLayer)
            steps.append(
                Step(
                    name=layer.name,
                    resolution=layer.out_size,
                    channels=layer.out_channels,
                    run=_run_layer(module, row),
                    ws_rows=(row,),
                )
            )
        last = self.layers[-1]
        return [
            *steps,
            Step("output", last.out_size, last.out_channels, self._run_output, output="img"),
        ]

    def _run_input(self, acts: Activations, inputs: Inputs) -> Activations:
        x = self.input(inputs.ws[:, 0], inputs.input_transform)
        return replace(acts, x=x, out=x)

    def _run_output(self, acts: Activations, inputs: Inputs) -> Activations:
        assert acts.x is not None
        img = acts.x.to(inputs.ws.dtype) * self.config.output_scale
        return replace(acts, img=img, out=img)

    def update_emas(self, inputs: Inputs) -> Tensor:
        """See Synthesis: each layer's input magnitude follows before the layer runs."""
        acts = Activations()
        for step in self.steps():
            module = self._modules.get(step.name)
            if isinstance(module, SynthesisLayer) and acts.x is not None:
                module.update_emas(acts.x)
            acts = step.run(acts, inputs)
        assert acts.out is not None
        return acts.out


def _run_layer(module: SynthesisLayer, row: int) -> Callable[[Activations, Inputs], Activations]:
    def run_layer(acts: Activations, inputs: Inputs) -> Activations:
        assert acts.x is not None
        x = module(acts.x, inputs.ws[:, row], inputs.force_fp32)
        return replace(acts, x=x, out=x)

    return run_layer


class StyleGAN3Generator(Generator):
    """See Generator."""

    def __init__(self, config: StyleGAN3Config) -> None:
        synthesis = StyleGAN3Synthesis(config)
        mapping = MappingNetwork(
            config.z_dim, config.c_dim, config.w_dim, synthesis.num_ws, config.mapping
        )
        super().__init__(mapping, synthesis)
        self.config = config
