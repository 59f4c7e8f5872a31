"""What was done by hand, as a timeline that does it again: few keys, each change at its time.

Of values that glide, those on a straight line between others are left out (Douglas and Peucker
1973), where that changes nothing anybody sees; a value that rests or jumps is held.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.settings import Settings, corner_seeds
from explorer.slices import Latent, ModelRef
from explorer.timeline.latents import parts_of
from explorer.timeline.model import MAX_FPS, MAX_SECS, MIN_FPS, MIN_SECS, Key, Track
from explorer.timeline.properties import Property, properties_of, property_of

TOLERANCE = 0.002  # of a property's range, or of the weight of a seed
REST_SECS = 0.1  # what does not change for longer rests
_RUN = 600  # samples that are simplified together
_JUMP = 0.5  # from one value to the next, of a range or of a seed's weight
_SLICES = ("latent", "classes", "truncation", "noise", "mixing", "transform", "layer", "model")

Vector = Mapping[Any, float]


@dataclass(frozen=True)
class Moment:
    """Settings and the time from which on they were on screen, in seconds from the start."""

    secs: float
    settings: Settings


def performed(
    moments: Sequence[Moment], secs: float, fps: float
) -> tuple[Settings, tuple[str, ...]]:
    """Return the last settings, at rest, with a timeline of everything that changed.

    Its old tracks are replaced; its sound stays.

    Args:
        moments: in the order of their times, the first at 0.
        secs:    how long it took.
        fps:     of the timeline.

    Returns the settings, and the names of what changed but has no track ("transform.round_to...").
    """
    last = moments[-1].settings
    duration = min(max(secs, moments[-1].secs, MIN_SECS), MAX_SECS)
    tracks = [
        Track(path, keys)
        for path in _paths(moments)
        if (known := property_of(path)) is not None and len(keys := _keys(known, moments)) > 1
    ]
    timeline = replace(
        last.timeline,
        tracks=tuple(tracks),
        duration_secs=duration,
        fps=min(max(fps, MIN_FPS), MAX_FPS),
        playing="once",
        models=_models(moments),
    )
    still = replace(last.animation, latent=False, noise=False, translate=False, rotate=False)
    result = replace(last, timeline=timeline, animation=still)
    return result, _left_out(result, moments, tuple(track.path for track in tracks))


def _paths(moments: Sequence[Moment]) -> tuple[str, ...]:
    """Return what may have changed; a source's rows have tracks of their own where they differ."""
    paths: dict[str, None] = {}
    for settings in {id(each.settings.mixing): each.settings for each in moments}.values():
        paths.update(dict.fromkeys(known.path for known in properties_of(settings)))
    apart = {path.split(".weight.")[0] for path in paths if ".weight." in path}
    for index in apart:
        paths.pop(f"{index}.weights", None)
        source = int(index.partition(".")[2])
        for each in moments:
            sources = each.settings.mixing.sources
            rows = sources[source].weights if source < len(sources) else ()
            paths.update(dict.fromkeys(f"{index}.weight.{row}" for row, _ in rows))
    return tuple(paths)


def _models(moments: Sequence[Moment]) -> tuple[ModelRef, ...]:
    models = {m.settings.model.sha256: m.settings.model for m in moments if m.settings.model}
    return tuple(models.values()) if len(models) > 1 else moments[-1].settings.timeline.models


def _keys(known: Property, moments: Sequence[Moment]) -> tuple[Key, ...]:
    """Return a key per change of a property that matters."""
    samples = _samples(known, moments)
    vectors = [_vector(known, key) for _, key in samples]
    kept: list[tuple[int, bool]] = []  # which sample, and whether it is held
    start = 0
    for index in range(len(samples)):
        if index + 1 < len(samples) and _glides(samples, vectors, index):
            if index - start < _RUN:
                continue
            kept += [
                (start + place, False) for place in _straightened(samples, vectors, start, index)
            ]
        else:
            run = _straightened(samples, vectors, start, index)
            kept += [(start + place, start + place == index) for place in run]
        start = index + 1
    return tuple(
        replace(
            samples[index][1], time=samples[index][0], interpolation="hold" if held else "linear"
        )
        for index, held in kept
    )


def _samples(known: Property, moments: Sequence[Moment]) -> list[tuple[float, Key]]:
    """Return when a property was seen with which value, without what repeats both neighbours."""
    name, part, key = _slice_of(known.path), None, Key()
    seen: list[tuple[float, Key]] = []
    for moment in moments:
        here = getattr(moment.settings, name)
        if not seen or here is not part:
            part, key = here, known.read(moment.settings)
        seen.append((moment.secs, key))
    glides = known.kind in ("number", "latent", "classes")
    last = len(seen) - 1
    return [
        seen[i]
        for i in range(len(seen))
        if i == 0
        or seen[i][1] != seen[i - 1][1]
        # Where a glide begins: what was still there counts, too.
        or (glides and i < last and seen[i][1] != seen[i + 1][1])
    ]


