"""Jobs that give the window more pictures: the grid around a latent, and thumbnails."""

from __future__ import annotations

from dataclasses import replace

from explorer.messages import Cell, RenderGrid, RenderThumbnails, Thumbnail
from explorer.neighbours import cell_latent, cell_order
from explorer.render.engine import Progress, Units
from explorer.render.jobs.context import JobContext
from explorer.render.pixels import shrink
from explorer.request import RenderRequest, RenderResult
from explorer.settings import (
    InputTransform,
    Latent,
    LayerView,
    MixSource,
    StyleMixing,
    Truncation,
    seed_latent,
)


def render_grid(context: JobContext, job: RenderGrid) -> Units:
    """Render each cell alone, exactly as it looks when it is opened; the middle ones first."""
    cells = cell_order(job.grid)
    latents = [cell_latent(job.request.latent, job.grid, *cell) for cell in cells]

    def cell(index: int, result: RenderResult) -> Cell:
        assert result.rgba is not None
        return Cell(context.job_id, *cells[index], latents[index].seed, result.rgba)

    requests = [replace(job.request, latent=latent) for latent in latents]
    for done, made in enumerate(context.rendered(requests, cell)):
        yield made
        yield Progress(done + 1, len(cells))
    return ""


def render_thumbnails(context: JobContext, job: RenderThumbnails) -> Units:
    """Render each source by itself, at most `size_px` wide and high."""

    def thumbnail(index: int, result: RenderResult) -> Thumbnail:
        assert result.rgba is not None
        return Thumbnail(context.job_id, job.sources[index], shrink(result.rgba, job.size_px))

    requests = [thumbnail_request(job.request, source) for source in job.sources]
    for done, made in enumerate(context.rendered(requests, thumbnail)):
        yield made
        yield Progress(done + 1, len(requests))
    return ""


def thumbnail_request(request: RenderRequest, source: MixSource) -> RenderRequest:
    """Return the request that shows `source` alone: saved latents as they are, seeds truncated."""
    if source.saved is not None:
        latent = Latent(anchor=source.saved, anchor_name=source.name)
        truncation = Truncation()
    else:
        latent, truncation = seed_latent(source.seed), request.truncation
    return replace(
        request,
        latent=latent,
        truncation=truncation,
        mixing=StyleMixing(),
        transform=InputTransform(),
        layer=LayerView(),
    )
