"""From a place on the plane of seeds to ws: seeds, classes, blending, mixing, truncation.

Seeds follow the published convention: z is the first numbers of numpy's RandomState(seed), a class
drawn for the seed the next one. Blending is linear in w, never in z. w before truncation is kept
per seed, each mapped alone, so that moving along the plane maps only corners that are new.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.arrays import ArrayStore
from explorer.errors import UserError
from explorer.render.row_store import RowStore
from explorer.render.sphere import seeds_of, slerp
from explorer.request import RenderRequest
from explorer.settings import (
    SEED_MODULUS,
    ArrayRef,
    ClassChoice,
    Latent,
    LatentPart,
    MixSource,
    corner_seeds,
)
from networks.info import ModelInfo
from networks.truncation import truncate

KEPT_SEEDS = 1024


class LatentError(UserError):
    """A saved latent does not fit the model."""


def draw_seed(seed: int, z_dim: int, c_dim: int) -> tuple[NDArray[np.float32], int]:
    """Return z [z_dim] of a seed and the class drawn after it from the same stream (0 of none)."""
    stream = np.random.RandomState(seed % SEED_MODULUS)
    z = stream.randn(z_dim).astype(np.float32)
    return z, int(stream.randint(c_dim)) if c_dim > 0 else 0


def class_weights(classes: ClassChoice, c_dim: int) -> tuple[tuple[int, float], ...]:
    """Return the blend's (class, weight) normalised to sum 1, classes the model lacks left out.

    Where nothing remains, the first class named, at most the model's last one, has all the weight.
    """
    weights: dict[int, float] = {}
    for index, weight in classes.weights:
        if 0 <= index < c_dim and weight > 0:
            weights[index] = weights.get(index, 0.0) + weight
    total = sum(weights.values())
    if total > 0:
        return tuple((index, weight / total) for index, weight in sorted(weights.items()))
    first = classes.weights[0][0] if classes.weights else 0
    return ((min(max(first, 0), c_dim - 1), 1.0),)


def label_vector(weights: tuple[tuple[int, float], ...], c_dim: int) -> NDArray[np.float32]:
    """Return c [c_dim] with each class's weight at its place."""
    c = np.zeros(c_dim, dtype=np.float32)
    for index, weight in weights:
        c[index] = weight
    return c


class LatentSource:
    """Computes ws of requests. For one thread.

    Args:
        arrays: where saved latents are found.
    """

    def __init__(self, arrays: ArrayStore) -> None:
        self._arrays = arrays
        self._kept = RowStore(KEPT_SEEDS)

    def ws(
        self, request: RenderRequest, generator: Any, info: ModelInfo, model_key: Hashable
    ) -> Tensor:
        """Return the final ws [1, num_ws, w_dim] of `request` on the generator's device.

        Rows that mix sources replace are blended after truncation: for seeds that equals blending
        first, and saved latents, which are final already, are not truncated a second time.

        Args:
            generator: as networks gives it; its mapping runs at batch 1.
            model_key: names weights, device and precision, for what is kept.
        """
        mapper = _Mapper(self, generator, info, model_key, request.classes)
        ws = self._truncated(self._main(request.latent, mapper), request, generator, info)
        for source in request.mixing.sources:
            rows = {row: weight for row, weight in source.weights if 0 <= row < info.num_ws}
            if not source.enabled or not any(rows.values()):
                continue
            other = self._source(source, request, mapper)
            weights = torch.zeros(info.num_ws, dtype=ws.dtype, device=ws.device)
            for row, weight in rows.items():
                weights[row] = weight
            ws = torch.lerp(ws, other, weights[None, :, None])
        return ws

    def _main(self, latent: Latent | LatentPart, mapper: _Mapper) -> Tensor:
        """Return ws before truncation: blended corners, or what is anchored and the offset."""
        if isinstance(latent, Latent) and latent.blend:
            anchor = self._blended(latent, mapper)
        elif latent.anchor is None:
            return mapper.blend(latent.x, latent.y)
        else:
            name = latent.anchor_name
            anchor = self.saved(latent.anchor, name, mapper.info).to(mapper.device)
        if (latent.x, latent.y) == (latent.anchor_x, latent.anchor_y):
            return anchor
        start = mapper.blend(latent.anchor_x, latent.anchor_y)
        return anchor + (mapper.blend(latent.x, latent.y) - start)

    def _blended(self, latent: Latent, mapper: _Mapper) -> Tensor:
        if latent.blend_space == "z" and (ends := seeds_of(latent.blend)) is not None:
            return mapper.between(*ends, latent.blend[1].weight)
        parts = [part.weight * self._main(part, mapper) for part in latent.blend]
        return torch.cat(parts).sum(dim=0, keepdim=True)

    def _source(self, source: MixSource, request: RenderRequest, mapper: _Mapper) -> Tensor:
        if source.saved is not None:
            return self.saved(source.saved, source.name, mapper.info).to(mapper.device)
        ws = mapper.seed(source.seed)
        return self._truncated(ws, request, mapper.generator, mapper.info)

    @staticmethod
    def _truncated(ws: Tensor, request: RenderRequest, generator: Any, info: ModelInfo) -> Tensor:
        """Truncate where the network has a mean; cutoffs beyond its rows mean all of them."""
        if not has_mean(generator) or request.truncation.psi == 1:
            return ws
        cutoff = request.truncation.cutoff
        if cutoff is not None:
            cutoff = min(max(cutoff, 0), info.num_ws)
        return truncate(ws, generator.mapping.w_avg, psi=request.truncation.psi, cutoff=cutoff)

    def saved(self, reference: ArrayRef, name: str, info: ModelInfo) -> Tensor:
        """Return a saved latent as [1, num_ws, w_dim]; a single row stands for all rows.

        Raises LatentError if it is not there or has another shape than the model needs.
        """
        called = f"the saved latent “{name}”" if name else "the saved latent"
        try:
            values = self._arrays.get(reference)
        except KeyError:
            raise LatentError(f"{called} is not in this session") from None
        if values.ndim == 1:
            values = values[None]
        needed = (info.num_ws, info.w_dim)
        if (
            values.ndim != 2
            or values.shape[1] != needed[1]
            or values.shape[0] not in (1, needed[0])
        ):
            shape = " x ".join(str(size) for size in values.shape)
            raise LatentError(
                f"{called} has the shape {shape}, but this model needs {needed[0]} x {needed[1]}"
            )
        return torch.from_numpy(np.broadcast_to(values, needed).copy())[None]

    def seed_ws(
        self,
        seed: int,
        generator: Any,
        info: ModelInfo,
        model_key: Hashable,
        weights: tuple[tuple[int, float], ...] | None,
    ) -> Tensor:
        """Return a seed's ws [1, num_ws, w_dim] before truncation; weights None = its own class.

        The rows are one and the same w, so that only one of them is kept.
        """

        def compute() -> Tensor:
            z, own_class = draw_seed(seed, info.z_dim, info.c_dim)
            own = ((own_class, 1.0),)
            return mapped(generator, info, z, own if weights is None else weights)

        row = self._kept.get((model_key, seed, weights), compute)
        return row.expand(1, info.num_ws, -1)


