"""What the window asks of the worker and what comes back: frozen values, no torch.

Requests and results meet in `explorer.render.worker`. A result always carries the request that made
it, so the canvas knows a stale picture by `result.request != current_request`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.settings import (
    ClassChoice,
    Compute,
    InputTransform,
    Latent,
    LayerView,
    ModelRef,
    Noise,
    Settings,
    StyleMixing,
    Truncation,
)


@dataclass(frozen=True)
class RenderRequest:
    """Everything a picture depends on; equal requests give equal pixels on one machine."""

    model: ModelRef
    latent: Latent
    classes: ClassChoice
    truncation: Truncation
    noise: Noise
    mixing: StyleMixing
    transform: InputTransform
    layer: LayerView
    compute: Compute


def request_from(settings: Settings) -> RenderRequest | None:
    """Return the request `settings` describe, or None while no model is chosen."""
    if settings.model is None:
        return None
    return RenderRequest(
        model=settings.model,
        latent=settings.latent,
        classes=settings.classes,
        truncation=settings.truncation,
        noise=settings.noise,
        mixing=settings.mixing,
        transform=settings.transform,
        layer=settings.layer,
        compute=settings.compute,
    )


@dataclass(frozen=True)
class Timings:
    """Milliseconds of one render.

    steps:  (name, ms) of the steps that ran.
    reused: names of the steps whose activations were still there.
    """

    mapping_ms: float = 0.0
    synthesis_ms: float = 0.0
    display_ms: float = 0.0
    total_ms: float = 0.0
    steps: tuple[tuple[str, float], ...] = ()
    reused: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelStatistics:
    mean: float
    std: float
    max_abs: float


@dataclass(frozen=True, eq=False)
class LayerReport:
    """Numbers of the shown activation: of all its channels and of the selected ones."""

    name: str
    channels: int
    height: int
    width: int
    all_channels: ChannelStatistics
    selected: ChannelStatistics
    histogram: NDArray[np.float32]  # [bins] counts of the selected channels
    histogram_range: tuple[float, float]
    radial_spectrum_db: NDArray[np.float32] | None = None  # [radius], dB relative to the mean power


@dataclass(frozen=True)
class RenderError:
    """A failure as a value: one sentence for the window, the traceback for the log."""

    message: str
    details: str = ""


@dataclass(frozen=True)
class Preview:
    """What a rough picture is: a short cut from one step, enlarged.

    side:  pixels before it was enlarged.
    error: what was measured of such previews, as a share of how much pictures vary; 0 = exact.
    """

    step: str
    side: int
    error: float


@dataclass(frozen=True, eq=False)
class GpuPixels:
    """A picture of RGBA8 in a GPU's memory, rows without gaps; complete when it is handed out.

    device:  the GPU's number, as torch counts.
    address: of the first pixel.
    owner:   keeps the memory.
    """

    device: int
    address: int
    width: int
    height: int
    owner: Any


class _Fetched:
    """An array of a result that may still be on a GPU: it is fetched when first asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._slot = f"_{name}"

    def __get__(self, result: Any, owner: type | None = None) -> NDArray[Any] | None:
        if result is None:
            return None  # the field's default
        value: Any = result.__dict__[self._slot]
        if value is None:
            return None
        fetched: Any = value() if callable(value) else value
        result.__dict__[self._slot] = fetched
        return fetched

    def __set__(self, result: Any, value: NDArray[Any] | Callable[[], NDArray[Any]] | None) -> None:
        result.__dict__[self._slot] = value


@dataclass(frozen=True, eq=False)
class RenderResult:
    """One picture, or the reason there is none.

    rgba: [H, W, 4] uint8, C-contiguous; what fetches it may be given in its place.
    img:  [C, H, W] float32, the picture itself, nominally -1..1; or what fetches it.
    gpu:  the pixels of rgba where they were made, if that is a GPU.
    """

    request: RenderRequest
    rgba: _Fetched = _Fetched()
    img: _Fetched = _Fetched()
    gpu: GpuPixels | None = None
    error: RenderError | None = None
    timings: Timings = field(default_factory=Timings)
    layer: LayerReport | None = None
    device: str = "cpu"
    implementation: str = "reference"
    threads: int = 1
    network_ran: bool = True  # False when only the display changed
    notes: tuple[str, ...] = ()  # how a GPU made it: sentences for the Performance panel; "" = none
    preview: Preview | None = None  # None = exact: what every other use than looking needs

    @property
    def has_picture(self) -> bool:
        """Whether there are pixels; fetches nothing."""
        return self.__dict__["_rgba"] is not None

    @property
    def exact(self) -> bool:
        return self.preview is None
