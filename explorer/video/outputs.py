"""Names of videos that are not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.files import numbered
from explorer.video.plan import SUFFIXES, Format


def free_name(folder: Path, stem: str, suffix: str, taken: Sequence[Path] = ()) -> str:
    """Return a name that no file in the folder has, and that is not in `taken`."""
    names = numbered(stem, suffix)
    return next(n for n in names if not (folder / n).exists() and folder / n not in taken)


def suffix_of(wanted: Format) -> str:
    """Return the end of the name of a video's file: ".mp4"; "" for a folder of PNGs."""
    return next(suffix for suffix, kind in SUFFIXES.items() if kind == wanted)
