"""From what is chosen in the window to options of a video, and to what is said about it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.export_state import WATCHABLE_PX, ExportChoice
from explorer.settings import Settings
from explorer.slices import ModelRef
from explorer.timeline.evaluate import playing_secs
from explorer.timeline.model import Timeline
from explorer.video.pixels import final_size
from explorer.video.plan import HEARD, VideoError, VideoOptions, video_rate

_WORDS = {
    "latent": "latent", "classes": "classes", "model": "models", "truncation": "psi",
    "noise": "noise", "transform": "moving", "layer": "layers", "mix": "mixing",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a video will be. width, height: 0 = known only once a frame is there."""

    frames: int
    secs: float
    width: int
    height: int
    cells: int


def options_of(
    choice: ExportChoice,
    timeline: Timeline,
    range_secs: tuple[float, float] | None,
    models: Sequence[ModelRef],
) -> VideoOptions:
    """Return the options of a choice. Raises VideoError for a grid without models.

    Args:
        range_secs: first and last frame of the range that is played.
        models:     those of `choice.models`.
    """
    columns, rows = _grid(choice, len(models))
    exact = choice.size == "exact"
    heard = choice.kind in HEARD
    start, end = 0.0, None
    if choice.part == "range" and range_secs is not None:
        start, end = range_secs[0], range_secs[1] + 1 / timeline.fps
    step = choice.seed_step
    return VideoOptions(
        format=choice.kind,
        bits=choice.bits if choice.kind == "png" else 8,
        fps=choice.fps or None,
        width=choice.width or None if exact else None,
        height=choice.height or None if exact else None,
        scale=float(choice.size) if choice.size.isdigit() else 1.0,
        at_least=WATCHABLE_PX if choice.size == "auto" else 0,
        filter="nearest" if choice.nearest else "lanczos",
        quality=choice.quality,
        columns=columns,
        rows=rows,
        cells="models" if choice.cells == "models" else "seeds",
        seed_offsets=tuple(n * step for n in range(columns * rows))
        if choice.cells == "seeds"
        else (),
        models=tuple(models) if choice.cells == "models" else (),
        caption=choice.caption,
        audio=choice.sound if heard and not choice.silent else "",
        silent=choice.silent or not heard,
        start_secs=start,
        end_secs=end,
    )


def outcome_of(settings: Settings, options: VideoOptions, side_px: int) -> Outcome:
    """Return what a checked video will be; `side_px` is the resolution of the model."""
    timeline = settings.timeline
    rate = float(video_rate(timeline, options))
    whole = options.end_secs is None
    end = playing_secs(timeline) if options.end_secs is None else options.end_secs
    frames = max(1, math.floor((end - options.start_secs) * rate + 1e-6))
    if whole and options.start_secs == 0 and timeline.playing == "once" and frames > 1:
        frames += 1  # as explorer.timeline.evaluate.frame_times has it
    width = height = 0
    layered = settings.layer.layer is not None or timeline.track("layer.layer") is not None
    if options.width and options.height:
        width, height = options.width, options.height
    elif side_px and not layered and options.cells == "seeds":
        width, height = final_size(side_px * options.columns, side_px * options.rows, options)
    return Outcome(frames, frames / rate, width, height, options.cell_count)


def outcome_text(outcome: Outcome, caption: bool, heard: bool | None = None) -> str:
    """Return "300 frames, 10.0 s, 512 × 512 px".

    Args:
        heard: whether the timeline's own sound is in it; None = it has none, or another is taken.
    """
    frames = "1 frame" if outcome.frames == 1 else f"{outcome.frames:,} frames"
    parts = [frames, f"{outcome.secs:.1f} s"]
    if outcome.width:
        below = " and a caption" if caption else ""
        parts.append(f"{outcome.width} × {outcome.height} px{below}")
    if heard is not None:
        parts.append("with its sound" if heard else "without its sound")
    return ", ".join(parts)


def default_name(settings: Settings, session_name: str) -> str:
    """Return a file's name without suffix: of the session, else of the model and what moves."""
    if session_name:
        return _plain(Path(session_name).stem)
    model = Path(settings.model.name).stem if settings.model is not None else "timeline"
    paths = [track.path.split(".")[0] for track in settings.timeline.tracks if track.keys]
    words = dict.fromkeys(_WORDS.get(path, path) for path in paths)
    return _plain("-".join([model, *list(words)[:3]]))


def _grid(choice: ExportChoice, models: int) -> tuple[int, int]:
    if choice.cells == "seeds":
        return choice.columns, choice.rows
    if choice.cells == "one":
        return 1, 1
    if not models:
        raise VideoError("The grid has no models; add one for each cell")
    columns = min(choice.columns, models)
    return columns, math.ceil(models / columns)


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "timeline"
