"""Frames to a file, by the ffmpeg that imageio-ffmpeg brings along.

H.264 and VP9 are 4:2:0 in limited range by the matrix of BT.709, and say so, since players guess
otherwise. H.264 has even sides only: a frame of odd width or height gets its last column or row
twice, so that nothing is cut off or scaled.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.video.plan import VideoError, VideoOptions

TO_BT709 = (
    "scale=in_range=full:out_range=limited:out_color_matrix=bt709"
    ":flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p"
    ",setparams=range=limited:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
)
TAGS = (
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
    "-color_range", "tv",
)  # fmt: skip

QUIET = ("-hide_banner", "-nostdin", "-v", "error", "-y")
GIF_WORDS = (  # frames are the first input, their palette is the second
    "-lavfi", "[0:v][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle",
    "-loop", "0", "-gifflags", "-transdiff", "-f", "gif",
)  # fmt: skip

Frame = NDArray[np.uint8]  # [H, W, 3]
Frames = Callable[[], Iterator[Frame]]  # may be called twice: palettes are made first


def encode(frames: Frames, count: int, rate: Fraction, options: VideoOptions, out: Path) -> None:
    """Write `count` equally large frames to `out`, which exists afterwards, whole or not at all.

    Raises VideoError with ffmpeg's last words, OSError, and whatever `frames` raises.
    """
    partial = out.with_name(f".{out.name}.part")  # of one that was killed, too
    try:
        if options.format == "gif":
            _encode_gif(frames, rate, options, partial)
        else:
            even = options.format == "mp4"
            shown = (even_sides(frame) for frame in frames()) if even else frames()
            _run(shown, rate, _arguments(options, rate, count), partial)
        with open(partial, "rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, out)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def crf_of(options: VideoOptions) -> int:
    """Return the constant rate factor of a quality: 0..100 is 39..3 (H.264), 60..12 (VP9)."""
    if options.crf is not None:
        return options.crf
    worst, best = (39, 3) if options.format == "mp4" else (60, 12)
    return round(worst + (best - worst) * options.quality / 100)


def colours_of(options: VideoOptions) -> int:
    """Return how many colours a GIF's palette has: 16..256, all from quality 75 on."""
    return min(256, 16 + round(options.quality * 3.2))


def _arguments(options: VideoOptions, rate: Fraction, count: int) -> tuple[list[str], list[str]]:
    """Return ffmpeg's arguments (between the frames and the output, further inputs)."""
    crf = str(crf_of(options))
    if options.format == "mp4":
        words = ["-c:v", "libx264", "-preset", "medium", "-crf", crf, "-f", "mp4"]
        words += ["-movflags", "+faststart"]
        sound = ["-c:a", "aac", "-b:a", "192k"]
    else:
        words = ["-c:v", "libvpx-vp9", "-crf", crf, "-b:v", "0", "-row-mt", "1"]
        words += ["-deadline", "good", "-cpu-used", "3", "-f", "webm"]
        sound = ["-c:a", "libopus", "-b:a", "160k"]
    words = ["-vf", TO_BT709, *TAGS, *words, "-map", "0:v:0"]
    if not options.audio:
        return words, []
    from_secs = options.start_secs + options.audio_from_secs
    # Cut where it is decoded: seeking in a file is exact in few formats. Silence behind its end.
    cut = f"atrim=start={from_secs:.6f},asetpts=PTS-STARTPTS,apad"
    words += ["-map", "1:a:0", "-af", cut, *sound, "-t", f"{float(count / rate):.6f}"]
    return words, ["-i", f"file:{options.audio}"]


def _encode_gif(frames: Frames, rate: Fraction, options: VideoOptions, out: Path) -> None:
    """Make one palette of all frames, then the frames with it; no colour is spent on nothing."""
    with tempfile.TemporaryDirectory() as folder:
        palette = Path(folder) / "palette.png"
        _run(frames(), rate, (palette_words(options), []), palette)
        _run(frames(), rate, (GIF_WORDS, ["-i", f"file:{palette}"]), out)


def palette_words(options: VideoOptions) -> list[str]:
    """Return what ffmpeg needs to make a PNG of the colours of all frames."""
    colours = f"palettegen=max_colors={colours_of(options)}:reserve_transparent=0"
    words = ["-vf", f"{colours}:stats_mode=full", "-frames:v", "1", "-update", "1"]
    return [*words, "-c:v", "png", "-f", "image2"]


def _run(
    frames: Iterable[Frame], rate: Fraction, words: tuple[Sequence[str], Sequence[str]], out: Path
) -> None:
    after, inputs = words
    source = iter(frames)
    first = next(source)
    height, width = first.shape[:2]
    command = [ffmpeg(), *QUIET, *from_pipe(width, height, rate)]
    command += [*inputs, *after, f"file:{out}"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
        )
        assert process.stdin is not None
        fed = False
        try:
            with contextlib.suppress(BrokenPipeError):  # its exit code says why
                process.stdin.write(np.ascontiguousarray(first))
                for frame in source:
                    process.stdin.write(np.ascontiguousarray(frame))
                process.stdin.close()
            fed = True
        finally:
            if not fed:
                process.kill()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            code = process.wait()
        if code != 0:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")
            raise failure(said, code)


def from_pipe(width: int, height: int, rate: Fraction) -> list[str]:
    """Return what ffmpeg needs to read frames of RGB from its standard input."""
    words = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{width}x{height}"]
    return [*words, "-framerate", f"{rate.numerator}/{rate.denominator}", "-i", "pipe:0"]


def failure(said: str, code: int) -> Exception:
    """Return what to raise for ffmpeg's last words and its exit code."""
    if "No space left on device" in said:
        import errno

        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else f"it ended with code {code}"
    return VideoError(f"The video could not be written, ffmpeg says: {last}")


def ffmpeg() -> str:
    """Return the path of ffmpeg; raises VideoError if there is none."""
    try:
        import imageio_ffmpeg

        return imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        raise VideoError(
            "There is no ffmpeg for this system; install one, or export a folder of PNGs"
        ) from None


def even_sides(frame: Frame) -> Frame:
    """Return a frame of even sides: an odd one gets its last column or row twice."""
    height, width = frame.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return frame
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
