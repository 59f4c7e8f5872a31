"""Timelines in one click, to be edited afterwards: each function returns settings with one.

A recipe replaces the tracks it sets and leaves the others alone; the length is that of the timeline
unless it says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explorer.settings import Settings, seed_latent
from explorer.slices import PLANE_ROW, RANDOM_SEEDS, ClassChoice, Latent, MixSource, ModelRef
from explorer.timeline.edit import set_keys
from explorer.timeline.latents import blend
from explorer.timeline.model import Interpolation, Key, Playing, Space
from explorer.timeline.properties import properties_of

_AROUND = 12  # keys of a circle: a spline through them is within 1e-4 of it


def through_seeds(
    settings: Settings,
    seeds: Sequence[int],
    *,
    interpolation: Interpolation = "smooth",
    space: Space = "w",
) -> Settings:
    """Loop through seeds, the same time for each way."""
    latents = [seed_latent(seed) for seed in seeds]
    return _latents(settings, latents, interpolation, space)


def random_walk(settings: Settings, steps: int, smoothness: float, seed: int = 0) -> Settings:
    """Walk to `steps` random seeds and back to the first.

    Args:
        smoothness: 0 = straight ways with corners, 1 = each place is the middle of three.
        seed:       of the walk; the same one gives the same walk.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(RANDOM_SEEDS, size=max(steps, 2))
    places = [seed_latent(int(each)) for each in drawn]
    share = min(max(smoothness, 0.0), 1.0) / 3
    latents = [
        blend((places[i - 1], place, places[(i + 1) % len(places)]), (share, 1 - 2 * share, share))
        for i, place in enumerate(places)
    ]
    return _latents(settings, latents, "linear" if smoothness <= 0 else "spline", "w")


def latent_circle(settings: Settings, seed: int = 0, radius: float = 0.5) -> Settings:
    """Go round the present latent in the plane of w that two random seeds span with it.

    Args:
        radius: 1 = through those seeds.
    """
    rng = np.random.default_rng(seed)
    middle = settings.latent
    first, second = (seed_latent(int(each)) for each in rng.integers(RANDOM_SEEDS, size=2))
    latents: list[Latent] = []
    for n in range(_AROUND):
        a = radius * math.cos(2 * math.pi * n / _AROUND)
        b = radius * math.sin(2 * math.pi * n / _AROUND)
        latents.append(blend((middle, first, second), (1 - a - b, a, b)))
    return _latents(settings, latents, "spline", "w")


def truncation_sweep(settings: Settings, low: float = -1.0, high: float = 1.0) -> Settings:
    """Move psi from low to high and back."""
    return _numbers(settings, "truncation.psi", [low, high], "smooth")


def mixing_sweep(settings: Settings, seed: int, rows: Sequence[int]) -> Settings:
    """Mix the style of another seed in and out: a source of its own, added where there is none."""
    sources = settings.mixing.sources
    weights = tuple((row, 1.0) for row in rows)
    index = next((i for i, source in enumerate(sources) if source.seed == seed), len(sources))
    source = MixSource(seed=seed, weights=weights)
    changed = (*sources[:index], source, *sources[index + 1 :])
    settings = replace(settings, mixing=replace(settings.mixing, sources=changed))
    return _numbers(settings, f"mix.{index}.weights", [0.0, 1.0], "smooth")


def fade(settings: Settings, other: Settings) -> Settings:
    """Go from the present look to another one and back: a track for everything that differs."""
    settings = _playing(settings, "loop")
    for known in properties_of(settings):
        here, there = known.read(settings), known.read(other)
        if here == there or known.kind == "model":
            continue
        settings = _keys(settings, known.path, [here, there])
    return settings


def full_rotation(settings: Settings, turns: int = 1) -> Settings:
    """Turn the picture round evenly; StyleGAN3 only."""
    start = settings.transform.rotate_turns
    end = Key(time=settings.timeline.duration_secs, number=start + turns, interpolation="linear")
    keys = (Key(number=start, interpolation="linear"), end)
    return _set(_playing(settings, "loop"), "transform.rotate_turns", keys)


def translation_orbit(settings: Settings, radius: float = 0.1) -> Settings:
    """Move the picture round a circle; StyleGAN3 only.

    Args:
        radius: image widths.
    """
    angles = [2 * math.pi * n / _AROUND for n in range(_AROUND)]
    across = [radius * math.cos(angle) for angle in angles]
    down = [radius * math.sin(angle) for angle in angles]
    settings = _numbers(settings, "transform.translate_x", across, "spline")
    return _numbers(settings, "transform.translate_y", down, "spline")


def layer_dive(settings: Settings, layers: Sequence[str]) -> Settings:
    """Show one layer after the other, from the first to the picture itself."""
    names = [*layers, ""]
    return _keys(
        _playing(settings, "once"),
        "layer.layer",
        [Key(text=name, interpolation="hold") for name in names],
    )


def class_tour(settings: Settings, classes: Sequence[int]) -> Settings:
    """Blend from class to class."""
    keys = [Key(classes=ClassChoice("blend", ((index, 1.0),))) for index in classes]
    return _keys(_playing(settings, "loop"), "classes", keys)


def time_lapse(settings: Settings, models: Sequence[ModelRef]) -> Settings:
    """Show the snapshots of a training one after the other, at one latent."""
    timeline = replace(settings.timeline, models=tuple(models))
    settings = replace(settings, timeline=timeline)
    keys = [Key(text=model.sha256, interpolation="hold") for model in models]
    return _keys(_playing(settings, "once"), "model", keys)


def neighbouring_seeds(first: int, count: int) -> tuple[int, ...]:
    """Return seeds that lie beside each other on the plane: first, first + 1, ..."""
    return tuple((first + n) % (PLANE_ROW * 2**20) for n in range(count))


def _latents(
    settings: Settings, latents: Sequence[Latent], how: Interpolation, space: Space
) -> Settings:
    keys = [Key(latent=latent, interpolation=how, space=space) for latent in latents]
    return _keys(_playing(settings, "loop"), "latent", keys)


def _numbers(
    settings: Settings, path: str, values: Sequence[float], how: Interpolation
) -> Settings:
    keys = [Key(number=value, interpolation=how) for value in values]
    return _keys(_playing(settings, "loop"), path, keys)


def _keys(settings: Settings, path: str, keys: Sequence[Key]) -> Settings:
    """Set a track's keys, evenly over the timeline: behind the last one comes the first again."""
    step = settings.timeline.duration_secs / max(len(keys), 1)
    return _set(settings, path, [replace(key, time=n * step) for n, key in enumerate(keys)])


def _set(settings: Settings, path: str, keys: Sequence[Key]) -> Settings:
    return replace(settings, timeline=set_keys(settings.timeline, path, keys))


def _playing(settings: Settings, playing: Playing) -> Settings:
    return replace(settings, timeline=replace(settings.timeline, playing=playing))
