"""Latents between latents: blends as values, computed by the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from explorer.slices import BlendSpace, Latent, LatentPart

_NOTHING = 1e-9  # weights below are left out


def parts_of(latent: Latent) -> tuple[LatentPart, ...]:
    """Return the parts whose weighted sum a latent's w is."""
    place = LatentPart(
        1.0, latent.x, latent.y, latent.anchor, latent.anchor_name, latent.anchor_x, latent.anchor_y
    )
    if not latent.blend:
        return (place,)
    if (latent.x, latent.y) == (latent.anchor_x, latent.anchor_y):
        return latent.blend
    start = LatentPart(-1.0, latent.anchor_x, latent.anchor_y)
    return (*latent.blend, LatentPart(1.0, latent.x, latent.y), start)


def blend(latents: Sequence[Latent], weights: Sequence[float], space: BlendSpace = "w") -> Latent:
    """Return the latent whose w is the weighted sum of w; weights should have the sum 1.

    In "z" (two latents), the weights say how far along the sphere: the pipeline does so where both
    are seeds, and otherwise takes the sum in w. One latent of weight 1 is returned as it is.
    """
    if sorted(weights) == [0.0] * (len(weights) - 1) + [1.0]:
        return latents[list(weights).index(1.0)]
    merged: dict[LatentPart, float] = {}
    for latent, weight in zip(latents, weights, strict=True):
        for part in parts_of(latent):
            place = replace(part, weight=0.0)
            merged[place] = merged.get(place, 0.0) + weight * part.weight
    parts = tuple(
        replace(place, weight=weight) for place, weight in merged.items() if abs(weight) > _NOTHING
    )
    x = sum(latent.x * weight for latent, weight in zip(latents, weights, strict=True))
    y = sum(latent.y * weight for latent, weight in zip(latents, weights, strict=True))
    if space == "z" and (len(latents) != 2 or any(latent.blend for latent in latents)):
        space = "w"
    return Latent(x=x, y=y, anchor_x=x, anchor_y=y, blend=parts, blend_space=space)
