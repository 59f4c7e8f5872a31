"""Changes to a timeline: each returns a new one. Keys are named by path and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from explorer.settings import Settings
from explorer.slices import ModelRef
from explorer.timeline.evaluate import added, follows
from explorer.timeline.model import (
    MAX_DELAY_SECS,
    MAX_FPS,
    MAX_GAIN,
    MAX_SECS,
    MAX_SMOOTHING_SECS,
    MIN_FPS,
    MIN_SECS,
    SAME_TIME_SECS,
    Drive,
    Key,
    Sound,
    Timeline,
    Track,
)
from explorer.timeline.properties import properties_of, property_of

DrivenBy = Mapping[str, float]  # what the sound adds, by path
NOTHING: DrivenBy = MappingProxyType({})


@dataclass(frozen=True, order=True)
class KeyName:
    """Which key: of which track, at which time (seconds)."""

    path: str
    time: float


@dataclass(frozen=True)
class CopiedKey:
    """A key in the clipboard; key.time counts from the first key copied."""

    path: str
    key: Key


def put_key(timeline: Timeline, path: str, key: Key) -> Timeline:
    """Add a key, or replace the one at its time; the track is made where there is none."""
    key = replace(key, time=min(max(key.time, 0.0), MAX_SECS))
    track = timeline.track(path)
    others = () if track is None else track.keys
    kept = [other for other in others if not same_time(other.time, key.time)]
    keys = tuple(sorted((*kept, key), key=lambda each: each.time))
    if track is None:
        return replace(timeline, tracks=(*timeline.tracks, Track(path, keys)))
    return _with_track(timeline, replace(track, keys=keys))


def key_here(settings: Settings, path: str, time: float, driven: float = 0.0) -> Settings:
    """Add a key at `time` that holds what the property is now. An unknown path changes nothing.

    A key that is there already keeps how it goes on to the next.

    Args:
        driven: what the sound has added to the property; the key is without it, so that the picture
                stays as it is.
    """
    known = property_of(path)
    if known is None:
        return settings
    timeline, value = settings.timeline, known.read(settings)
    value = added(value, known, -driven) if driven else value
    before = _neighbour(timeline.track(path), time)
    if before is not None:
        value = replace(
            value, interpolation=before.interpolation, easing=before.easing, space=before.space
        )
        if known.kind == "text":
            value = replace(value, text=before.text if before.time <= time else "")
    timeline = put_key(timeline, path, replace(value, time=time))
    return replace(settings, timeline=_with_models(timeline, settings.model))


def key_everything(settings: Settings, time: float, driven: DrivenBy = NOTHING) -> Settings:
    """Add a key at `time` for every property that can be animated and has meaning here.

    Args:
        driven: as key_moving has it.
    """
    for known in properties_of(settings):
        if known.kind != "model" or len(settings.timeline.models) > 1:
            settings = _key_unless_led(settings, known.path, time, driven)
    return settings


def key_moving(settings: Settings, time: float, driven: DrivenBy = NOTHING) -> Settings:
    """Add a key at `time` for every property that has a track.

    Tracks whose time the sound leads get none: what is shown belongs to another time of theirs.

    Args:
        driven: by path, what the sound has added to the property.
    """
    for track in settings.timeline.tracks:
        settings = _key_unless_led(settings, track.path, time, driven)
    return settings


def is_led(timeline: Timeline, path: str) -> bool:
    """Whether the sound chooses the time at which a track's keys are looked at."""
    track = timeline.track(path)
    return track is not None and follows(timeline, track) in ("along", "travel")


def _key_unless_led(settings: Settings, path: str, time: float, driven: DrivenBy) -> Settings:
    if is_led(settings.timeline, path):
        return settings
    return key_here(settings, path, time, driven.get(path, 0.0))


def remove_keys(timeline: Timeline, names: Iterable[KeyName]) -> Timeline:
    """Take keys out; tracks stay, empty or not."""
    gone = _by_path(names)
    tracks = [
        replace(
            track,
            keys=tuple(
                key
                for key in track.keys
                if not any(same_time(key.time, time) for time in gone.get(track.path, ()))
            ),
        )
        for track in timeline.tracks
    ]
    return replace(timeline, tracks=tuple(tracks))


def remove_track(timeline: Timeline, path: str) -> Timeline:
    """Take a track out with its keys."""
    return replace(timeline, tracks=tuple(t for t in timeline.tracks if t.path != path))


def set_keys(timeline: Timeline, path: str, keys: Sequence[Key]) -> Timeline:
    """Put a track of these keys, in the order of their times, behind the others, in place of its
    old one."""
    timeline = remove_track(timeline, path)
    return replace(timeline, tracks=(*timeline.tracks, Track(path, tuple(keys))))


def move_keys(
    timeline: Timeline, names: Sequence[KeyName], by_secs: float
) -> tuple[Timeline, tuple[KeyName, ...]]:
    """Move keys together, not beyond the start; those they land on are replaced.

    Returns the timeline and the names of the moved keys.
    """
    if not names:
        return timeline, ()
    by_secs = max(by_secs, -min(name.time for name in names))
    moved = keys_named(timeline, names)
    timeline = remove_keys(timeline, names)
    for name, key in moved:
        timeline = put_key(timeline, name.path, replace(key, time=key.time + by_secs))
    return timeline, tuple(KeyName(name.path, key.time + by_secs) for name, key in moved)


