"""What a video is to be, as frozen values that a job's folder keeps as JSON; no torch."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

from explorer.arrays import ArrayStore
from explorer.codec import from_plain, to_plain
from explorer.errors import UserError
from explorer.session import Session, SessionError, session_from_json
from explorer.settings import Settings
from explorer.slices import ModelRef
from explorer.sound.files import find_sound
from explorer.timeline.evaluate import caption_track, frame_times, playing_secs
from explorer.timeline.model import MAX_FPS, MAX_SECS, MIN_FPS, Timeline

Format = Literal["mp4", "webm", "gif", "png"]
Filter = Literal["nearest", "lanczos"]
Cells = Literal["seeds", "models"]
Caption = Literal["time", "seed", "psi", "model"]

FORMAT, VERSION = "latent-explorer-video", 1
SUFFIXES: dict[str, Format] = {".mp4": "mp4", ".webm": "webm", ".gif": "gif", "": "png"}
CAPTIONS: tuple[Caption, ...] = get_args(Caption)
HEARD: tuple[Format, ...] = ("mp4", "webm")  # formats that have sound
MAX_SIDE_PX = 16384
MAX_CELLS_A_SIDE = 16
MAX_FRAMES = 1_000_000
MAX_GIF_FPS = 50.0  # browsers show faster ones at 10
MAX_CRF = {"mp4": 51, "webm": 63}
_NTSC = (24, 30, 48, 60, 120)


class VideoError(UserError):
    """A video cannot be made as asked; the text says what to change."""


@dataclass(frozen=True)
class VideoOptions:
    """How the frames of a timeline become a file.

    format:  "mp4" (H.264), "webm" (VP9), "gif", or "png": a folder of 000000.png and so on.
    bits:    of a channel; 16 for "png" only, and then from the float picture.
    fps:     frames per second; None = the timeline's. 23.976, 29.97, 59.94 and 119.88 mean
             24000/1001 and so on, exactly.
    width, height: pixels of the whole frame, 2..16384; one alone keeps the shape. None = `scale`.
    scale:   times the size the model makes, 0.05..64.
    at_least: pixels that the shorter side is enlarged to by a whole number, on top of scale; 0 = as
             it is.
    filter:  how pixels are scaled.
    quality: 0..100 of mp4, webm and gif; crf, where given, replaces it: 0..51 (mp4), 0..63 (webm).
    columns, rows: of a grid of cells, each playing the same timeline, 1..16.
    cells:   what differs between cells.
    seed_offsets: of "seeds": what is added to every seed, one number per cell; () = 0, 1, 2, ...
    models:  of "models": one per cell.
    caption: what is written below the picture, beside what the timeline's track of captions says.
    audio:   a sound file, cut to the video's length; "" = the timeline's own, if it has one.
    audio_from_secs: of that file, what is heard at the timeline's start.
    silent:  whether nothing is heard, whatever the timeline has.
    start_secs, end_secs: which part of the timeline, the end excluded; None = all.
    """

    format: Format = "mp4"
    bits: Literal[8, 16] = 8
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    scale: float = 1.0
    at_least: int = 0
    filter: Filter = "lanczos"
    quality: int = 75
    crf: int | None = None
    columns: int = 1
    rows: int = 1
    cells: Cells = "seeds"
    seed_offsets: tuple[float, ...] = ()
    models: tuple[ModelRef, ...] = ()
    caption: tuple[Caption, ...] = ()
    audio: str = ""
    audio_from_secs: float = 0.0
    silent: bool = False
    start_secs: float = 0.0
    end_secs: float | None = None

    @property
    def cell_count(self) -> int:
        return self.columns * self.rows

    @property
    def offsets(self) -> tuple[float, ...]:
        """What is added to the seeds of each cell, row by row."""
        if self.cells == "models":
            return (0.0,) * self.cell_count
        return self.seed_offsets or tuple(map(float, range(self.cell_count)))


@dataclass(frozen=True)
class VideoJob:
    """One video to make.

    session: JSON text of explorer.session, with paths; its timeline is what is played.
    output:  absolute path of the file, or of the folder for "png". A file is replaced once the new
             one is complete; a folder must be new or empty.
    places:  files and folders where models and the sound are looked for, if not where the session
             says.
    """

    session: str
    output: str
    options: VideoOptions = field(default_factory=VideoOptions)
    places: tuple[str, ...] = ()


def format_of(output: str | os.PathLike[str]) -> Format:
    """Return the format that a file name asks for; no suffix = a folder of PNGs."""
    suffix = Path(output).suffix.lower()
    if suffix not in SUFFIXES:
        raise VideoError(
            f"{Path(output).name} must end in .mp4, .webm or .gif, or have no suffix for a folder "
            "of PNGs"
        )
    return SUFFIXES[suffix]


def rate_of(fps: float) -> Fraction:
    """Return the exact rate: 29.97 is 30000/1001."""
    for whole in _NTSC:
        if abs(fps - whole * 1000 / 1001) < 0.005:
            return Fraction(whole * 1000, 1001)
    return Fraction(fps).limit_denominator(1000)


def video_rate(timeline: Timeline, options: VideoOptions) -> Fraction:
    """Return the frames per second of a video, exactly."""
    return rate_of(timeline.fps if options.fps is None else options.fps)


def video_times(timeline: Timeline, options: VideoOptions) -> tuple[float, ...]:
    """Return the time of each frame, in seconds of the timeline's playing time."""
    fps = float(video_rate(timeline, options))
    if options.start_secs == 0 and options.end_secs is None:
        return frame_times(timeline, fps)
    end = playing_secs(timeline) if options.end_secs is None else options.end_secs
    count = max(1, math.floor((end - options.start_secs) * fps + 1e-6))
    return tuple(options.start_secs + n / fps for n in range(count))


