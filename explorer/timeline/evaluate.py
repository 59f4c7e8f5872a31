"""Settings at a moment: what lies between the keys."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from explorer.arrays import ArrayStore
from explorer.settings import Settings
from explorer.slices import ClassChoice
from explorer.timeline.curves import smoothed
from explorer.timeline.easing import ease
from explorer.timeline.latents import blend
from explorer.timeline.model import SAME_TIME_SECS, Driving, Key, Timeline, Track
from explorer.timeline.properties import CAPTION, Property, property_of


def settings_at(settings: Settings, time: float, arrays: ArrayStore) -> Settings:
    """Return `settings` with every track's property as it is `time` seconds from the start.

    A property without keys, and one of a switched-off track, stays as it is in `settings`. The
    timeline itself comes along, so that the result can be looked at at another time again.

    Args:
        arrays: holds the curves of the timeline's sound.
    """
    timeline = settings.timeline
    time = folded(timeline, time)
    for track in timeline.tracks:
        known = property_of(track.path)
        if known is not None and track.enabled and track.keys:
            key = track_at(track, known, timeline, time, arrays)
            settings = known.write(settings, key)
    return settings


def caption_track(timeline: Timeline) -> Track | None:
    """Return the track of captions if it says anything and is on."""
    track = timeline.track(CAPTION)
    says = track is not None and track.enabled and any(key.text for key in track.keys)
    return track if says else None


def caption_at(settings: Settings, time: float, arrays: ArrayStore) -> str | None:
    """Return what the caption's track says at a time; None where there is none, or it is off."""
    track, known = caption_track(settings.timeline), property_of(CAPTION)
    if track is None or known is None:
        return None
    time = folded(settings.timeline, time)
    if time < track.keys[0].time - SAME_TIME_SECS:
        return ""  # nothing was said yet
    return track_at(track, known, settings.timeline, time, arrays).text


def drive_value(track: Track, timeline: Timeline, time: float, arrays: ArrayStore) -> float:
    """Return gain * curve of a track at a time within the timeline; 0 without sound or drive.

    Of "travel" it is the seconds by which the track's own time is ahead.
    """
    sound, drive = timeline.sound, track.drive
    if sound is None or drive is None:
        return 0.0
    at = time + sound.offset_secs - drive.delay_secs
    curve = smoothed(arrays, sound.curves, drive.curve, drive.smoothing_secs)
    if drive.how == "travel":
        value = curve.until(at) - curve.until(sound.offset_secs - drive.delay_secs)
    else:
        value = curve.at(at)
    # Other processors' last bits of the smoothing are not to move a picture.
    return round(drive.gain * value, 6)


def follows(timeline: Timeline, track: Track) -> Driving | None:
    """Return how the sound moves a track now, or None."""
    known, drive = property_of(track.path), track.drive
    if timeline.sound is None or drive is None or known is None:
        return None
    return drive.how if track.enabled and track.keys and drive.how in drivable(known) else None


def drivable(known: Property) -> tuple[Driving, ...]:
    """Return how a sound can move a property."""
    if known.kind in ("number", "whole", "switch", "latent"):
        return ("add", "along", "travel")
    return ("along", "travel")


def track_at(
    track: Track, known: Property, timeline: Timeline, time: float, arrays: ArrayStore
) -> Key:
    """Return what a track is at a time, with what its drive makes of it."""
    how = follows(timeline, track)
    if how is None:
        return key_at(track, known, timeline, time)
    value = drive_value(track, timeline, time, arrays)
    if how == "along":
        return key_at(track, known, timeline, _along(track, known, value))
    if how == "travel":
        return key_at(track, known, timeline, folded(timeline, time + value))
    return added(key_at(track, known, timeline, time), known, value)


def added(key: Key, known: Property, value: float) -> Key:
    """Return a key with something added to its number, or to its latent's place in seeds."""
    if known.kind != "latent":
        return replace(key, number=key.number + value)
    if key.latent is None or value == 0:
        return key
    return replace(key, latent=replace(key.latent, x=key.latent.x + value))


def _along(track: Track, known: Property, share: float) -> float:
    """Return the time at which a track's keys are `share` of the way from the first to the last."""
    share, keys = min(max(share, 0.0), 1.0), track.keys
    if not known.continuous:
        return keys[min(int(share * len(keys)), len(keys) - 1)].time
    return keys[0].time + share * (keys[-1].time - keys[0].time)


def folded(timeline: Timeline, time: float) -> float:
    """Return the time within the timeline at which a playing time falls."""
    duration = timeline.duration_secs
    if duration <= 0:
        return 0.0
    if timeline.playing == "loop":
        return time % duration
    if timeline.playing == "mirror":
        there = time % (2 * duration)
        return 2 * duration - there if there > duration else there
    return min(max(time, 0.0), duration)