class _Mapper:
    """One request's seeds under its model and classes."""

    def __init__(
        self,
        source: LatentSource,
        generator: Any,
        info: ModelInfo,
        model_key: Hashable,
        classes: ClassChoice,
    ) -> None:
        self._source = source
        self._model_key = model_key
        self.generator = generator
        self.info = info
        self.device = generator_device(generator)
        self._weights: tuple[tuple[int, float], ...] | None = None
        if info.c_dim > 0 and classes.mode == "blend":
            self._weights = class_weights(classes, info.c_dim)

    def seed(self, seed: int) -> Tensor:
        return self._source.seed_ws(seed, self.generator, self.info, self._model_key, self._weights)

    def blend(self, x: float, y: float) -> Tensor:
        """Return w_avg + sum_k a_k (w_k - w_avg) over the corners of the cell around (x, y)."""
        corners = corner_seeds(x, y)
        if len(corners) == 1:
            return self.seed(corners[0][0])
        mean = self.generator.mapping.w_avg if has_mean(self.generator) else 0.0
        offsets = torch.cat([weight * (self.seed(seed) - mean) for seed, weight in corners])
        return mean + offsets.sum(dim=0, keepdim=True)

    def between(self, first: int, second: int, u: float) -> Tensor:
        """Return ws of the point at the share u of the way on the sphere of z."""
        info = self.info
        z0, class0 = draw_seed(first, info.z_dim, info.c_dim)
        z1, class1 = draw_seed(second, info.z_dim, info.c_dim)
        weights = self._weights
        if weights is None:
            weights = ((class0, 1.0),) if class0 == class1 else ((class0, 1 - u), (class1, u))
        row = mapped(self.generator, info, slerp(z0, z1, u), weights)
        return row.expand(1, info.num_ws, -1)


def mapped(
    generator: Any,
    info: ModelInfo,
    z: NDArray[np.float32],
    weights: tuple[tuple[int, float], ...],
) -> Tensor:
    """Map one z [z_dim] with classes blended by weights -> w [w_dim], before truncation."""
    device = generator_device(generator)
    c = None
    if info.c_dim > 0:
        c = torch.from_numpy(label_vector(weights, info.c_dim))[None].to(device)
    ws: Tensor = generator.mapping(torch.from_numpy(z)[None].to(device), c)
    return ws[0, 0].clone()


def has_mean(generator: Any) -> bool:
    """Return whether the network stores the mean latent that truncation needs (ProGAN has none)."""
    return bool(getattr(generator.mapping, "has_w_avg", False))


def generator_device(generator: Any) -> torch.device:
    return next(generator.parameters()).device