def has_caption(timeline: Timeline, facts: Sequence[Caption]) -> bool:
    """Whether anything is written below the pictures: facts that were asked for, or a track."""
    return bool(facts) or caption_track(timeline) is not None


def check_options(options: VideoOptions) -> None:
    """Raise VideoError for a value that no video can have."""
    _check_range("The frame rate", options.fps, MIN_FPS, MAX_FPS, "frames per second")
    if options.format == "gif" and (options.fps or 0) > MAX_GIF_FPS:
        raise VideoError(
            f"A GIF shows at most {MAX_GIF_FPS:g} frames per second, got {options.fps:g}"
        )
    if options.bits == 16 and options.format != "png":
        raise VideoError(f"16 bits are for PNG frames only, not for {options.format}; take 8")
    _check_range("The width", options.width, 2, MAX_SIDE_PX, "pixels")
    _check_range("The height", options.height, 2, MAX_SIDE_PX, "pixels")
    _check_range("The scale", options.scale, 0.05, 64)
    _check_range("The least size", options.at_least, 0, MAX_SIDE_PX, "pixels")
    _check_range("The quality", options.quality, 0, 100)
    if options.crf is not None:
        if options.format not in MAX_CRF:
            raise VideoError(f"A {options.format} has no crf; leave it out")
        _check_range("crf", options.crf, 0, MAX_CRF[options.format])
    _check_grid(options)
    if options.audio and options.format not in HEARD:
        raise VideoError(f"A {options.format} has no sound; take mp4 or webm, or leave it out")
    _check_range("The start", options.start_secs, 0, MAX_SECS, "seconds")
    _check_range("The end", options.end_secs, 0, MAX_SECS, "seconds")
    if options.end_secs is not None and options.end_secs <= options.start_secs:
        raise VideoError(
            f"The end ({options.end_secs:g} s) must lie after the start ({options.start_secs:g} s)"
        )


def check_job(job: VideoJob, arrays: ArrayStore | None = None) -> Session:
    """Return the session of a job; raises VideoError for whatever cannot become a video.

    Args:
        arrays: where the arrays go that it refers to.
    """
    try:
        session = session_from_json(job.session, arrays or ArrayStore())
    except SessionError as error:
        raise VideoError(f"The job's session cannot be used: {error}") from error
    check_video(session.settings, job.options, job.places)
    _check_output(Path(job.output), job.options)
    return session


