"""From a job's frames to its output: sizes, captions, and the file or folder itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from explorer.arrays import ArrayStore
from explorer.settings import Latent, Settings
from explorer.timeline.evaluate import caption_at, settings_at
from explorer.video import png_frames
from explorer.video.encode import encode
from explorer.video.frames import frame_path
from explorer.video.pixels import Pixels, as_rgb, final_size, fitted_to, strip, strip_rows
from explorer.video.plan import MAX_SIDE_PX, VideoError, VideoOptions, has_caption

Told = Callable[[int], None]  # how many frames are done; may raise, to stop


@dataclass(frozen=True)
class Finish:
    """What is needed besides frames.

    folder:   of frames, one per time.
    settings: whose timeline is played, for captions; `arrays` holds what it refers to.
    """

    folder: Path
    settings: Settings
    arrays: ArrayStore
    times: tuple[float, ...]
    rate: Fraction
    options: VideoOptions


def check_size(width: int, height: int, options: VideoOptions) -> None:
    """Raise VideoError if frames of this size would become too large."""
    wide, high = final_size(width, height, options)
    if max(wide, high) > MAX_SIDE_PX or min(wide, high) < 2:
        raise VideoError(
            f"The video would be {wide}x{high} pixels, but sides must be 2 to {MAX_SIDE_PX}; "
            "change its scale"
        )


def write_output(finish: Finish, out: Path, told: Told) -> None:
    """Write the output, whole or not at all; raises what `encode` does."""
    count = len(finish.times)
    shape = _Shape(finish)
    out.parent.mkdir(parents=True, exist_ok=True)
    if finish.options.format == "png":
        _write_folder(finish, shape, out, told)
        return

    def frames() -> Iterator[np.ndarray]:
        for index in range(count):
            yield shape.shown(index, as_rgb(shape.read(index)))
            told(index + 1)

    encode(frames, count, finish.rate, finish.options, out)


def caption_parts(
    settings: Settings, time: float, options: VideoOptions, arrays: ArrayStore
) -> list[str]:
    """Return what a caption says of a time: "0:03.20", "seed 12", "psi 0.70", "network-000200".

    Behind them comes what the timeline's caption track says then.
    """
    now = settings_at(settings, time, arrays)
    models = options.models if options.cells == "models" else (now.model,)
    hundredths = int(time * 100 + 1e-6)
    said = {
        "time": f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}",
        "seed": f"seed {_seed(now.latent)}",
        "psi": f"psi {now.truncation.psi:.2f}",
        "model": ", ".join(Path(model.name).stem for model in models if model is not None),
    }
    text = caption_at(settings, time, arrays)
    return [said[part] for part in options.caption] + ([text] if text else [])


def _seed(latent: Latent) -> int:
    """Return the seed a latent is made of; of a blend, that of its largest part."""
    if not latent.blend:
        return latent.seed
    part = max(latent.blend, key=lambda part: part.weight)
    return Latent(x=part.x, y=part.y).seed


class _Shape:
    """How large everything is: all frames of a video have one size, that of the largest."""

    def __init__(self, finish: Finish) -> None:
        self._finish = finish
        options, count = finish.options, len(finish.times)
        sizes = [png_frames.size_of(frame_path(finish.folder, n)) for n in range(count)]
        self._natural = (max(w for w, _ in sizes), max(h for _, h in sizes))
        check_size(*self._natural, options)
        self._size = final_size(*self._natural, options)
        captioned = has_caption(finish.settings.timeline, options.caption)
        self.as_rendered = set(sizes) == {self._size} and not captioned
        self._lines = [
            caption_parts(finish.settings, time, options, finish.arrays) if captioned else []
            for time in finish.times
        ]
        self._rows = 0
        if captioned:
            self._rows = max(strip_rows(lines, *self._size) for lines in self._lines)

    def read(self, index: int) -> Pixels:
        path = frame_path(self._finish.folder, index)
        return png_frames.decode(path.read_bytes(), path.name)

    def shown(self, index: int, pixels: Pixels) -> Pixels:
        """Return a frame as large as all are, with its caption."""
        pixels = fitted_to(pixels, *self._size, self._finish.options.filter)
        if not self._rows:
            return pixels
        rgb = as_rgb(pixels)
        below = strip(self._lines[index], *self._size, self._rows).astype(rgb.dtype)
        return np.concatenate([rgb, below * (257 if rgb.dtype == np.uint16 else 1)], 0)


def _write_folder(finish: Finish, shape: _Shape, out: Path, told: Told) -> None:
    partial = out.with_name(f".{out.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        for index in range(len(finish.times)):
            source, target = frame_path(finish.folder, index), frame_path(partial, index)
            if shape.as_rendered:
                shutil.copyfile(source, target)
            else:
                pixels = shape.shown(index, shape.read(index))
                target.write_bytes(png_frames.encode(pixels, level=6))
            told(index + 1)
        if out.is_dir():
            out.rmdir()  # an empty one, as check_job saw; not every system replaces it
        os.replace(partial, out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
