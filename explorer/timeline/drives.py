"""Tracks made to follow the timeline's sound: what is sensible for a property, and in one click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from explorer.settings import Settings, seed_latent
from explorer.timeline.edit import key_here, remove_track, set_drive, set_keys
from explorer.timeline.evaluate import drivable
from explorer.timeline.model import Drive, Driving, Key, Track
from explorer.timeline.properties import Property
from explorer.timeline.recipes import neighbouring_seeds, through_seeds

_LATENT_SEEDS = 0.5
_FEW = 64  # whole numbers of a wider range, seeds for instance, have no sensible quarter
_SEED_SECS = 3.0  # for each seed of a dance
_MOST_SEEDS, _MOST_BEATS = 60, 500
_CALM_PSI = 0.6


def default_gain(known: Property, how: Driving) -> float:
    """Return a gain that shows without being wild: a quarter of a number's range, half a seed."""
    if how != "add" or known.kind == "switch":
        return 1.0
    if known.kind == "latent":
        return _LATENT_SEEDS
    span = known.maximum - known.minimum
    if known.kind == "whole":
        return float(max(1, round(span / 4))) if span <= _FEW else 1.0
    return round(span / 4, 3)


def default_drive(known: Property) -> Drive:
    """Return how a property follows a sound unless one says otherwise."""
    how = drivable(known)[0]
    return Drive(how=how, gain=default_gain(known, how))


def follow(settings: Settings, path: str, drive: Drive) -> Settings:
    """Let a track follow the sound; one without keys gets one at the start, of what is there now.

    An unknown path changes nothing.
    """
    track = settings.timeline.track(path)
    if track is None or not track.keys:
        settings = key_here(settings, path, 0.0)
    return replace(settings, timeline=set_drive(settings.timeline, path, drive))


def dance(settings: Settings, seeds: Sequence[int] = ()) -> Settings:
    """Loop through seeds, faster where it is loud, and let psi jump with the bass.

    Args:
        seeds: () = as many neighbours of the present one as the length asks for.
    """
    if len(seeds) < 2:
        count = round(settings.timeline.duration_secs / _SEED_SECS)
        count = min(max(count, 4), _MOST_SEEDS)
        seeds = neighbouring_seeds(settings.latent.seed, count)
    settings = through_seeds(settings, seeds, interpolation="spline")
    settings = follow(settings, "latent", Drive("level", "travel", 1.0, 0.1))
    psi = Key(number=min(settings.truncation.psi, _CALM_PSI))
    timeline = set_keys(settings.timeline, "truncation.psi", (psi,))
    settings = replace(settings, timeline=timeline)
    return follow(settings, "truncation.psi", Drive("bass", "add", 0.4, 0.03))


def seed_at_each(settings: Settings, times: Sequence[float]) -> Settings:
    """Go to the next seed at each of these times, the first one at the start.

    Args:
        times: seconds of the timeline, in order; those outside of it are left out.
    """
    inside = [time for time in times if 0.05 < time < settings.timeline.duration_secs]
    beats = [0.0, *inside[:_MOST_BEATS]]
    seeds = neighbouring_seeds(settings.latent.seed, len(beats))
    keys = tuple(
        Key(time, latent=seed_latent(seed), easing="cubic in")
        for time, seed in zip(beats, seeds, strict=True)
    )
    timeline = remove_track(settings.timeline, "latent")
    timeline = replace(timeline, tracks=(Track("latent", keys), *timeline.tracks))
    return replace(settings, timeline=timeline)