def check_video(settings: Settings, options: VideoOptions, places: tuple[str, ...] = ()) -> None:
    """Raise VideoError for settings of which no video can be made, wherever it goes.

    Args:
        places: where the timeline's sound is looked for, as VideoJob has them.
    """
    check_options(options)
    timeline = settings.timeline
    if settings.model is None:
        raise VideoError("The session names no model, so there is nothing to show; open one first")
    if timeline.empty:
        raise VideoError("Nothing moves: the timeline has no keys; add some, or take a recipe")
    rate = float(video_rate(timeline, options))
    end = playing_secs(timeline) if options.end_secs is None else options.end_secs
    if (end - options.start_secs) * rate > MAX_FRAMES:
        raise VideoError(f"The video has more than {MAX_FRAMES:,} frames; make it shorter")
    if end <= options.start_secs:
        raise VideoError(
            f"The start ({options.start_secs:g} s) lies behind the timeline's end ({end:g} s)"
        )
    if options.format == "gif" and rate > MAX_GIF_FPS:
        raise VideoError(f"A GIF shows at most {MAX_GIF_FPS:g} frames per second, got {rate:g}")
    audio = with_sound(options, timeline, places).audio
    if audio and not Path(audio).is_file():
        raise VideoError(f"There is no sound file {audio}; choose another one, or leave it out")


def with_sound(
    options: VideoOptions, timeline: Timeline, places: tuple[str, ...] = ()
) -> VideoOptions:
    """Return options whose `audio` is all that is heard: the timeline's own where none is given.

    Raises VideoError if the timeline's sound is not where it was, nor in `places`.
    """
    own = timeline.sound
    if options.audio or options.silent or own is None or options.format not in HEARD:
        return options
    found = find_sound(own, places)
    if found is None:
        raise VideoError(
            f"The timeline's sound {own.path or own.name} was moved or changed; open it again, put "
            "it beside the session, or leave the sound out"
        )
    return replace(options, audio=found, audio_from_secs=own.offset_secs)


def job_to_json(job: VideoJob) -> str:
    """Return the text of job.json."""
    data = {
        "format": FORMAT,
        "version": VERSION,
        "options": to_plain(job.options),
        "output": job.output,
        "places": list(job.places),
        "session": json.loads(job.session),
    }
    return json.dumps(data, indent=1, allow_nan=False)


def job_from_json(text: str) -> VideoJob:
    """Read job.json; raises VideoError if it is not one. check_job says whether it can be made."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise VideoError("The job is not valid JSON: the file is damaged") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise VideoError("The file is JSON but not a video job of this program")
    if data.get("version") != VERSION:
        raise VideoError(
            f"The job has version {data.get('version')!r}, this program reads {VERSION}; export "
            "it again"
        )
    output, places = data.get("output"), data.get("places", [])
    if not isinstance(output, str) or not output:
        raise VideoError("The job does not say where the video goes")
    if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
        raise VideoError("The job's places must be a list of texts")
    try:
        options = from_plain(VideoOptions, data.get("options", {}), "options")
    except ValueError as error:
        raise VideoError(f"The job cannot be read: {error}") from None
    return VideoJob(json.dumps(data.get("session")), output, options, tuple(places))


def _check_grid(options: VideoOptions) -> None:
    _check_range("The grid's columns", options.columns, 1, MAX_CELLS_A_SIDE)
    _check_range("The grid's rows", options.rows, 1, MAX_CELLS_A_SIDE)
    grid = f"a grid of {options.columns}x{options.rows}"
    count = len(options.models)
    if options.cells == "models" and count != options.cell_count:
        raise VideoError(f"There must be {options.cell_count} models for {grid}, got {count}")
    count = len(options.seed_offsets)
    if options.cells == "seeds" and count not in (0, options.cell_count):
        raise VideoError(f"There must be {options.cell_count} seed offsets for {grid}, got {count}")


def _check_output(output: Path, options: VideoOptions) -> None:
    if not output.is_absolute():
        raise VideoError(f"The output {output} must be a whole path, from the root on")
    if options.format != "png":
        if output.is_dir():
            raise VideoError(f"{output} is a folder; name a file in it")
        if SUFFIXES.get(output.suffix.lower()) != options.format:
            raise VideoError(f"{output.name} must end in .{options.format}")
    elif output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise VideoError(f"{output} is there already; name a new folder for the PNGs")


def _check_range(what: str, value: float | None, low: float, high: float, unit: str = "") -> None:
    if value is not None and not low <= value <= high:
        raise VideoError(f"{what} must be {low:g} to {high:g} {unit}".rstrip() + f", got {value:g}")
