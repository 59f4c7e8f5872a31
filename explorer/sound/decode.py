"""Sound files to samples, by the ffmpeg that imageio-ffmpeg brings along: any format it reads."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.errors import UserError
from explorer.model_files import file_stamp
from explorer.timeline.model import CURVES_HZ, MAX_SOUND_SECS

RATE = int(400 * CURVES_HZ)  # samples per second: a whole number for each value of a curve
_SILENT = 1e-4  # -80 dB: below it there is only noise
_SHORT_SECS = 1.0  # a file that ends this much before it says is damaged
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")


class SoundError(UserError):
    """A sound file cannot be used; the text says which and why."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """The sound of a file, as far as it is looked at.

    samples:       float32 [n], mono, RATE per second, -1..1 (a few formats go beyond).
    duration_secs: of the whole file.
    note:          a sentence if not all of it is used; "" otherwise.
    """

    samples: NDArray[np.float32]
    duration_secs: float
    note: str = ""


def decode(path: str | Path) -> Decoded:
    """Decode the first MAX_SOUND_SECS of a file's first sound track, its channels mixed.

    Raises SoundError for a file that is missing, empty, damaged, silent, or without sound.
    """
    path = Path(path)
    _check_there(path)
    data, said = _run(path, ["-ac", "1"])
    samples = np.frombuffer(data, "<f4")
    if _is_silent(samples):  # channels may be each other's opposite
        samples = np.frombuffer(_run(path, ["-af", "pan=mono|c0=c0"])[0], "<f4")
    if len(samples) == 0:
        raise SoundError(f"{path.name} has no sound in it that could be decoded; choose another")
    if _is_silent(samples):
        raise SoundError(f"{path.name} is silent, so it can move nothing; choose another sound")
    samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    secs, claimed = len(samples) / RATE, _claimed_secs(said)
    if secs >= MAX_SOUND_SECS - 1e-3:
        longer = claimed > MAX_SOUND_SECS + _SHORT_SECS
        note = f"Of {path.name} the first {MAX_SOUND_SECS / 60:g} minutes are used"
        return Decoded(samples, max(claimed, secs), note if longer else "")
    if claimed > secs + _SHORT_SECS:
        note = f"{path.name} is damaged after {secs:.1f} s; what lies before is used"
        return Decoded(samples, secs, note)
    return Decoded(samples, secs)


def decode_stereo(path: str | Path, rate: int) -> NDArray[np.int16]:
    """Return what is heard of a file: int16 [n, 2], `rate` per second; raises SoundError."""
    path = Path(path)
    _check_there(path)
    arguments = ["-ac", "2", "-ar", str(rate), "-f", "s16le"]
    return np.frombuffer(_run(path, arguments)[0], "<i2").reshape(-1, 2)


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, lower-case hex; raises OSError.

    Remembered while its time and size stay the same: Export asks after each edit.
    """
    path = os.path.abspath(path)
    return _sha256(path, *file_stamp(path))


@lru_cache(maxsize=8)
def _sha256(path: str, _changed_secs: float, _size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise SoundError(f"There is no sound file {path}; choose another one")
    if path.stat().st_size == 0:
        raise SoundError(f"{path.name} is empty: the file has 0 bytes; choose another one")


def _is_silent(samples: NDArray[np.float32]) -> bool:
    return len(samples) == 0 or not np.nanmax(np.abs(samples)) > _SILENT


def _run(path: Path, arguments: Sequence[str]) -> tuple[bytes, str]:
    """Return ffmpeg's output and what it said; a file may name no other place than itself."""
    from explorer.video.encode import ffmpeg

    command = [ffmpeg(), "-hide_banner", "-nostdin", "-nostats", "-protocol_whitelist", "file,pipe"]
    command += ["-i", f"file:{path}", "-map", "0:a:0", "-t", f"{MAX_SOUND_SECS:g}"]
    if "-ar" not in arguments:
        arguments = [*arguments, "-ar", str(RATE), "-f", "f32le"]
    with tempfile.TemporaryFile() as errors:
        made = subprocess.run([*command, *arguments, "pipe:1"], stdout=subprocess.PIPE,
                              stderr=errors, check=False)  # fmt: skip
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
    if made.returncode != 0 and "matches no streams" in said:
        raise SoundError(f"{path.name} has no sound in it; choose a sound file")
    if made.returncode != 0 and not made.stdout:
        raise SoundError(f"{path.name} is damaged, or of a kind that cannot be read; try another")
    return made.stdout, said


def _claimed_secs(said: str) -> float:
    """Return how long a file says it is, in seconds; 0 = it does not say."""
    match = _DURATION.search(said)
    return 0.0 if match is None else int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