def playing_secs(timeline: Timeline) -> float:
    """Return how long it takes until everything has been seen, in seconds."""
    return timeline.duration_secs * (2 if timeline.playing == "mirror" else 1)


def frame_times(timeline: Timeline, fps: float) -> tuple[float, ...]:
    """Return the times of a video's frames: frame n at n / fps, the first at 0.

    Of a loop, the frame after the last one would be the first again. Otherwise the last frame is
    the end itself, as far as the rate meets it.
    """
    exact = playing_secs(timeline) * fps
    count = max(1, math.floor(exact + 1e-6))
    if timeline.playing == "once" and count > 1:
        count += 1
    return tuple(n / fps for n in range(count))


def key_at(track: Track, known: Property, timeline: Timeline, time: float) -> Key:
    """Return a key with the track's value at a time within the timeline."""
    keys, period = track.keys, timeline.duration_secs
    loops = timeline.playing == "loop" and known.continuous and len(keys) > 1
    index = bisect_right([key.time for key in keys], time) - 1
    if not loops and (index < 0 or index == len(keys) - 1):
        return keys[max(index, 0)]
    around = [_wrapped(keys, index + i, period, loops) for i in (-1, 0, 1, 2)]
    start, end = around[1], around[2]
    if not known.continuous or start.interpolation == "hold":
        return start
    length = end.time - start.time
    u = ease(start.easing, (time - start.time) / length) if length > 0 else 1.0
    if u == 0:
        return start
    if start.interpolation == "smooth":
        u = u * u * (3 - 2 * u)
    weights = (0.0, 1 - u, u, 0.0)
    if start.interpolation == "spline":
        weights = spline_weights([key.time for key in around], u)
    return _mixed(known, around, weights, start)


def spline_weights(times: Sequence[float], u: float) -> tuple[float, float, float, float]:
    """Return the weights of four neighbouring values at the share u between the middle ones.

    A cubic Hermite spline whose slopes are differences of the neighbours over their times; at an
    end, where the neighbour is the end itself, the slope is that of the segment. The sum is 1.
    """
    length = times[2] - times[1]
    h1, h0 = u * u * (3 - 2 * u), 1 - u * u * (3 - 2 * u)
    s0, s1 = u * (1 - u) ** 2, -u * u * (1 - u)
    before = length / (times[2] - times[0])
    after = length / (times[3] - times[1])
    weights = [0.0, h0, h1, 0.0]
    weights[2] += s0 * before
    weights[0] -= s0 * before
    weights[3] += s1 * after
    weights[1] -= s1 * after
    if times[0] == times[1]:
        weights[1], weights[0] = weights[1] + weights[0], 0.0
    if times[3] == times[2]:
        weights[2], weights[3] = weights[2] + weights[3], 0.0
    return (weights[0], weights[1], weights[2], weights[3])


def _wrapped(keys: Sequence[Key], index: int, period: float, loops: bool) -> Key:
    """Return key `index` of a track that repeats itself, or that stays at its ends."""
    if not loops:
        return keys[min(max(index, 0), len(keys) - 1)]
    rounds, place = divmod(index, len(keys))
    key = keys[place]
    return replace(key, time=key.time + rounds * period)


def _mixed(known: Property, around: Sequence[Key], weights: Sequence[float], start: Key) -> Key:
    pairs = [(key, weight) for key, weight in zip(around, weights, strict=True) if weight != 0]
    if known.kind == "latent":
        latents = [key.latent for key, _ in pairs if key.latent is not None]
        if len(latents) < len(pairs):
            return start
        space = "w" if start.interpolation == "spline" else start.space
        return replace(start, latent=blend(latents, [weight for _, weight in pairs], space))
    if known.kind == "classes":
        return replace(start, classes=_blended_classes(pairs) or start.classes)
    return replace(start, number=sum(key.number * weight for key, weight in pairs))


def _blended_classes(pairs: Sequence[tuple[Key, float]]) -> ClassChoice | None:
    """Return the classes' weights, averaged; None where a class drawn by the seed is among them."""
    shares: dict[int, float] = {}
    for key, weight in pairs:
        classes = key.classes
        if classes is None or classes.mode != "blend":
            return None
        total = sum(share for _, share in classes.weights) or 1.0
        for index, share in classes.weights:
            shares[index] = shares.get(index, 0.0) + weight * share / total
    kept = tuple((index, share) for index, share in sorted(shares.items()) if share > 1e-9)
    return ClassChoice("blend", kept or ((0, 1.0),))
