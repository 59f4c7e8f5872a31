"""A sound file as a value of the timeline, and where the file of such a value is."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from explorer.arrays import ArrayStore
from explorer.timeline.model import Sound

SUFFIXES = (".wav", ".mp3", ".ogg", ".flac", ".m4a", ".opus", ".aac", ".aiff", ".aif")


def read_sound(path: str | Path, arrays: ArrayStore) -> tuple[Sound, str]:
    """Decode and analyse a file; its curves go into `arrays`.

    Returns the sound, and a sentence if not all of the file is used. Raises SoundError or OSError.
    """
    # scipy is slow to import, and the window starts without it.
    from explorer.sound.analyse import analyse
    from explorer.sound.decode import decode, sha256_of

    path = os.path.abspath(path)
    decoded = decode(path)
    curves = arrays.add(analyse(decoded.samples))
    name = os.path.basename(path)
    return Sound(curves, name, path, sha256_of(path), decoded.duration_secs), decoded.note


def find_sound(sound: Sound, places: Iterable[str] = ()) -> str | None:
    """Return where the file of a sound is, or None.

    Looked at are its last known place, then files of its name in `places`, which are folders, or
    files whose folders are meant. Only a file with the same content is it.
    """
    from explorer.sound.decode import sha256_of

    folders = [place if os.path.isdir(place) else os.path.dirname(place) for place in places]
    tried = [sound.path] if sound.path else []
    if sound.name:
        name = os.path.basename(sound.name)  # a session may come from a stranger
        tried += [os.path.join(folder, name) for folder in folders]
    for path in dict.fromkeys(tried):
        if os.path.isfile(path) and sha256_of(path) == sound.sha256:
            return os.path.abspath(path)
    return None
