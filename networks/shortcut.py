"""A short cut through the rest of a network: a rough picture from the features of a layer.

All layers that are left run at the sampling rate of that layer. Each kernel is summed into a single
tap, filters and noise are left out: 1x1 convolutions remain, with the styles, demodulation, biases
and activations of the real ones. Features that vary slowly pass as they would; what the fine
structure of later layers adds is missing. How near it comes is measured: docs/experiments.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from cuda_ops import bias_act
from networks.steps import Activations, Inputs
from networks.stylegan2 import StyledConv, StyleGAN2Synthesis
from networks.stylegan3 import StyleGAN3Synthesis, SynthesisLayer

MIN_SIDE = 8  # pixels: below that nothing is to be seen

Part = Callable[[Activations, Inputs], Activations]


@dataclass(frozen=True, eq=False)
class Point:
    """A modulated convolution as if its input were the same everywhere.

    summed: [out, in], the kernel's taps added up.
    norms:  [out, in], their squares added up, for demodulation; None = not demodulated.
    """

    summed: Tensor
    norms: Tensor | None

    def __call__(self, x: Tensor, styles: Tensor, gain: Tensor | float = 1.0) -> Tensor:
        """[N, in, H, W], [N, in] -> [N, out, H, W]; gain multiplies the input."""
        y = F.conv2d(x * (styles * gain)[:, :, None, None], self.summed[:, :, None, None])
        if self.norms is None:
            return y
        return y * (styles.square() @ self.norms.t() + 1e-8).rsqrt()[:, :, None, None]


class ShortCut:
    """Rough pictures of one generator, in float32.

    Args:
        synthesis: StyleGAN2's or StyleGAN3's; see `shortcut_of`.

    sides: for each step after which it can begin, by index, the side of the picture in pixels.
    """

    def __init__(self, synthesis: StyleGAN2Synthesis | StyleGAN3Synthesis) -> None:
        self._synthesis = synthesis
        self._parts: dict[int, Part] = {}
        self.sides = _sides3(synthesis) if _is_3(synthesis) else _sides2(synthesis)

    def picture(self, index: int, activations: Activations, inputs: Inputs) -> Tensor:
        """Return the picture from what there is after step `index`, one of `sides`.

        Returns [N, img_channels, side, side], float32, about [-1, 1].
        """
        side = self.sides[index]
        acts = replace(activations, x=_middle(activations.x, side), out=None)
        for later in range(index + 1, len(self._synthesis.steps())):
            if later not in self._parts:
                self._parts[later] = self._make_part(later)
            acts = self._parts[later](acts, inputs)
        assert acts.img is not None
        return acts.img

    def _make_part(self, index: int) -> Part:
        step = self._synthesis.steps()[index]
        if step.name == "output":
            return step.run
        if _is_3(self._synthesis):
            layer = self._synthesis.get_submodule(step.name)
            assert isinstance(layer, SynthesisLayer)
            return _layer3(layer, step.ws_rows[0])
        block_name, layer_name = step.name.split(".")
        block = self._synthesis.get_submodule(block_name)
        return _part2(block, layer_name, step.ws_rows[0] if step.ws_rows else 0)


def shortcut_of(generator: Any) -> ShortCut | None:
    """Return the short cut of a generator; None if there is none for its architecture."""
    synthesis = getattr(generator, "synthesis", None)
    if isinstance(synthesis, StyleGAN2Synthesis | StyleGAN3Synthesis):
        return ShortCut(synthesis)
    return None


def _is_3(synthesis: StyleGAN2Synthesis | StyleGAN3Synthesis) -> bool:
    return isinstance(synthesis, StyleGAN3Synthesis)


def _sides2(synthesis: Any) -> dict[int, int]:
    """Return the last step of every block of a useful size but the last block."""
    steps = synthesis.steps()[:-1]
    return {
        index: step.resolution
        for index, step in enumerate(steps[:-1])
        if MIN_SIDE <= step.resolution < steps[index + 1].resolution
    }


def _sides3(synthesis: Any) -> dict[int, int]:
    """Return all layers whose margin, outside the picture, is whole pixels; not the last one."""
    resolution = synthesis.config.resolution
    return {
        index: int(layer.out_sampling_rate)
        for index, layer in enumerate(synthesis.layers[:-1], start=1)
        if MIN_SIDE <= layer.out_sampling_rate <= resolution
        and float(layer.out_sampling_rate).is_integer()
        and (layer.out_size - layer.out_sampling_rate) % 2 == 0
        and layer.out_size >= layer.out_sampling_rate
    }


def _middle(x: Tensor | None, side: int) -> Tensor:
    assert x is not None
    margin = (x.shape[-1] - side) // 2
    return x[:, :, margin : margin + side, margin : margin + side].float()


def _point(weight: Tensor, *, demodulate: bool) -> Point:
    norms = weight.square().sum([2, 3]) if demodulate else None
    return Point(weight.sum([2, 3]), norms)


def _part2(block: Any, layer_name: str, row: int) -> Part:
    layer = getattr(block, layer_name)
    if layer_name == "torgb":
        return _torgb2(layer, row)
    if layer_name == "skip":
        return _skip2(layer)
    has_skip = hasattr(block, "skip")
    gain = math.sqrt(0.5) if layer_name == "conv1" and has_skip else 1.0
    return _conv2(layer, row, gain, opens=layer_name == "conv0" and has_skip)


def _conv2(layer: StyledConv, row: int, gain: float, *, opens: bool) -> Part:
    point = _point(layer.weight, demodulate=True)
    clamp = None if layer.conv_clamp is None else layer.conv_clamp * gain

    def run(acts: Activations, inputs: Inputs) -> Activations:
        assert acts.x is not None
        x = point(acts.x, layer.affine(inputs.ws[:, row]))
        x = bias_act(x, layer.bias, act=layer.activation, gain=layer.act_gain * gain, clamp=clamp)
        return replace(acts, x=x, residual=acts.x if opens else acts.residual)

    return run


def _torgb2(layer: Any, row: int) -> Part:
    def run(acts: Activations, inputs: Inputs) -> Activations:
        rgb = layer(acts.x, inputs.ws[:, row])
        return replace(acts, img=rgb if acts.img is None else acts.img + rgb)

    return run


def _skip2(layer: Any) -> Part:
    weight = layer.weight * (layer.weight_gain * math.sqrt(0.5))

    def run(acts: Activations, inputs: Inputs) -> Activations:
        assert acts.x is not None
        assert acts.residual is not None
        return replace(acts, x=acts.x + F.conv2d(acts.residual, weight), residual=None)

    return run


def _layer3(layer: SynthesisLayer, row: int) -> Part:
    is_torgb = layer.layer.is_torgb
    point = _point(layer.weight, demodulate=not is_torgb)
    act, gain = ("linear", 1.0) if is_torgb else ("lrelu", math.sqrt(2))
    input_gain = layer.magnitude_ema.rsqrt()

    def run(acts: Activations, inputs: Inputs) -> Activations:
        assert acts.x is not None
        x = point(acts.x, layer.affine(inputs.ws[:, row]) * layer.style_gain, input_gain)
        return replace(
            acts, x=bias_act(x, layer.bias, act=act, gain=gain, clamp=layer.layer.conv_clamp)
        )

    return run
