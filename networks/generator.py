"""What all generators have in common: mapping, then synthesis as a list of named steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from networks.info import LayerInfo
from networks.layers import Layer
from networks.mapping import MappingNetwork
from networks.noise import NOISE_MODES, noise_seeds
from networks.steps import Inputs, Step, run


class Synthesis(Layer):
    """ws to a picture, as steps that subclasses list in build_steps."""

    config: Any  # the architecture's own configuration
    num_ws: int
    w_dim: int
    accepts_input_transform = False
    accepts_lod = False

    def build_steps(self) -> list[Step]:
        """Return the steps, the last one called "output"."""
        raise NotImplementedError

    def initialise_(self, rng: torch.Generator) -> None:
        """Nothing of its own to fill, unless a subclass says so."""

    def steps(self) -> tuple[Step, ...]:
        """Return the steps; built once."""
        if "_steps" not in self.__dict__:
            self.__dict__["_steps"] = tuple(self.build_steps())
        return self.__dict__["_steps"]

    def __getstate__(self) -> dict[str, Any]:
        # Steps refer to the layers of this very network: a copy must build its own.
        return {key: value for key, value in self.__dict__.items() if key != "_steps"}

    def inputs(
        self,
        ws: Tensor,
        noise: str = "const",
        noise_seed: int | Sequence[int] = 0,
        noise_strength: float = 1.0,
        input_transform: Any = None,
        lod: float | None = None,
        *,
        force_fp32: bool = False,
    ) -> Inputs:
        """Check the arguments of synthesis and return them as what steps read.

        Raises ValueError for a wrong shape or value, or an input this architecture lacks.
        """
        if ws.ndim != 3 or ws.shape[1:] != (self.num_ws, self.w_dim):
            raise ValueError(
                f"ws must have shape [N, {self.num_ws}, {self.w_dim}], got {list(ws.shape)}"
            )
        if noise not in NOISE_MODES:
            raise ValueError(f"noise must be one of {', '.join(NOISE_MODES)}, got {noise!r}")
        if not math.isfinite(noise_strength):
            raise ValueError(f"noise_strength must be a finite number, got {noise_strength}")
        if lod is not None and not self.accepts_lod:
            raise ValueError("lod must be None: only ProGAN and StyleGAN have a level of detail")
        weight = next(self.parameters())
        return Inputs(
            ws=ws.to(weight.dtype),
            noise=noise,
            noise_seeds=noise_seeds(noise_seed, len(ws)),
            noise_strength=float(noise_strength),
            input_transform=self._transform(input_transform, len(ws), weight),
            lod=lod,
            force_fp32=force_fp32,
        )

    def _transform(self, matrix: Any, count: int, weight: Tensor) -> Tensor | None:
        if matrix is None:
            return None
        if not self.accepts_input_transform:
            raise ValueError("input_transform must be None: only StyleGAN3 has one")
        matrix = torch.as_tensor(matrix, dtype=weight.dtype, device=weight.device)
        if tuple(matrix.shape) not in ((3, 3), (count, 3, 3)):
            raise ValueError(
                f"input_transform must have shape [3, 3] or [{count}, 3, 3], "
                f"got {list(matrix.shape)}"
            )
        if not bool(matrix.isfinite().all()):
            raise ValueError("input_transform must be finite")
        return matrix

    def forward(
        self,
        ws: Tensor,
        noise: str = "const",
        noise_seed: int | Sequence[int] = 0,
        noise_strength: float = 1.0,
        input_transform: Any = None,
        lod: float | None = None,
        *,
        force_fp32: bool = False,
    ) -> Tensor:
        """Make pictures; see Generator for the arguments.

        Returns [N, img_channels, resolution, resolution], float32, about [-1, 1].
        """
        inputs = self.inputs(
            ws, noise, noise_seed, noise_strength, input_transform, lod, force_fp32=force_fp32
        )
        img = run(self.steps(), inputs).activations.out
        assert img is not None
        return img

    def update_emas(self, inputs: Inputs) -> Tensor:
        """Run all steps and let moving averages inside synthesis follow what they see.

        The only thing here that writes into buffers; training calls it for one picture batch per
        iteration. Returns the pictures. Without such averages this is synthesis.
        """
        img = run(self.steps(), inputs).activations.out
        assert img is not None
        return img


class Generator(nn.Module):
    """mapping (z, c -> ws) and synthesis (ws -> img).

    G.mapping(z, c=None, psi=1.0, cutoff=None)
        [N, z_dim], [N, c_dim] -> ws [N, num_ws, w_dim]; see MappingNetwork.forward.
    G.synthesis(ws, noise="const", noise_seed=0, noise_strength=1.0, input_transform=None, lod=None)
        ws:              [N, num_ws, w_dim].
        noise:           "const" = stored pictures, "none", "random" = from noise_seed.
        noise_seed:      an integer, or one per sample.
        noise_strength:  factor of all noise.
        input_transform: [3, 3] or [N, 3, 3], output-to-input, StyleGAN3 only; None = the stored.
        lod:             level of detail, ProGAN and StyleGAN only; None = the stored.
        -> img [N, img_channels, resolution, resolution], float32, about [-1, 1].
    """

    config: Any  # the architecture's own configuration
    mapping: MappingNetwork
    synthesis: Synthesis

    def __init__(self, mapping: MappingNetwork, synthesis: Synthesis) -> None:
        super().__init__()
        self.mapping = mapping
        self.synthesis = synthesis

    @property
    def num_ws(self) -> int:
        """Rows of ws."""
        return self.synthesis.num_ws

    @property
    def w_avg(self) -> Tensor:
        """The mean latent, [w_dim]."""
        return self.mapping.w_avg

    def steps(self) -> tuple[Step, ...]:
        """Return the named steps of synthesis; built once."""
        return self.synthesis.steps()

    def inputs(self, ws: Tensor, **options: Any) -> Inputs:
        """Check the arguments of synthesis and return them as what steps read."""
        return self.synthesis.inputs(ws, **options)

    def capture(self, ws: Tensor, layer: str, **options: Any) -> Tensor:
        """Return the activation of one layer, [N, C, H, W]; nothing after it is computed.

        Args:
            ws:      [N, num_ws, w_dim].
            layer:   name of a step: "b16.conv1", "L3_52_512", "output".
            options: as for synthesis.

        Raises ValueError listing the layers if there is none of that name.
        """
        out = run(self.steps(), self.inputs(ws, **options), until=layer).activations.out
        assert out is not None
        return out

    def forward(
        self,
        z: Tensor,
        c: Tensor | None = None,
        psi: float = 1.0,
        cutoff: int | None = None,
        **options: Any,
    ) -> Tensor:
        """Return the pictures of latents z: mapping, then synthesis with options."""
        return self.synthesis(self.mapping(z, c, psi=psi, cutoff=cutoff), **options)

    def update_emas(self, z: Tensor, c: Tensor | None = None, **options: Any) -> Tensor:
        """Return the pictures of z while w_avg and synthesis's averages follow this batch."""
        w = self.mapping.w(z, c)
        self.mapping.update_emas(w)
        ws = w[:, None, :].repeat(1, self.num_ws, 1)
        return self.synthesis.update_emas(self.inputs(ws, **options))

    def layer_infos(self) -> tuple[LayerInfo, ...]:
        """Return what the layer list shows, one entry per step."""
        return tuple(
            LayerInfo(s.name, s.resolution, s.channels, s.ws_rows, tuple(sorted(s.reads)))
            for s in self.steps()
        )