def _glides(
    samples: Sequence[tuple[float, Key]], vectors: Sequence[Vector | None], index: int
) -> bool:
    """Return whether a value goes over into the next one, rather than resting before a jump."""
    here, there = vectors[index], vectors[index + 1]
    if here is None or there is None:
        return False
    if samples[index + 1][0] - samples[index][0] > REST_SECS:
        return False
    return distance(here, there) <= _JUMP


def _vector(known: Property, key: Key) -> Vector | None:
    """Return a value as numbers that keys blend linearly; None if there is nothing between two."""
    if known.kind == "number":
        return {"": key.number / ((known.maximum - known.minimum) or 1.0)}
    if known.kind == "latent" and key.latent is not None:
        return seed_weights(key.latent)
    if known.kind == "classes" and key.classes is not None and key.classes.mode == "blend":
        total = sum(weight for _, weight in key.classes.weights) or 1.0
        return {index: weight / total for index, weight in key.classes.weights}
    return None


def seed_weights(latent: Latent) -> Vector | None:
    """Return what a latent's w is a sum of: the weight of each seed and of each saved latent."""
    if latent.blend and latent.blend_space == "z":
        return None
    weights: dict[Any, float] = {}
    for part in parts_of(latent):
        terms: list[tuple[Any, float]] = list(corner_seeds(part.x, part.y))
        if part.anchor is not None:
            terms.append((part.anchor.digest, 1.0))
            terms += [(s, -weight) for s, weight in corner_seeds(part.anchor_x, part.anchor_y)]
        for term, weight in terms:
            weights[term] = weights.get(term, 0.0) + part.weight * weight
    return weights


def distance(one: Vector, other: Vector) -> float:
    """Return how far two values are apart, as `TOLERANCE` counts."""
    names: Iterable[Any] = {*one, *other}
    return math.sqrt(sum((one.get(name, 0.0) - other.get(name, 0.0)) ** 2 for name in names))


def _straightened(
    samples: Sequence[tuple[float, Key]], vectors: Sequence[Vector | None], start: int, end: int
) -> list[int]:
    """Return which samples of start..end a line through all needs, counted from `start`."""
    times = np.array([secs for secs, _ in samples[start : end + 1]])
    values = _matrix([vector or {} for vector in vectors[start : end + 1]])
    keep, waiting = {0, end - start}, [(0, end - start)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        u = (times[first:last] - times[first]) / (times[last] - times[first])
        line = values[first] + u[:, None] * (values[last] - values[first])
        away = np.linalg.norm(values[first:last] - line, axis=1)
        farthest = int(away.argmax())
        if away[farthest] > TOLERANCE:
            keep.add(first + farthest)
            waiting += [(first, first + farthest), (first + farthest, last)]
    return sorted(keep)


def _matrix(vectors: Sequence[Vector]) -> NDArray[np.float64]:
    """Return [len(vectors), names]."""
    names = {
        name: column for column, name in enumerate(dict.fromkeys(n for v in vectors for n in v))
    }
    matrix = np.zeros((len(vectors), len(names)))
    for row, vector in enumerate(vectors):
        for name, value in vector.items():
            matrix[row, names[name]] = value
    return matrix


def _left_out(result: Settings, moments: Sequence[Moment], paths: Sequence[str]) -> tuple[str, ...]:
    """Return the fields of slices that were other than tracks and the last settings say."""
    tracked = [known for path in paths if (known := property_of(path)) is not None]
    missing: dict[str, None] = {}
    for name in _SLICES:
        own = [known for known in tracked if _slice_of(known.path) == name]
        different = {id(getattr(moment.settings, name)): moment.settings for moment in moments}
        for settings in different.values():
            there = result
            for known in own:
                there = known.write(there, known.read(settings))
            has, had = getattr(there, name), getattr(settings, name)
            if has != had and name != "model":
                changed = [
                    part.name
                    for part in fields(had)
                    if getattr(has, part.name) != getattr(had, part.name)
                ]
                missing.update(dict.fromkeys(f"{name}.{part}" for part in changed))
    return tuple(missing)


def _slice_of(path: str) -> str:
    """Return which slice of settings a property is read from."""
    name = path.partition(".")[0]
    return "mixing" if name == "mix" else name
