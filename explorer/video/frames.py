"""Frames of a job as PNGs in its folder, each exactly as `render` makes it; finished ones stay."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.render.engine import KeepGoing
from explorer.render.together import MOST_AT_ONCE, at_once, rendered, threads_each
from explorer.request import RenderRequest
from explorer.settings import Compute, Settings
from explorer.video import png_frames
from explorer.video.cells import request_at
from explorer.video.pixels import Pixels, frame_pixels, tiled

if TYPE_CHECKING:
    from explorer.render.torch_engine import TorchEngine

_CHUNK = 256  # pictures asked for at once: of one model where models differ from cell to cell


@dataclass(frozen=True)
class FramePlan:
    """What the frames of a video are.

    cells:   the settings whose timeline each cell plays; they have models.
    times:   seconds, one per frame.
    columns: of the grid of cells.
    bits:    8 or 16.
    """

    cells: tuple[Settings, ...]
    times: tuple[float, ...]
    columns: int
    bits: int


def frame_path(folder: Path, index: int) -> Path:
    return folder / f"{index:06d}.png"


def missing_frames(folder: Path, count: int) -> list[int]:
    """List the frames that are not there, or not whole."""
    return [index for index in range(count) if not png_frames.is_whole(frame_path(folder, index))]


def frame_compute(compute: Compute, generator: Any) -> Compute:
    """Return how one frame is computed: threads change the last bits, so all have as many.

    Large pictures are made side by side, where the settings leave the number of threads open.
    """
    count = at_once(compute, generator, MOST_AT_ONCE)
    return compute if count == 1 else replace(compute, threads=threads_each(count))


def render_frames(
    engine: TorchEngine, plan: FramePlan, folder: Path, wanted: Sequence[int], going: KeepGoing
) -> Iterator[int]:
    """Render frames into `folder` and yield the number of each once it lies there.

    Raises what Pipeline.render does; Superseded when `going` returns False.

    Args:
        wanted: numbers of frames, in any order.
        going:  asked between the steps of networks, by several threads.
    """
    folder.mkdir(exist_ok=True)
    per_chunk = max(1, _CHUNK // len(plan.cells))
    for start in range(0, len(wanted), per_chunk):
        parts: dict[int, dict[int, Pixels]] = {}
        for frame, cell, pixels in _pictures(
            engine, plan, wanted[start : start + per_chunk], going
        ):
            cells = parts.setdefault(frame, {})
            cells[cell] = pixels
            if len(cells) == len(plan.cells):
                del parts[frame]
                whole = tiled([cells[index] for index in range(len(cells))], plan.columns)
                _write(frame_path(folder, frame), png_frames.encode(whole))
                yield frame


def _pictures(
    engine: TorchEngine, plan: FramePlan, frames: Sequence[int], going: KeepGoing
) -> Iterator[tuple[int, int, Pixels]]:
    """Yield (frame, cell, pixels) of some frames, one model after the other."""
    asked = [
        (frame, cell, request_at(settings, plan.times[frame], engine.arrays))
        for frame in frames
        for cell, settings in enumerate(plan.cells)
    ]
    by_model: dict[str, list[tuple[int, int, RenderRequest]]] = {}
    for item in asked:
        by_model.setdefault(item[2].model.sha256, []).append(item)
    for items in by_model.values():
        made = _rendered(engine, [request for *_, request in items], plan.bits, going)
        for (frame, cell, _), pixels in zip(items, made, strict=True):
            yield frame, cell, pixels


def _rendered(
    engine: TorchEngine, requests: Sequence[RenderRequest], bits: int, going: KeepGoing
) -> Iterator[Pixels]:
    """Yield the pictures of one model's requests, side by side where that pays."""
    generator = engine.library.get(requests[0].model).model.generator
    yield from rendered(
        engine.pipeline,
        engine.library,
        engine.arrays,
        requests,
        lambda _, result: frame_pixels(result, bits),
        going,
        # Not for these requests: frames that are left over after a stop have the same threads.
        count=at_once(requests[0].compute, generator, MOST_AT_ONCE),
    )


def _write(path: Path, data: bytes) -> None:
    """Write a frame whole; not synced, since `missing_frames` knows one that a power cut lost."""
    partial = path.with_suffix(".part")
    partial.write_bytes(data)
    os.replace(partial, path)
