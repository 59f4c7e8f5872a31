"""Pictures and numbers computed when the hand rests: the grid, thumbnails, equivariance."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from explorer.app.worker_like import WorkerLike
from explorer.messages import (
    Cell,
    Equivariance,
    Job,
    MeasureEquivariance,
    RenderGrid,
    RenderThumbnails,
    Thumbnail,
)
from explorer.model_info import ModelInfo
from explorer.request import RenderRequest
from explorer.settings import (
    InputTransform,
    Latent,
    LayerView,
    MixSource,
    Noise,
    Settings,
    StyleMixing,
)
from widgets.pictures import thumbnail_key, thumbnail_source

REST_SECS = 0.4
THUMBNAIL_PX = 96
EQUIVARIANCE_KEPT = 50


@dataclass
class _Debounced:
    """Lets a job through once its key has stopped changing for `REST_SECS`."""

    key: Hashable = None
    since_secs: float = 0.0
    sent: Hashable = None
    job_id: int = 0

    def due(self, key: Hashable, now_secs: float) -> bool:
        if key != self.key:
            self.key, self.since_secs = key, now_secs
        return key is not None and key != self.sent and now_secs - self.since_secs >= REST_SECS


class Background:
    """Asks the worker for what the resting settings imply, and knows which answers still count."""

    def __init__(self, worker: WorkerLike) -> None:
        self._worker = worker
        self._grid = _Debounced()
        self._thumbnails = _Debounced()
        self._equivariance = _Debounced()
        self.measure_equivariance = False  # while its panel is shown
        self.measure_always = False
        self.measured: tuple[Equivariance, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether something will be asked for soon, so that frames must go on."""
        parts = (self._grid, self._thumbnails, self._equivariance)
        return any(part.key is not None and part.key != part.sent for part in parts)

    def update(
        self,
        settings: Settings,
        request: RenderRequest | None,
        info: ModelInfo | None,
        now_secs: float,
        resting: RenderRequest | None,
    ) -> None:
        """Send what is due.

        Args:
            request: what the settings ask for; None while no model is ready.
            resting: the same once its picture is there, else None.
        """
        grid_key = (request, settings.grid) if request and settings.grid.shown else None
        self._let_through(
            self._grid, grid_key, lambda: RenderGrid(needed(request), settings.grid), now_secs
        )
        sources = thumbnail_sources(settings, info)
        thumb_request = thumbnail_request(request) if request is not None and sources else None
        self._let_through(
            self._thumbnails,
            (thumb_request, sources) if thumb_request is not None else None,
            lambda: RenderThumbnails(needed(thumb_request), sources, THUMBNAIL_PX),
            now_secs,
        )
        wanted = self.measure_equivariance or self.measure_always
        measurable = wanted and info is not None and info.has_input_transform
        eq_key = equivariance_key(request) if measurable and request is not None else None
        if resting is None and eq_key != self._equivariance.sent:
            eq_key = None  # the hand does not rest, and what was measured is another latent
        self._let_through(
            self._equivariance,
            eq_key,
            lambda: MeasureEquivariance(needed(resting)),
            now_secs,
        )

    def wants_cell(self, cell: Cell) -> bool:
        return cell.job_id == self._grid.job_id

    def wants_thumbnail(self, thumbnail: Thumbnail) -> bool:
        return thumbnail.job_id == self._thumbnails.job_id

    def take_equivariance(self, report: Equivariance) -> None:
        self.measured = (*self.measured, report)[-EQUIVARIANCE_KEPT:]

    def _let_through(
        self, part: _Debounced, key: Hashable, job: Callable[[], Job], now: float
    ) -> None:
        if part.due(key, now):
            part.sent = key
            part.job_id = self._worker.enqueue(job(), replace_kind=True)
        elif key is None and part.sent is not None:
            self._worker.cancel(part.job_id)
            part.sent = None


def needed(request: RenderRequest | None) -> RenderRequest:
    assert request is not None  # only called once a key exists, and keys need a request
    return request


def equivariance_key(request: RenderRequest) -> RenderRequest:
    """Return what the measure depends on: it moves the input by itself and sees no layers."""
    return replace(request, transform=InputTransform(), layer=LayerView(), noise=Noise())


def thumbnail_sources(settings: Settings, info: ModelInfo | None) -> tuple[MixSource, ...]:
    """Return what the mixing and library panels show small, each once, by their keys.

    Latents the model cannot show are left out: one of them would end the job for all the others.
    """
    keys = [thumbnail_key(source) for source in settings.mixing.sources]
    keys += [thumbnail_source(saved) for saved in settings.library]
    shape = (info.num_ws, info.w_dim) if info is not None else None
    fitting = (key for key in keys if key.saved is None or key.saved.shape == shape)
    return tuple(dict.fromkeys(fitting))


def thumbnail_request(request: RenderRequest) -> RenderRequest:
    """Return what thumbnails depend on: model, class, truncation and device."""
    return replace(
        request,
        latent=Latent(),
        noise=Noise(),
        mixing=StyleMixing(),
        transform=InputTransform(),
        layer=LayerView(),
    )
