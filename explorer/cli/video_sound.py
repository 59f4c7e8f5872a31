"""`video --sound` and `--drive`: the sound of the timeline, and the tracks that follow it."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import replace

from explorer.arrays import ArrayStore
from explorer.cli.render_options import OptionError
from explorer.settings import Settings
from explorer.sound.files import read_sound
from explorer.timeline.drives import default_gain, follow
from explorer.timeline.edit import checked_drive, set_duration
from explorer.timeline.evaluate import drivable
from explorer.timeline.model import CURVES, Drive, Driving
from explorer.timeline.properties import Property, properties_of, property_of

_FORM = "PATH:CURVE[:HOW[:GAIN[:SMOOTH_MS[:DELAY_MS]]]] such as truncation.psi:bass:add:0.3"


def add_sound_options(add: Callable[..., object]) -> None:
    """Declare the options with an argument group's `add_argument`."""
    add("--sound", metavar="FILE", help="the sound that is followed and heard; sets the length")
    add("--sound-from", type=float, metavar="SECS", help="what is heard at the start (default 0)")
    add(
        "--drive", action="append", metavar="PATH:CURVE",
        help=f"lets something follow the sound: {_FORM}; curves: {', '.join(CURVES)}; "
        "ways: add, along, travel; may be repeated",
    )  # fmt: skip
    add("--no-audio", action="store_true", help="follow the sound, but leave it out of the file")


def with_sound_file(
    settings: Settings, arguments: argparse.Namespace, arrays: ArrayStore
) -> Settings:
    """Return settings with the sound asked for; its curves go into `arrays`.

    Without --seconds and without a session the timeline becomes as long as the sound. Raises
    SoundError, and OptionError for options that need a sound.
    """
    timeline, start = settings.timeline, arguments.sound_from
    sound = timeline.sound
    if arguments.sound:
        print(f"Listening to {arguments.sound}", file=sys.stderr)
        sound, note = read_sound(arguments.sound, arrays)
        if note:
            print(note, file=sys.stderr)
    if sound is None:
        for option, given in (("--sound-from", start is not None), ("--drive", arguments.drive)):
            if given:
                raise OptionError(f"{option} needs a sound; add --sound FILE")
        return settings
    if start is not None:
        if not 0 <= start < sound.duration_secs:
            raise OptionError(
                f"--sound-from must be 0 to {sound.duration_secs:.2f}, the sound's end, got "
                f"{start:g}"
            )
        sound = replace(sound, offset_secs=start)
    timeline = replace(timeline, sound=sound)
    if arguments.sound and arguments.seconds is None and arguments.session is None:
        timeline = set_duration(timeline, round(sound.duration_secs - sound.offset_secs, 2))
    return replace(settings, timeline=timeline)


def with_drives(settings: Settings, arguments: argparse.Namespace) -> Settings:
    """Return settings whose tracks follow the sound as --drive says; raises OptionError."""
    for text in arguments.drive or ():
        path, drive = drive_of(text, settings)
        settings = follow(settings, path, drive)
    return settings


def drive_of(text: str, settings: Settings) -> tuple[str, Drive]:
    """Read "truncation.psi:bass:add:0.3:50:-20"; raises OptionError with what can be said."""
    words = [word.strip() for word in text.split(":")]
    if not 2 <= len(words) <= 6:
        raise OptionError(f"--drive must be {_FORM}, got {text}")
    path, curve, *rest = words
    known = property_of(path)
    if known is None:
        names = ", ".join(each.path for each in properties_of(settings))
        raise OptionError(f"--drive: nothing is called {path}; there are {names}")
    if curve not in CURVES:
        raise OptionError(f"--drive {path}: the curve must be {', '.join(CURVES)}, got {curve}")
    how = _way(known, rest[0] if rest else "")
    numbers = [_number(path, word) for word in rest[1:]]
    gain = numbers[0] if numbers else default_gain(known, how)
    drive = Drive(CURVES[CURVES.index(curve)], how, gain)
    if len(numbers) > 1:
        drive = replace(drive, smoothing_secs=numbers[1] / 1000)
    if len(numbers) > 2:
        drive = replace(drive, delay_secs=numbers[2] / 1000)
    if checked_drive(drive) != drive:
        raise OptionError(f"--drive {text}: smoothing is 0 to 10000 ms, delay -10000 to 10000 ms")
    return path, drive


def _way(known: Property, word: str) -> Driving:
    ways = drivable(known)
    if not word:
        return ways[0]
    for way in ways:
        if way == word:
            return way
    raise OptionError(f"--drive {known.path}: the way must be {', '.join(ways)}, got {word}")


def _number(path: str, word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise OptionError(f"--drive {path}: {word or 'nothing'} is not a number")
    return number