def change_keys(
    timeline: Timeline, names: Iterable[KeyName], change: Callable[[Key], Key]
) -> Timeline:
    """Replace keys by what `change` makes of them; their times stay."""
    for name, key in keys_named(timeline, names):
        timeline = put_key(timeline, name.path, replace(change(key), time=key.time))
    return timeline


def keys_named(timeline: Timeline, names: Iterable[KeyName]) -> list[tuple[KeyName, Key]]:
    """Return the keys of those names that there are."""
    found: list[tuple[KeyName, Key]] = []
    for name in names:
        track = timeline.track(name.path)
        keys = () if track is None else track.keys
        found += [(name, key) for key in keys if same_time(key.time, name.time)]
    return found


def copy_keys(timeline: Timeline, names: Iterable[KeyName]) -> tuple[CopiedKey, ...]:
    """Return keys for paste_keys."""
    found = keys_named(timeline, names)
    first = min((key.time for _, key in found), default=0.0)
    return tuple(CopiedKey(n.path, replace(key, time=key.time - first)) for n, key in found)


def paste_keys(
    timeline: Timeline, copied: Iterable[CopiedKey], time: float
) -> tuple[Timeline, tuple[KeyName, ...]]:
    """Add copied keys, the first at `time`; returns the timeline and the names of the new keys."""
    names: list[KeyName] = []
    for each in copied:
        key = replace(each.key, time=each.key.time + time)
        timeline = put_key(timeline, each.path, key)
        names.append(KeyName(each.path, key.time))
    return timeline, tuple(names)


def set_duration(timeline: Timeline, secs: float) -> Timeline:
    """Change the length; keys stay where they are, also behind the end."""
    return replace(timeline, duration_secs=min(max(secs, MIN_SECS), MAX_SECS))


def stretch(timeline: Timeline, secs: float) -> Timeline:
    """Change the length and the times of all keys with it."""
    secs = min(max(secs, MIN_SECS), MAX_SECS)
    factor = secs / timeline.duration_secs
    tracks = [
        replace(track, keys=tuple(replace(key, time=key.time * factor) for key in track.keys))
        for track in timeline.tracks
    ]
    return replace(timeline, tracks=tuple(tracks), duration_secs=secs)


def checked(timeline: Timeline) -> Timeline:
    """Return a timeline from elsewhere with keys in order and every number within its bounds."""
    tracks: dict[str, Track] = {}
    for track in timeline.tracks:
        drive = None if track.drive is None else checked_drive(track.drive)
        whole = Timeline((Track(track.path, (), track.enabled, drive),))
        for key in track.keys:
            whole = put_key(whole, track.path, key)
        tracks.setdefault(track.path, whole.tracks[0])
    fps = min(max(timeline.fps, MIN_FPS), MAX_FPS)
    heard = timeline.sound
    if heard is not None:
        offset = min(max(heard.offset_secs, 0.0), MAX_SECS)
        heard = replace(heard, offset_secs=offset)
    timeline = replace(timeline, tracks=tuple(tracks.values()), fps=fps, sound=heard)
    return set_duration(timeline, timeline.duration_secs)


def checked_drive(drive: Drive) -> Drive:
    """Return a drive with every number within its bounds."""
    return replace(
        drive,
        gain=min(max(drive.gain, -MAX_GAIN), MAX_GAIN),
        smoothing_secs=min(max(drive.smoothing_secs, 0.0), MAX_SMOOTHING_SECS),
        delay_secs=min(max(drive.delay_secs, -MAX_DELAY_SECS), MAX_DELAY_SECS),
    )


def set_drive(timeline: Timeline, path: str, drive: Drive | None) -> Timeline:
    """Let the sound move a track that has keys, or (None) no more."""
    track = timeline.track(path)
    if track is None or not track.keys:
        return timeline
    drive = None if drive is None else checked_drive(drive)
    return _with_track(timeline, replace(track, drive=drive))


def set_sound(timeline: Timeline, sound: Sound) -> Timeline:
    """Take a sound as the timeline's; one in which nothing moves yet becomes as long."""
    if timeline.empty:
        timeline = set_duration(timeline, round(sound.duration_secs, 2))
    return replace(timeline, sound=sound)


def snapped(time: float, fps: float, others: Iterable[float] = (), reach_secs: float = 0) -> float:
    """Return the time of the nearest other key within reach, else of the nearest frame."""
    near = min(others, key=lambda other: abs(other - time), default=None)
    if near is not None and abs(near - time) <= reach_secs:
        return near
    return round(time * fps) / fps if fps > 0 else time


def same_time(a: float, b: float) -> bool:
    """Whether two times are one key's."""
    return abs(a - b) < SAME_TIME_SECS


def _neighbour(track: Track | None, time: float) -> Key | None:
    """Return the key at or before `time`, else the first one."""
    if track is None or not track.keys:
        return None
    before = [key for key in track.keys if key.time <= time + SAME_TIME_SECS]
    return before[-1] if before else track.keys[0]


def _by_path(names: Iterable[KeyName]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for name in names:
        times.setdefault(name.path, []).append(name.time)
    return times


def _with_track(timeline: Timeline, track: Track) -> Timeline:
    tracks = tuple(track if other.path == track.path else other for other in timeline.tracks)
    return replace(timeline, tracks=tracks)


def _with_models(timeline: Timeline, model: ModelRef | None) -> Timeline:
    if model is None or any(model.sha256 == other.sha256 for other in timeline.models):
        return timeline
    return replace(timeline, models=(*timeline.models, model))
