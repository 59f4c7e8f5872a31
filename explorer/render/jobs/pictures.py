"""Jobs that give the window more pictures: the grid around a latent, and thumbnails."""

from __future__ import annotations

from dataclasses import replace

from explorer.messages import Cell, RenderGrid, RenderThumbnails, Thumbnail
from explorer.neighbours import cell_latent, cell_order
from explorer.render.engine import Progress, Units
from explorer.render.jobs.context import JobContext
from explorer.render.pixels import shrink
from explorer.request import RenderRequest
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
    for done, (column, row) in enumerate(cells):
        latent = cell_latent(job.request.latent, job.grid, column, row)
        request = replace(job.request, latent=latent)
        result = context.pipeline.render(request, context.keep_going)
        assert result.rgba is not None
        yield Cell(context.job_id, column, row, latent.seed, result.rgba)
        yield Progress(done + 1, len(cells))
    return ""


def render_thumbnails(context: JobContext, job: RenderThumbnails) -> Units:
    """Render each source by itself, at most `size_px` wide and high."""
    for done, source in enumerate(job.sources):
        request = thumbnail_request(job.request, source)
        result = context.pipeline.render(request, context.keep_going)
        assert result.rgba is not None
        yield Thumbnail(context.job_id, source, shrink(result.rgba, job.size_px))
        yield Progress(done + 1, len(job.sources))
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
