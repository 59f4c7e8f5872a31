"""The words of `video`'s options: how the video is made, and the timeline they stand for."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.cli.render_options import OptionError
from explorer.export_state import WATCHABLE_PX
from explorer.model_files import ModelFiles
from explorer.seeds import parse_seeds
from explorer.settings import Settings, row_ranges, seed_latent
from explorer.snapshots import every_nth, read_models, snapshots_of
from explorer.timeline import recipes
from explorer.timeline.drives import dance
from explorer.timeline.edit import stretch
from explorer.timeline.model import MAX_SECS, MIN_SECS
from explorer.video.plan import CAPTIONS, VideoOptions, check_options, format_of
from networks.info import ModelInfo

RECIPES = (
    "seeds", "walk", "circle", "truncation", "mixing", "rotation", "orbit", "layers", "classes",
    "timelapse", "dance",
)  # fmt: skip
_OF_SEEDS = ("seeds", "walk", "circle")
_MAX_CLASSES = 12  # of a class tour


def video_options(arguments: argparse.Namespace) -> VideoOptions:
    """Return what the options ask for; raises UserError for what cannot be."""
    check_words(arguments)
    columns, rows = grid_of(arguments)
    width, height = _size(arguments.size)
    given: dict[str, Any] = {
        "fps": arguments.fps,
        "scale": arguments.scale,
        "filter": arguments.filter,
        "quality": arguments.quality,
        "crf": arguments.crf,
        "bits": arguments.bits,
        "start_secs": arguments.start,
        "end_secs": arguments.end,
        "audio": os.path.abspath(arguments.audio) if arguments.audio else None,
        "silent": arguments.no_audio,
        "at_least": WATCHABLE_PX if arguments.size == "auto" else None,
        "width": width,
        "height": height,
    }
    options = VideoOptions(
        format=format_of(arguments.out),
        columns=columns,
        rows=rows,
        caption=_caption(arguments.caption),
        **{name: value for name, value in given.items() if value is not None},
    )
    check_options(options)
    return options


def check_words(arguments: argparse.Namespace) -> None:
    """Raise OptionError for words that only make sense together."""
    lapse = "timelapse" in (arguments.recipe or ())
    if lapse and not arguments.run:
        raise OptionError("--recipe timelapse needs --run, the folder of a training run")
    if arguments.run and not lapse:
        raise OptionError("--run says whose snapshots --recipe timelapse shows; add that")
    if arguments.every < 1:
        raise OptionError(f"--every must be 1 or more, got {arguments.every}")
    if arguments.no_audio and arguments.audio:
        raise OptionError("--no-audio and --audio: there is either a sound or none")


def grid_of(arguments: argparse.Namespace) -> tuple[int, int]:
    """Return (columns, rows)."""
    models = len(arguments.model or ())
    if arguments.grid is None:
        return (models, 1) if models > 1 else (1, 1)
    match = re.fullmatch(r"(\d{1,3})x(\d{1,3})", arguments.grid.strip().lower())
    if match is None or "0" in match.groups():
        raise OptionError(f"--grid must be WxH such as 4x2, got {arguments.grid}")
    columns, rows = int(match[1]), int(match[2])
    if models > 1 and models != columns * rows:
        raise OptionError(
            f"--grid {arguments.grid} has {columns * rows} cells, got {models} models"
        )
    return columns, rows


def fill_timeline(
    settings: Settings, options: VideoOptions, arguments: argparse.Namespace, info: ModelInfo
) -> tuple[Settings, VideoOptions]:
    """Return settings with the timeline asked for, and options with the seeds of the cells.

    Raises OptionError for a recipe that the model cannot follow.
    """
    seeds = parse_seeds(arguments.seeds) if arguments.seeds is not None else ()
    of_cell, offsets = _shares(seeds, options, len(arguments.model or ()))
    options = replace(options, seed_offsets=offsets)
    timeline = settings.timeline
    if arguments.seconds is not None:
        if not MIN_SECS <= arguments.seconds <= MAX_SECS:
            raise OptionError(f"--seconds must be up to {MAX_SECS:g}, got {arguments.seconds:g}")
        timeline = stretch(timeline, arguments.seconds)
    settings = replace(settings, timeline=timeline)
    if of_cell:
        settings = replace(settings, latent=seed_latent(of_cell[0]))
    names = arguments.recipe or ()
    if not names and arguments.session is None:
        names = ("seeds",) if len(of_cell) > 1 else ("circle",)
        if arguments.sound and not arguments.drive:
            names = ("dance",)
    for name in names:
        settings = _with_recipe(settings, name, of_cell, arguments, info)
    if arguments.playing is not None:
        timeline = replace(settings.timeline, playing=arguments.playing)
        settings = replace(settings, timeline=timeline)
    return settings, options


def _shares(
    seeds: Sequence[int], options: VideoOptions, models: int
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the first cell's seeds, and how far those of each cell lie from them."""
    cells = options.cell_count
    if not seeds or cells == 1 or models > 1:
        return tuple(seeds), ()
    if len(seeds) % cells:
        raise OptionError(
            f"--seeds must list as many for each of the {cells} cells, got {len(seeds)} seeds"
        )
    share = len(seeds) // cells
    parts = [tuple(seeds[n * share : (n + 1) * share]) for n in range(cells)]
    offsets = tuple(float(part[0] - parts[0][0]) for part in parts)
    for part, offset in zip(parts, offsets, strict=True):
        if any(seed - first != offset for seed, first in zip(part, parts[0], strict=True)):
            raise OptionError(
                "--seeds: every cell goes the same way from a seed of its own, so the shares of a "
                "grid must have equal steps, such as 0-31, or one seed per cell"
            )
    return parts[0], offsets


