"""Keys, tracks and the timeline as frozen values; the session holds them beside the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from explorer.slices import ClassChoice, Latent, ModelRef
from explorer.timeline.easing import Easing

Interpolation = Literal["hold", "linear", "smooth", "spline"]
Space = Literal["w", "z"]
Playing = Literal["once", "loop", "mirror"]

MIN_FPS, MAX_FPS = 1.0, 240.0
MIN_SECS, MAX_SECS = 1 / MAX_FPS, 24 * 3600.0
SAME_TIME_SECS = 1e-4  # keys of a track nearer than this are one


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
class Track:
    """The keys of one property, in the order of their times; no two at one time."""

    path: str  # of explorer.timeline.properties: "truncation.psi"
    keys: tuple[Key, ...] = ()
    enabled: bool = True


@dataclass(frozen=True)
class Timeline:
    """Everything that moves.

    playing: "once" stops at the end; "loop" goes on from the last keys to the first ones, so that
             the frame behind the last one is the first; "mirror" goes there and back.
    models:  those that keys of the model's track name.
    """

    tracks: tuple[Track, ...] = ()
    duration_secs: float = 10.0
    fps: float = 30.0
    playing: Playing = "loop"
    models: tuple[ModelRef, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether nothing moves."""
        return not any(track.keys for track in self.tracks)

    def track(self, path: str) -> Track | None:
        """Return the track of a property, or None."""
        return next((track for track in self.tracks if track.path == path), None)
