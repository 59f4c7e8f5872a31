"""What the window sends to the worker besides render requests, and what the worker reports.

All frozen. Jobs carry an integer chosen by the window; reports repeat it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.model_info import ModelInfo
from explorer.request import RenderError, RenderRequest, RenderResult
from explorer.settings import Grid, MixSource, ModelRef

JobState = Literal["waiting", "running", "done", "cancelled", "failed"]


# Jobs: what runs when no interactive request waits.


@dataclass(frozen=True)
class LoadModel:
    path: str


@dataclass(frozen=True)
class ConvertModel:
    source: str
    destination: str


@dataclass(frozen=True)
class RenderGrid:
    """Neighbours of `request.latent`, row by row; each cell arrives as a `Cell`."""

    request: RenderRequest
    grid: Grid


@dataclass(frozen=True)
class RenderThumbnails:
    """Small pictures of mix sources and saved latents under the request's model, class and psi."""

    request: RenderRequest
    sources: tuple[MixSource, ...]
    size_px: int = 96


@dataclass(frozen=True)
class SaveSeeds:
    """Exact pictures of a list of seeds, under the request's other settings, as PNGs."""

    request: RenderRequest
    seeds: tuple[int, ...]
    folder: str
    session_json: str | None = None  # embedded, with the seed replaced; None = carry nothing


@dataclass(frozen=True)
class MeasureEquivariance:
    request: RenderRequest


@dataclass(frozen=True)
class PreparePreviews:
    """Learn how rough pictures of the request's model look; they come by themselves after it."""

    request: RenderRequest


@dataclass(frozen=True)
class SaveLatent:
    """Ask for the final ws of a request; comes back as `LatentReady`."""

    request: RenderRequest
    name: str


@dataclass(frozen=True)
class ExportActivation:
    request: RenderRequest
    path: str  # .npz


Job = (
    LoadModel
    | ConvertModel
    | RenderGrid
    | RenderThumbnails
    | SaveSeeds
    | MeasureEquivariance
    | PreparePreviews
    | SaveLatent
    | ExportActivation
)


# Reports: what the worker says.


@dataclass(frozen=True)
class JobUpdate:
    job_id: int
    job: Job
    state: JobState
    label: str  # "Saving seeds"
    done: int = 0
    total: int = 0  # 0 = not known
    eta_secs: float | None = None
    error: RenderError | None = None
    outcome: str = ""  # a sentence for the status line when done: "Saved 8 pictures in captures"


@dataclass(frozen=True)
class ModelLoaded:
    job_id: int
    ref: ModelRef
    info: ModelInfo
    stamp: tuple[float, int]  # modification time in seconds and size in bytes of the file read


@dataclass(frozen=True, eq=False)
class Cell:
    job_id: int
    column: int
    row: int
    seed: int
    rgba: NDArray[np.uint8]  # [H, W, 4]


@dataclass(frozen=True, eq=False)
class Thumbnail:
    job_id: int
    source: MixSource
    rgba: NDArray[np.uint8]


@dataclass(frozen=True)
class Equivariance:
    """EQ-T and EQ-R (arXiv:2106.12423, section 2.1 and appendix E.3) of one picture, in dB."""

    job_id: int
    request: RenderRequest
    eq_t_db: float
    eq_t_frac_db: float
    eq_r_db: float


@dataclass(frozen=True, eq=False)
class LatentReady:
    job_id: int
    name: str
    model_sha256: str
    ws: NDArray[np.float32]  # [num_ws, w_dim]


@dataclass(frozen=True, eq=False)
class OtherResult:
    """The second picture of a comparison."""

    result: RenderResult


Report = (
    RenderResult
    | OtherResult
    | JobUpdate
    | ModelLoaded
    | Cell
    | Thumbnail
    | Equivariance
    | LatentReady
)
