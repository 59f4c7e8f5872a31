"""The mapping network: latent z and label c to the intermediate latent w (arXiv 1812.04948)."""

from __future__ import annotations

import torch
from torch import Tensor

from networks.config import MappingConfig
from networks.layers import FullyConnected, Layer, fill_
from networks.truncation import truncate


def normalise_second_moment(x: Tensor) -> Tensor:
    """Scale each row of x [N, dim] to mean square 1."""
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class MappingNetwork(Layer):
    """Fully connected layers fc0, fc1, ...; the label is embedded and appended to z.

    Without num_ws it gives w itself: the form the discriminator uses for its label.
    """

    w_avg: Tensor

    def __init__(
        self, z_dim: int, c_dim: int, w_dim: int, num_ws: int | None, config: MappingConfig
    ) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim, self.num_ws = z_dim, c_dim, w_dim, num_ws
        self.num_layers = config.num_layers
        self.w_avg_beta = config.w_avg_beta
        width = z_dim
        if c_dim > 0:
            embed_features = w_dim if config.embed_features is None else config.embed_features
            self.embed = FullyConnected(c_dim, embed_features)
            width += embed_features
        hidden = w_dim if config.layer_features is None else config.layer_features
        for i in range(config.num_layers):
            out = w_dim if i == config.num_layers - 1 else hidden
            layer = FullyConnected(
                width, out, activation=config.activation, lr_multiplier=config.lr_multiplier
            )
            self.add_module(f"fc{i}", layer)
            width = out
        if num_ws is not None and config.w_avg_beta is not None:
            self.register_buffer("w_avg", torch.empty([w_dim]))

    @property
    def has_w_avg(self) -> bool:
        """True if there is a mean latent to truncate towards."""
        return "w_avg" in self._buffers

    def initialise_(self, rng: torch.Generator) -> None:
        if self.has_w_avg:
            fill_(self.w_avg, 0)

    def forward(
        self,
        z: Tensor | None,
        c: Tensor | None = None,
        psi: float = 1.0,
        cutoff: int | None = None,
    ) -> Tensor:
        """Map latents to ws.

        Args:
            z:      [N, z_dim], standard normal; None only if z_dim is 0.
            c:      [N, c_dim], usually one-hot; None only if c_dim is 0.
            psi:    truncation: 1 = none, 0 = the mean latent.
            cutoff: rows of ws to truncate; None = all.

        Returns ws [N, num_ws, w_dim], or w [N, w_dim] for a network without num_ws.
        Raises ValueError for wrong shapes, a missing or needless label, a cutoff out of range.
        """
        if self.num_ws is not None and cutoff is not None and not 0 <= cutoff <= self.num_ws:
            raise ValueError(f"cutoff must be in [0, {self.num_ws}], got {cutoff}")
        w = self.w(z, c)
        if self.num_ws is None:
            return w
        ws = w[:, None, :].repeat(1, self.num_ws, 1)
        if psi != 1 and not self.has_w_avg:
            raise ValueError(f"psi must be 1: this network stores no mean latent; got {psi}")
        return truncate(ws, self.w_avg, psi=psi, cutoff=cutoff) if psi != 1 else ws

    def w(self, z: Tensor | None, c: Tensor | None = None) -> Tensor:
        """Map latents to w [N, w_dim], before it is repeated and truncated."""
        x = self._input(z, c)
        for i in range(self.num_layers):
            x = self.get_submodule(f"fc{i}")(x)
        return x

    @torch.no_grad()
    def update_emas(self, w: Tensor) -> None:
        """Let the mean latent follow a batch: w_avg <- mean(w) + beta (w_avg - mean(w)).

        Args:
            w: [N, w_dim], as w() gave it.
        """
        if self.has_w_avg and self.w_avg_beta is not None:
            mean = w.detach().mean(dim=0).to(self.w_avg.dtype)
            self.w_avg.copy_(torch.lerp(mean, self.w_avg, self.w_avg_beta))

    def _input(self, z: Tensor | None, c: Tensor | None) -> Tensor:
        """Check z and c, normalise both, join them."""
        parts = []
        if self.z_dim > 0:
            if z is None or z.ndim != 2 or z.shape[1] != self.z_dim:
                got = "nothing" if z is None else list(z.shape)
                raise ValueError(f"z must have shape [N, {self.z_dim}], got {got}")
            parts.append(normalise_second_moment(z.to(self._dtype)))
        if self.c_dim > 0:
            if c is None:
                raise ValueError(f"this network needs a label c of shape [N, {self.c_dim}]")
            if c.ndim != 2 or c.shape[1] != self.c_dim:
                raise ValueError(f"c must have shape [N, {self.c_dim}], got {list(c.shape)}")
            if parts and len(c) != len(parts[0]):
                raise ValueError(f"z has {len(parts[0])} rows, but c has {len(c)}")
            parts.append(normalise_second_moment(self.embed(c.to(self._dtype))))
        elif c is not None and c.numel() > 0:
            raise ValueError(f"this network takes no label, got c of shape {list(c.shape)}")
        return torch.cat(parts, dim=1)

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype
