"""The file that grows while something is recorded: playable at every moment, whatever is killed.

`name.mp4` grows as `name.mp4.recording.mp4`: H.264 in fragments of half a second, or VP9. ffmpeg
ends it well when its standard input closes, also because this process is gone.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from explorer.files import numbered
from explorer.live_state import RecordingFormat
from explorer.video.encode import (
    QUIET,
    TAGS,
    TO_BT709,
    Frame,
    crf_of,
    failure,
    ffmpeg,
    from_pipe,
)
from explorer.video.plan import VideoOptions

_MARK = ".recording"
_FRAGMENT_US = 500_000
_KEY_SECS = 2
# Frames in their order and none held back: little is lost when ffmpeg is killed, too.
_H264 = ("-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-bf", "0")
_VP9 = ("-c:v", "libvpx-vp9", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "8",
        "-row-mt", "1", "-lag-in-frames", "0")  # fmt: skip


def part_of(out: Path) -> Path:
    """Return where `out` grows. What becomes a GIF is H.264 until its colours are known."""
    inner = ".webm" if out.suffix == ".webm" else ".mp4"
    return out.with_name(f"{out.name}{_MARK}{inner}")


def output_of(part: Path) -> Path | None:
    """Return what a growing file was to become; None if it is none."""
    stem, mark, inner = part.name.rpartition(_MARK)
    return part.with_name(stem) if mark and inner in (".mp4", ".webm") and stem else None


def free_output(folder: Path, stem: str, kind: RecordingFormat) -> Path:
    """Return a path that neither a recording nor anything else has: stem, stem-2, stem-3, ..."""
    outs = (folder / name for name in numbered(stem, f".{kind}"))
    return next(out for out in outs if not out.exists() and not part_of(out).exists())


def claimed(part: Path) -> IO[bytes] | None:
    """Open a growing file and make it this process's until it is closed; None = another's.

    Windows keeps files that are written to from being renamed and removed; elsewhere a lock says
    so, which goes with its process. A file system without locks refuses nothing.
    """
    file = open(part, "ab")  # noqa: SIM115 (whoever claims it closes it)
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        except OSError:
            pass
    return file


class PartFile:
    """ffmpeg, writing frames of one size into a file that nobody else may finish until `free`.

    Args:
        path: as `part_of` names it.
        rate: of the frames.
    """

    def __init__(self, path: Path, width: int, height: int, rate: Fraction) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.size = path, (width, height)
        command = [ffmpeg(), *QUIET, *from_pipe(width, height, rate), *_words(path, rate)]
        self._claim = claimed(path)
        self._said: Any = tempfile.TemporaryFile()  # noqa: SIM115 (end closes it)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            **_apart(),
        )

    def write(self, frame: Frame) -> None:
        """Add a frame; raises VideoError or OSError with what ffmpeg said when it ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame.data)
        except (BrokenPipeError, OSError):
            self.end()
            raise failure("", self._process.returncode) from None  # it ended, and well

    def free(self) -> None:
        """Let others have the file: it is finished, or never will be by this process."""
        if self._claim is not None:
            self._claim.close()

    def end(self) -> None:
        """Close the file; raises VideoError or OSError if it could not be written."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        code = self._process.wait()
        if self._said.closed:
            return
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace")
        self._said.close()
        if code != 0:
            raise failure(said, code)


def _words(path: Path, rate: Fraction) -> list[str]:
    keys = ["-g", str(max(1, round(rate * _KEY_SECS)))]
    words = ["-vf", TO_BT709, *TAGS, *keys]
    if path.suffix == ".webm":
        crf = crf_of(VideoOptions(format="webm"))
        words += [*_VP9, "-crf", str(crf), "-f", "webm", "-cluster_time_limit", "500"]
    else:
        crf = crf_of(VideoOptions(format="mp4"))
        words += [*_H264, "-crf", str(crf), "-f", "mp4"]
        words += ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
        words += ["-frag_duration", str(_FRAGMENT_US)]
    return [*words, "-flush_packets", "1", f"file:{path}"]


def _apart() -> dict[str, Any]:
    """Ctrl-C in the terminal is for us: ffmpeg ends when we close its input."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
