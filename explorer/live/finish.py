"""From the file that grew to the one that was asked for, and those that nobody finished."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

from explorer.errors import UserError
from explorer.live.part_file import claimed, free_output, output_of
from explorer.live_state import RecordingFormat
from explorer.video.encode import GIF_WORDS, QUIET, failure, ffmpeg, palette_words
from explorer.video.plan import VideoOptions
from networks.atomic import sync_folder

SETTLED_SECS = 3.0  # a file that grows is written to twice a second
_LOOKS = 3


def finish(part: Path) -> Path:
    """Make the file that `part` was to become, and remove `part`; return where it is.

    What cannot be made because a disk is full or ffmpeg fails stays as it grew, under a name that
    nobody takes for unfinished: every player plays that, too. Raises UserError or OSError if there
    is not one frame in it; then `part` stays where it is.
    """
    wanted = output_of(part)
    assert wanted is not None
    out = wanted
    if wanted.exists():
        out = free_output(wanted.parent, wanted.stem, _kind(wanted))
    made = _made(out)
    try:
        _convert(part, made, gif=out.suffix == ".gif")
        with open(made, "rb") as file:
            os.fsync(file.fileno())
        os.replace(made, out)
        part.unlink(missing_ok=True)
    except (OSError, UserError):
        if not _plays(part):
            raise
        if out.suffix == ".gif":
            out = free_output(out.parent, out.stem, "mp4")
        os.replace(part, out)
    finally:
        with contextlib.suppress(OSError):
            made.unlink()
    sync_folder(out.parent)
    return out


def finish_all(folder: Path, wait: Callable[[float], None] = time.sleep) -> Iterator[Path]:
    """Finish what grew in a folder when its program was killed; yields the files.

    What another window records or finishes is left to it. What ffmpeg still wrote to a moment ago
    is waited for: it outlives its program by that.
    """
    for _ in range(_LOOKS):
        growing = False
        for part in _parts(folder):
            if _fresh(part):
                growing = True
                continue
            try:
                claim = claimed(part)
            except OSError:
                continue
            if claim is None:
                continue
            with claim:
                try:
                    out = finish(part)
                except (OSError, UserError):
                    continue  # not one frame is in it
            yield out
        if not growing:
            return
        wait(SETTLED_SECS)


def _parts(folder: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [folder / name for name in names if output_of(folder / name) is not None]


def _fresh(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < SETTLED_SECS
    except OSError:
        return False


def _made(out: Path) -> Path:
    return out.with_name(f".{out.name}.part")


def _kind(out: Path) -> RecordingFormat:
    return next(kind for kind in get_args(RecordingFormat) if out.suffix == f".{kind}")


def _convert(part: Path, out: Path, *, gif: bool) -> None:
    source = ["-i", f"file:{part}"]
    if not gif:
        webm = part.suffix == ".webm"
        container = ["-f", "webm"] if webm else ["-movflags", "+faststart", "-f", "mp4"]
        _run([*source, "-map", "0:v:0", "-c", "copy", *container], out)
        return
    with tempfile.TemporaryDirectory() as folder:
        palette = Path(folder) / "palette.png"
        _run([*source, *palette_words(VideoOptions(format="gif"))], palette)
        _run([*source, "-i", f"file:{palette}", *GIF_WORDS], out)


def _plays(part: Path) -> bool:
    try:
        subprocess.run(
            [ffmpeg(), *QUIET, "-i", f"file:{part}", "-frames:v", "1", "-f", "null", "-"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _run(words: list[str], out: Path) -> None:
    done = subprocess.run(
        [ffmpeg(), *QUIET, *words, f"file:{out}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        raise failure(done.stderr.decode("utf-8", "replace"), done.returncode)
