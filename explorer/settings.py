"""Every choice a user can make, as frozen values; no torch and no imgui here.

`Settings` is what undo, sessions, captures and (later) the timeline handle. Each slice is read by
exactly one stage of the pipeline, so a stage can be cached on its slice. Large arrays never sit in
a slice: an `ArrayRef` names one by its digest and `explorer.arrays.ArrayStore` holds it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

NoiseMode = Literal["none", "const", "random"]
ClassMode = Literal["seed", "blend"]
LayerMode = Literal["colour", "mono", "mosaic"]
PathKind = Literal["orbit", "line", "eight"]
Precision = Literal["float32", "file"]

SEED_MODULUS = 2**32
RANDOM_SEEDS = 100_000  # random seeds are drawn below this: short enough to remember
PLANE_ROW = 100  # one step in y is this many seeds, as in the reference viewer


@dataclass(frozen=True)
class ModelRef:
    """Names a model by what it holds, and says where it was last seen.

    Two references are equal only if content and place agree; `sha256` alone decides whether a
    loaded network can serve a request.
    """

    name: str  # file name, for people
    sha256: str  # of the whole file, lower-case hex
    path: str = ""  # last known place; "" where it was left out


@dataclass(frozen=True)
class ArrayRef:
    """A float32 array kept in the `ArrayStore`: SHA-256 of its bytes and shape, and its shape."""

    digest: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Latent:
    """A position on the plane of seeds, or a saved latent and an offset from it.

    The corners of the cell around (x, y) are the seeds (floor x + i) + 100 (floor y + j) mod 2^32;
    their w are blended bilinearly. With `anchor`, w = anchor + w(x, y) - w(anchor_x, anchor_y).
    """

    x: float = 0.0
    y: float = 0.0
    anchor: ArrayRef | None = None  # ws [num_ws, w_dim]
    anchor_name: str = ""
    anchor_x: float = 0.0
    anchor_y: float = 0.0

    @property
    def seed(self) -> int:
        """The seed shown: the nearest corner, as the reference viewer counts them."""
        return (round_half_up(self.x) + PLANE_ROW * round_half_up(self.y)) % SEED_MODULUS


@dataclass(frozen=True)
class ClassChoice:
    """What the network is conditioned on; ignored by networks without classes."""

    mode: ClassMode = "seed"  # "seed": drawn from the seed's own stream, as the reference does
    weights: tuple[tuple[int, float], ...] = (
        (0, 1.0),
    )  # (class, weight >= 0), normalised to sum 1


@dataclass(frozen=True)
class Truncation:
    psi: float = 1.0  # -1..2
    cutoff: int | None = None  # rows of ws it acts on; None = all


@dataclass(frozen=True)
class Noise:
    mode: NoiseMode = "const"
    seed: int = 1
    strength: float = 1.0  # 0..4, multiplies every layer's own strength


@dataclass(frozen=True)
class MixSource:
    """One latent whose rows replace, by weight, those of the main latent.

    `weights` lists (row, weight 0..1); rows that are missing have weight 0.
    """

    seed: int = 1000
    saved: ArrayRef | None = None  # ws [num_ws, w_dim]; overrides seed
    name: str = ""
    enabled: bool = True
    weights: tuple[tuple[int, float], ...] = ()

    def weight(self, row: int) -> float:
        return dict(self.weights).get(row, 0.0)


@dataclass(frozen=True)
class StyleMixing:
    sources: tuple[MixSource, ...] = ()  # applied in this order


@dataclass(frozen=True)
class InputTransform:
    """What a user asks of StyleGAN3's input: forward, in image widths and turns."""

    translate_x: float = 0.0
    translate_y: float = 0.0
    rotate_turns: float = 0.0
    round_to_pixels: bool = False
    untransform: bool = False  # resample the picture back by the inverse


@dataclass(frozen=True)
class LayerView:
    """Which activation is shown and how. Only `layer` decides what the network computes."""

    layer: str | None = None  # None = the picture
    mode: LayerMode = "colour"
    base_channel: int = 0
    normalise: bool = False
    gain_db: float = 0.0  # -40..40
    spectrum: bool = False
    spectrum_all_channels: bool = True
    spectrum_range_db: float = 50.0  # 0.1..100
    kaiser_beta: float = 8.0  # 0..50


@dataclass(frozen=True)
class Grid:
    columns: int = 1
    rows: int = 1
    step: float = 1.0  # seeds between neighbours

    @property
    def shown(self) -> bool:
        return self.columns * self.rows > 1


@dataclass(frozen=True)
class Animation:
    """What moves by itself, in units per second; positions themselves live in the other slices."""

    latent: bool = False
    latent_speed: float = 0.25  # seeds per second, -5..5
    noise: bool = False
    noise_speed: float = 10.0  # noise seeds per second
    translate: bool = False
    translate_path: PathKind = "orbit"
    translate_speed: float = 0.01  # image widths per second
    translate_phase: float = 0.0  # radians along line and eight
    rotate: bool = False
    rotate_speed: float = 0.005  # turns per second, -1..1

    @property
    def running(self) -> bool:
        return self.latent or self.noise or self.translate or self.rotate


@dataclass(frozen=True)
class Compute:
    device: str = "auto"  # "auto", "cpu", "cuda", "cuda:1", "mps"
    precision: Precision = "file"  # "file": half where the file asks for it, on CUDA only
    threads: int = 0  # torch threads; 0 = leave one core to the window


@dataclass(frozen=True)
class SavedLatent:
    name: str
    ws: ArrayRef  # [num_ws, w_dim]
    model_sha256: str = ""


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


def round_half_up(value: float) -> int:
    """Round to the nearest integer, halves upwards, without Python's halves-to-even."""
    return math.floor(value + 0.5)


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
