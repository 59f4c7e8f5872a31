"""The parts that settings are made of, each read by one stage of the pipeline; frozen, no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

NoiseMode = Literal["none", "const", "random"]
ClassMode = Literal["seed", "blend"]
LayerMode = Literal["colour", "mono", "mosaic"]
PathKind = Literal["orbit", "line", "eight"]
Precision = Literal["float32", "file"]
BlendSpace = Literal["w", "z"]

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
class LatentPart:
    """One of the latents that a blend is made of: its place, as in Latent, and its weight."""

    weight: float = 0.0
    x: float = 0.0
    y: float = 0.0
    anchor: ArrayRef | None = None
    anchor_name: str = ""
    anchor_x: float = 0.0
    anchor_y: float = 0.0


@dataclass(frozen=True)
class Latent:
    """A position on the plane of seeds, or a saved latent and an offset from it, or a blend.

    The corners of the cell around (x, y) are the seeds (floor x + i) + 100 (floor y + j) mod 2^32;
    their w are blended bilinearly. With `anchor`, w = anchor + w(x, y) - w(anchor_x, anchor_y).
    With `blend`, w is the sum of the parts' w by their weights, and (x, y) only says from where
    dragging goes on: w += w(x, y) - w(anchor_x, anchor_y). With `blend_space` "z" and two parts
    that are seeds, z goes from the one to the other on the sphere instead.
    """

    x: float = 0.0
    y: float = 0.0
    anchor: ArrayRef | None = None  # ws [num_ws, w_dim]
    anchor_name: str = ""
    anchor_x: float = 0.0
    anchor_y: float = 0.0
    blend: tuple[LatentPart, ...] = ()
    blend_space: BlendSpace = "w"

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


def round_half_up(value: float) -> int:
    """Round to the nearest integer, halves upwards, without Python's halves-to-even."""
    return math.floor(value + 0.5)
