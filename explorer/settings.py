"""Every choice a user can make, as frozen values; no torch and no imgui here.

`Settings` is what undo, sessions, captures and the timeline handle. Each slice is read by exactly
one stage of the pipeline, so a stage can be cached on its slice. Large arrays never sit in a slice:
an `ArrayRef` names one by its digest and `explorer.arrays.ArrayStore` holds it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from explorer.slices import (
    PLANE_ROW,
    RANDOM_SEEDS,
    SEED_MODULUS,
    Animation,
    ArrayRef,
    ClassChoice,
    ClassMode,
    Compute,
    Grid,
    InputTransform,
    Latent,
    LatentPart,
    LayerMode,
    LayerView,
    MixSource,
    ModelRef,
    Noise,
    NoiseMode,
    PathKind,
    Precision,
    SavedLatent,
    StyleMixing,
    Truncation,
    round_half_up,
)
from explorer.timeline.model import Timeline

__all__ = [
    "PLANE_ROW",
    "RANDOM_SEEDS",
    "SEED_MODULUS",
    "Animation",
    "ArrayRef",
    "ClassChoice",
    "ClassMode",
    "Compute",
    "Grid",
    "InputTransform",
    "Latent",
    "LatentPart",
    "LayerMode",
    "LayerView",
    "MixSource",
    "ModelRef",
    "Noise",
    "NoiseMode",
    "PathKind",
    "Precision",
    "SavedLatent",
    "Settings",
    "StyleMixing",
    "Truncation",
    "corner_seeds",
    "round_half_up",
    "row_ranges",
    "seed_latent",
]


@dataclass(frozen=True)
class Settings:
    model: ModelRef | None = None
    latent: Latent = field(default_factory=Latent)
    classes: ClassChoice = field(default_factory=ClassChoice)
    truncation: Truncation = field(default_factory=Truncation)
    noise: Noise = field(default_factory=Noise)
    mixing: StyleMixing = field(default_factory=StyleMixing)
    transform: InputTransform = field(default_factory=InputTransform)
    layer: LayerView = field(default_factory=LayerView)
    grid: Grid = field(default_factory=Grid)
    animation: Animation = field(default_factory=Animation)
    compute: Compute = field(default_factory=Compute)
    library: tuple[SavedLatent, ...] = ()
    timeline: Timeline = field(default_factory=Timeline)


def corner_seeds(x: float, y: float) -> tuple[tuple[int, float], ...]:
    """Return (seed, bilinear weight) of the cell's corners around (x, y), zero weights dropped."""
    x0, y0 = math.floor(x), math.floor(y)
    corners: list[tuple[int, float]] = []
    for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = (1 - abs(x - (x0 + i))) * (1 - abs(y - (y0 + j)))
        if weight > 0:
            corners.append((((x0 + i) + PLANE_ROW * (y0 + j)) % SEED_MODULUS, weight))
    return tuple(corners)


def seed_latent(seed: int) -> Latent:
    """Return the latent that shows exactly `seed`, as the reference viewer sets it."""
    return Latent(x=float(seed), y=0.0)


def row_ranges(num_ws: int) -> dict[str, range]:
    """Split the rows of ws into coarse, middle and fine.

    For StyleGAN2's two rows a resolution: 4-8 px are coarse, 16-32 px middle, the rest fine
    (arXiv:1812.04948, section 3.1); networks with other row counts keep the same proportions.
    """
    coarse = min(4, max(1, num_ws // 3))
    middle = min(8, max(coarse + 1, 2 * num_ws // 3)) if num_ws > 1 else 1
    return {
        "coarse": range(coarse),
        "middle": range(coarse, min(middle, num_ws)),
        "fine": range(min(middle, num_ws), num_ws),
    }
