"""What each cell of a video shows at a time: the timeline's settings, shifted or with a model."""

from __future__ import annotations

from dataclasses import replace

from explorer.arrays import ArrayStore
from explorer.request import RenderRequest, request_from
from explorer.settings import Settings
from explorer.slices import Latent, LatentPart
from explorer.timeline.evaluate import settings_at
from explorer.timeline.model import Key
from explorer.video.plan import VideoOptions


def cells_of(settings: Settings, options: VideoOptions) -> tuple[Settings, ...]:
    """Return the settings whose timeline each cell plays, row by row."""
    if options.cells == "models":
        return tuple(_with_model(settings, index, options) for index in range(options.cell_count))
    return tuple(with_seed_offset(settings, offset) for offset in options.offsets)


def with_seed_offset(settings: Settings, offset: float) -> Settings:
    """Return settings in which every latent, at rest and in keys, lies `offset` seeds further."""
    if offset == 0:
        return settings

    def moved(key: Key) -> Key:
        return key if key.latent is None else replace(key, latent=_shifted(key.latent, offset))

    timeline = settings.timeline
    tracks = tuple(replace(track, keys=tuple(map(moved, track.keys))) for track in timeline.tracks)
    timeline = replace(timeline, tracks=tracks)
    return replace(settings, latent=_shifted(settings.latent, offset), timeline=timeline)


def request_at(cell: Settings, time: float, arrays: ArrayStore) -> RenderRequest:
    """Return the request of a cell at a time; the settings have a model."""
    request = request_from(settings_at(cell, time, arrays))
    assert request is not None
    return request


def _with_model(settings: Settings, index: int, options: VideoOptions) -> Settings:
    """Show one model throughout: a track of models would make all cells equal."""
    timeline = settings.timeline
    tracks = tuple(track for track in timeline.tracks if track.path != "model")
    timeline = replace(timeline, tracks=tracks)
    return replace(settings, model=options.models[index], timeline=timeline)


def _shifted(latent: Latent, offset: float) -> Latent:
    if not latent.blend:
        # With an anchor, w moves by the difference between the two places on the plane.
        return replace(latent, x=latent.x + offset)
    return replace(
        latent,
        x=latent.x + offset,
        anchor_x=latent.anchor_x + offset,
        blend=tuple(_shifted_part(part, offset) for part in latent.blend),
    )


def _shifted_part(part: LatentPart, offset: float) -> LatentPart:
    return replace(part, x=part.x + offset)