def _with_recipe(
    settings: Settings,
    name: str,
    seeds: Sequence[int],
    arguments: argparse.Namespace,
    info: ModelInfo,
) -> Settings:
    first = seeds[0] if seeds else settings.latent.seed
    if name == "seeds":
        if len(seeds) < 2:
            raise OptionError("--recipe seeds goes through at least two --seeds (of each cell)")
        how = {"interpolation": arguments.interpolation, "space": arguments.space}
        given: Any = {key: value for key, value in how.items() if value is not None}
        return recipes.through_seeds(settings, seeds, **given)
    if name == "walk":
        steps = 6 if arguments.steps is None else arguments.steps
        if not 2 <= steps <= 1000:
            raise OptionError(f"--steps must be 2 to 1000, got {steps}")
        return recipes.random_walk(settings, steps, 1.0, first)
    if name == "circle":
        return recipes.latent_circle(settings, first, _radius(arguments, 0.5))
    if name == "dance":
        if settings.timeline.sound is None:
            raise OptionError("--recipe dance needs a sound to dance to; add --sound FILE")
        return dance(settings, seeds)
    if name == "truncation":
        if info.architecture == "progan":
            raise OptionError("--recipe truncation: a ProGAN has no mean latent")
        return recipes.truncation_sweep(settings)
    if name == "mixing":
        other = seeds[1] if len(seeds) > 1 else first + 1
        return recipes.mixing_sweep(settings, other, tuple(row_ranges(info.num_ws)["coarse"]))
    if name in ("rotation", "orbit"):
        if not info.has_input_transform:
            raise OptionError(f"--recipe {name}: only StyleGAN3 has an input to move")
        if name == "rotation":
            return recipes.full_rotation(settings)
        return recipes.translation_orbit(settings, _radius(arguments, 0.1))
    if name == "layers":
        return recipes.layer_dive(settings, [layer.name for layer in info.layers[:-1]])
    if name == "timelapse":
        return _time_lapse(settings, arguments)
    if info.c_dim < 2:
        raise OptionError("--recipe classes: this model has no classes to go through")
    return recipes.class_tour(settings, range(min(info.c_dim, _MAX_CLASSES)))


def _time_lapse(settings: Settings, arguments: argparse.Namespace) -> Settings:
    paths = every_nth(snapshots_of(Path(arguments.run)), arguments.every)
    print(f"Reading {len(paths)} snapshots", file=sys.stderr)
    models = read_models(ModelFiles(), paths, lambda _: None, lambda: False)
    assert models is not None
    return recipes.time_lapse(settings, models)


def _radius(arguments: argparse.Namespace, default: float) -> float:
    radius = default if arguments.radius is None else arguments.radius
    if not 0 < radius <= 10:
        raise OptionError(f"--radius must be more than 0, up to 10, got {radius:g}")
    return radius


def _caption(text: str | None) -> tuple[Any, ...]:
    parts = [part.strip() for part in text.split(",")] if text else []
    for part in parts:
        if part not in CAPTIONS:
            raise OptionError(f"--caption must list {', '.join(CAPTIONS)}, got {part or text}")
    return tuple(parts)


def _size(text: str | None) -> tuple[int | None, int | None]:
    if text is None or text == "auto":
        return None, None
    match = re.fullmatch(r"(\d{0,5})x(\d{0,5})", text.strip().lower())
    if match is None or not (match[1] or match[2]):
        raise OptionError(f"--size must be auto or WxH such as 512x512, 512x or x512, got {text}")
    return int(match[1]) if match[1] else None, int(match[2]) if match[2] else None
