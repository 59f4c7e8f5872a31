"""Keys, tracks and the timeline as frozen values; the session holds them beside the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from explorer.slices import ArrayRef, ClassChoice, Latent, ModelRef
from explorer.timeline.easing import Easing

Interpolation = Literal["hold", "linear", "smooth", "spline"]
Space = Literal["w", "z"]
Playing = Literal["once", "loop", "mirror"]
Curve = Literal["level", "bass", "middle", "treble", "onset"]
Driving = Literal["add", "along", "travel"]

CURVES: tuple[Curve, ...] = get_args(Curve)  # the rows of Sound.curves
MIN_FPS, MAX_FPS = 1.0, 240.0
MIN_SECS, MAX_SECS = 1 / MAX_FPS, 24 * 3600.0
SAME_TIME_SECS = 1e-4  # keys of a track nearer than this are one
CURVES_HZ = 60.0  # values of a sound's curves per second
MAX_SOUND_SECS = 1080.0  # of a sound, as much is looked at
MAX_GAIN, MAX_SMOOTHING_SECS, MAX_DELAY_SECS = 1e6, 10.0, 10.0


@dataclass(frozen=True)
class Key:
    """What a track is at one moment, and how it goes on from there to the next key.

    Of the values, the one of the track's kind counts.

    time:          seconds from the start, >= 0.
    interpolation: "hold" keeps the value, "linear" goes straight, "smooth" starts and ends at rest
                   (3 u^2 - 2 u^3), "spline" passes through all keys without a corner.
    easing:        how the way is shared out over the time; "none" = evenly.
    space:         latents only: "w" goes straight in w, "z" on the sphere of z, as far as both ends
                   are seeds.
    """

    time: float = 0.0
    number: float = 0.0  # of numbers, whole numbers and switches (0, 1)
    text: str = ""  # of choices; of models the SHA-256
    latent: Latent | None = None
    classes: ClassChoice | None = None
    interpolation: Interpolation = "smooth"
    easing: Easing = "none"
    space: Space = "w"


@dataclass(frozen=True)
class Drive:
    """How the timeline's sound moves a track that has keys.

    curve:          which of the sound's curves, 0..1.
    how:            "add" to a number, or to a latent's place in seeds, what the keys say plus
                    gain * curve; "along": gain * curve says how far from the first key to the last
                    one; "travel": at full level the track's own time runs `gain` seconds further
                    each second, 0 at silence adds nothing.
    smoothing_secs: standard deviation of the Gaussian the curve is smoothed with, >= 0.
    delay_secs:     how much later than the sound it acts; negative = earlier.
    """

    curve: Curve = "level"
    how: Driving = "add"
    gain: float = 1.0
    smoothing_secs: float = 0.05
    delay_secs: float = 0.0


@dataclass(frozen=True)
class Track:
    """The keys of one property, in the order of their times; no two at one time."""

    path: str  # of explorer.timeline.properties: "truncation.psi"
    keys: tuple[Key, ...] = ()
    enabled: bool = True
    drive: Drive | None = None


@dataclass(frozen=True)
class Sound:
    """A sound file and what was heard in it; the curves travel with the session, the file does not.

    curves:        float32 [len(CURVES), n], 0..1, CURVES_HZ values per second from the file's
                   start.
    duration_secs: of the file, also where the curves end before it.
    offset_secs:   of the file, what is heard at the timeline's start; >= 0.
    """

    curves: ArrayRef
    name: str = ""
    path: str = ""  # last known place; "" where it was left out
    sha256: str = ""  # of the whole file, lower-case hex
    duration_secs: float = 0.0
    offset_secs: float = 0.0


@dataclass(frozen=True)
class Timeline:
    """Everything that moves.

    playing: "once" stops at the end; "loop" goes on from the last keys to the first ones, so that
             the frame behind the last one is the first; "mirror" goes there and back.
    models:  those that keys of the model's track name.
    sound:   what tracks with a drive follow, and what is heard in videos.
    """

    tracks: tuple[Track, ...] = ()
    duration_secs: float = 10.0
    fps: float = 30.0
    playing: Playing = "loop"
    models: tuple[ModelRef, ...] = field(default=())
    sound: Sound | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing moves."""
        return not any(track.keys for track in self.tracks)

    def track(self, path: str) -> Track | None:
        """Return the track of a property, or None."""
        return next((track for track in self.tracks if track.path == path), None)
