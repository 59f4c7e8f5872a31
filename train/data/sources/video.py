"""Frames of a video, decoded by the ffmpeg that imageio-ffmpeg brings along."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
from numpy.typing import NDArray

from train.data.choices import ImportChoices
from train.data.parallel import ordered_map
from train.data.sources.base import Entry, Payload, Source, spread
from train.errors import DataError

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".flv")
# Playlists and the like would make ffmpeg open other files and addresses.
_CONTAINERS = "mov,mp4,m4a,matroska,webm,avi,mpeg,mpegvideo,mpegts,asf,flv,ogg"
_MAX_FRAME_BYTES = 3 * 16384 * 16384
Result = TypeVar("Result")


class VideoSource(Source):
    """The frames of one video.

    `map` decodes it once from the beginning; `read` seeks, which takes a moment.
    """

    channels = 3

    def __init__(self, path: Path, choices: ImportChoices) -> None:
        self._path = path
        self._fps = choices.fps
        self.title = path.name
        frames, secs = _count_frames(path)
        if choices.fps is not None:
            frames = max(round(secs * choices.fps), 1)
        self._numbers = spread(frames, choices.max_images)
        digits = max(len(str(frames)), 5)
        self.entries = [Entry(f"frame{number:0{digits}d}.png") for number in self._numbers]
        self._secs_per_frame = secs / frames if frames else 0.0
        self.notes = (f"A video of {secs:.1f} s: {frames:,} frames",)

    def read(self, index: int) -> Payload:
        start = max(self._numbers[index] - 0.5, 0) * self._secs_per_frame
        for frame in self._frames(["-ss", f"{start:.4f}"], ["-frames:v", "1"]):
            return frame
        raise DataError("is not in the video: it ends before")

    def map(
        self,
        work: Callable[[int, Callable[[], Payload]], Result],
        indices: Sequence[int],
        threads: int | None = None,
    ) -> Generator[Result]:
        """See Source; what the video's last seconds lack is passed over."""
        wanted = {self._numbers[index]: index for index in indices}

        def frames() -> Iterator[tuple[int, Payload]]:
            rate = [] if self._fps is None else ["-vf", f"fps={self._fps:g}"]
            keep = ["-fps_mode", "passthrough"] if self._fps is None else []
            last = max(wanted, default=-1)
            for number, frame in enumerate(self._frames([], rate + keep)):
                if number > last:
                    return
                if number in wanted:
                    yield wanted[number], frame

        def run(item: tuple[int, Payload]) -> Result:
            return work(item[0], lambda: item[1])

        return ordered_map(run, frames(), threads)

    def _frames(self, before: Sequence[str], after: Sequence[str]) -> Iterator[NDArray[np.uint8]]:
        command = [*_ffmpeg(), *before, *_input(self._path), "-map", "0:v:0", *after]
        command += ["-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
            assert process.stdout is not None
            finished = False
            try:
                while (frame := _read_ppm(process.stdout)) is not None:
                    yield frame
                finished = True
            finally:
                process.stdout.close()
                if not finished:
                    process.kill()
                code = process.wait()
            if code != 0:
                errors.seek(0)
                raise DataError(f"{self.title} cannot be decoded: {_last_line(errors.read())}")


def _count_frames(path: Path) -> tuple[int, float]:
    """Return (frames, seconds) without decoding; raises DataError."""
    command = [*_ffmpeg("info"), "-stats", *_input(path), "-map", "0:v:0", "-c", "copy"]
    done = subprocess.run(
        [*command, "-f", "null", "-"], stdin=subprocess.DEVNULL, capture_output=True
    )
    text = done.stderr.decode("utf-8", "replace")
    counts = re.findall(r"frame=\s*(\d+)", text)
    rate = re.search(r"Video: .*?([\d.]+) fps", text)
    if done.returncode != 0 or not counts or int(counts[-1]) == 0:
        raise DataError(f"{path.name} holds no video that can be read: {_last_line(done.stderr)}")
    frames = int(counts[-1])
    per_sec = float(rate[1]) if rate is not None else 0.0
    return frames, frames / (per_sec if per_sec > 0 else 25.0)


def _ffmpeg(verbosity: str = "error") -> list[str]:
    import imageio_ffmpeg

    return [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", verbosity]


def _input(path: Path) -> list[str]:
    bounds = ["-protocol_whitelist", "file,pipe", "-format_whitelist", _CONTAINERS]
    return [*bounds, "-i", f"file:{path}"]


def _read_ppm(stream: IO[bytes]) -> NDArray[np.uint8] | None:
    """Read one P6 picture as ffmpeg writes it; None at the end."""
    if stream.readline(8) != b"P6\n":
        return None
    width, height = map(int, stream.readline(32).split())
    stream.readline(8)
    count = width * height * 3
    if count > _MAX_FRAME_BYTES:
        raise DataError(f"The video's frames are too large: {width} x {height}")
    data = stream.read(count)
    if len(data) < count:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _last_line(stderr: bytes) -> str:
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "ffmpeg says no more"
