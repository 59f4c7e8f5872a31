"""`video`: frame-exact videos of a session's timeline, or of a recipe with a model."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from explorer.arrays import ArrayStore
from explorer.cli.progress import time_text
from explorer.cli.render_options import (
    add_picture_options,
    settings_with,
    take_negative_values,
)
from explorer.cli.video_options import RECIPES, fill_timeline, grid_of, video_options
from explorer.cli.video_sound import add_sound_options, with_drives, with_sound_file
from explorer.errors import UserError
from explorer.session import session_to_json
from explorer.session_files import read_session_file
from explorer.settings import Settings
from explorer.snapshots import snapshots_of
from explorer.timeline.model import Interpolation, Space
from explorer.video import launcher
from explorer.video.outputs import free_name, suffix_of
from explorer.video.plan import SUFFIXES, Filter, Format, VideoJob, format_of
from explorer.video.status import JobStatus, read_status
from explorer.view_state import CanvasView

if TYPE_CHECKING:
    from explorer.render.model_library import LoadedModel

HELP = (
    "Make a video of a session's timeline, or of a recipe: .mp4 (H.264), .webm (VP9), .gif, or a "
    "folder of PNGs. Ctrl-C keeps the finished frames; --resume goes on from there."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    take_negative_values(parser)
    add = parser.add_argument
    add(
        "--session", metavar="FILE", action="append",
        help="a session, or a PNG that carries one: its timeline; several: one video each",
    )  # fmt: skip
    add("--model", metavar="FILE", action="append", help="a model; several: one per grid cell")
    add("--out", metavar="F", help="F.mp4, F.webm, F.gif, or a new folder for PNGs; of several "
        "sessions the folder of their videos")  # fmt: skip
    add("--format", choices=get_args(Format), help="of several sessions (default mp4)")
    add("--resume", metavar="JOB", nargs="?", const="", help="go on with a job; alone: the newest")
    add("--background", action="store_true", help="queue it, and return at once")

    moves = parser.add_argument_group("what moves")
    add = moves.add_argument
    add("--recipe", action="append", choices=RECIPES, help="fills the timeline; may be repeated")
    add("--seeds", metavar="LIST", help="such as 0-7 or 3,8,5; with a grid each cell has its share")
    add("--seconds", type=float, help="length of one way through the timeline (default 10)")
    add("--interpolation", choices=get_args(Interpolation), help="between seeds (default smooth)")
    add("--space", choices=get_args(Space), help="straight in w (default), or on the sphere of z")
    add("--run", help="a training run: its snapshots are what --recipe timelapse shows")
    add("--every", type=int, default=1, metavar="N", help="every N-th snapshot, and the last one")
    add("--steps", type=int, help="places of --recipe walk (default 6)")
    add("--radius", type=float, help="of circle (default 0.5) and orbit (default 0.1)")
    playing = moves.add_mutually_exclusive_group()
    for name, text in (
        ("loop", "the end goes on to the start"),
        ("mirror", "there and back"),
        ("once", "from the first keys to the last ones"),
    ):
        playing.add_argument(
            f"--{name}", dest="playing", action="store_const", const=name, help=text
        )
    add("--start", type=float, metavar="SECS", help="begin here (default 0)")
    add("--end", type=float, metavar="SECS", help="end before this time (default: all)")

    add_sound_options(parser.add_argument_group("what follows a sound").add_argument)

    shown = parser.add_argument_group("what is shown")
    add = shown.add_argument
    add_picture_options(add)
    add("--grid", metavar="WxH", help="cells of one video, such as 4x2 (default 1x1)")
    add("--device", help="auto, cpu, cuda, cuda:1, mps (default auto)")
    add("--threads", type=int, help="threads of each frame; frames are then made one at a time")

    made = parser.add_argument_group("the file")
    add = made.add_argument
    add("--fps", type=float, help="frames per second; 29.97 is 30000/1001 (default 30)")
    add("--size", metavar="WxH", help="pixels of the frame: 512x512, 512x, x512; "
        "auto enlarges small ones to 512 or more")  # fmt: skip
    add("--scale", type=float, help="times the size the model makes (default 1)")
    add("--filter", choices=get_args(Filter), help="how pixels are scaled (default lanczos)")
    add("--quality", type=int, help="0 to 100 (default 75)")
    add("--crf", type=int, help="instead of --quality: 0 to 51 (mp4), 0 to 63 (webm)")
    add("--bits", type=int, choices=(8, 16), help="of PNGs; 16 come from the float picture")
    add("--caption", metavar="LIST", help="below the picture: time,seed,psi,model")
    add("--audio", metavar="FILE", help="a sound file heard instead of the timeline's own")


def run(arguments: argparse.Namespace) -> int:
    """Make or continue videos; return the exit code."""
    if arguments.resume is not None:
        folder = Path(arguments.resume) if arguments.resume else _newest()
        launcher.read_job(folder)
        folders = [folder]
    else:
        jobs = launcher.checked(_job(each) for each in _each(arguments))
        folders = [launcher.make_job(job) for job in jobs]
    if arguments.background:
        for folder in folders:
            launcher.resume(folder)
            print(folder)
        return 0
    worst = 0
    for number, folder in enumerate(folders):
        code = _follow(folder)
        if code == 130:
            for later in folders[number + 1 :]:
                print(f"  python main.py video --resume {later}", file=sys.stderr)
            return code
        worst = worst or code
    return worst


def _each(arguments: argparse.Namespace) -> list[argparse.Namespace]:
    """Return the arguments of every video: several sessions are several videos."""
    sessions = arguments.session or []
    if len(sessions) < 2:
        if arguments.format and arguments.out and format_of(arguments.out) != arguments.format:
            raise UserError(
                f"--format {arguments.format} and --out {arguments.out} are different formats"
            )
        return [_with(arguments, session=next(iter(sessions), None))]
    if not arguments.out:
        raise UserError("Say where the videos go: --out FOLDER")
    folder, suffix = Path(arguments.out), suffix_of(arguments.format or "mp4")
    if folder.suffix in SUFFIXES and folder.suffix:
        raise UserError(
            f"--out {arguments.out} must be a folder: {len(sessions)} sessions are as many videos"
        )
    taken: list[Path] = []
    for session in sessions:
        taken.append(folder / free_name(folder, Path(session).stem, suffix, taken))
    return [
        _with(arguments, session=session, out=str(out))
        for session, out in zip(sessions, taken, strict=True)
    ]


def _with(arguments: argparse.Namespace, **changes: Any) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(arguments), **changes})


def _job(arguments: argparse.Namespace) -> VideoJob:
    if not arguments.out:
        raise UserError("Say where the video goes: --out F.mp4, F.webm, F.gif or a folder")
    if arguments.session is None and not arguments.model and not arguments.run:
        raise UserError("Say what to show: --session FILE, or --model FILE with --seeds LIST")
    if arguments.session is not None and arguments.seeds is not None and not arguments.recipe:
        raise UserError("--seeds: the session's timeline says what is shown; add --recipe seeds")
    options = video_options(arguments)
    grid_of(arguments)
    if arguments.run and not arguments.model and arguments.session is None:
        arguments = _with(arguments, model=[str(snapshots_of(Path(arguments.run))[-1])])
    from explorer.cli.render_inputs import load_named, model_places
    from explorer.render.torch_engine import TorchEngine

    arrays = ArrayStore()
    session = read_session_file(arguments.session, arrays) if arguments.session else None
    places = tuple(map(os.path.abspath, model_places(arguments.session)))
    engine = TorchEngine(arrays, lambda: places)
    paths = arguments.model or [None]
    loaded: list[LoadedModel] = [load_named(engine, path, session) for path in paths]
    base = session.settings if session is not None else Settings()
    info = loaded[0].info
    settings = settings_with(replace(base, model=loaded[0].ref), arguments, info)
    settings = with_sound_file(settings, arguments, arrays)
    settings, options = fill_timeline(settings, options, arguments, info)
    settings = with_drives(settings, arguments)
    if len(loaded) > 1:
        options = replace(options, cells="models", models=tuple(each.ref for each in loaded))
    recorded = session.recorded if session is not None else None
    if recorded is not None:
        kept = {"threads": arguments.threads, "device": arguments.device}
        recorded = {name: value for name, value in recorded.items() if kept.get(name) is None}
    text = session_to_json(settings, CanvasView(), arrays, keep_paths=True, recorded=recorded)
    return VideoJob(text, os.path.abspath(arguments.out), options, places)


def _newest() -> Path:
    for row in launcher.jobs():
        if row.status.state in ("new", "stopped", "crashed", "failed"):
            return row.folder
    raise UserError("There is no video to go on with; see `python main.py video --help`")


def _follow(folder: Path) -> int:
    """Work on a job here and say how far it is; Ctrl-C leaves it as it is."""
    from explorer.video.worker import work

    output = launcher.read_job(folder).output
    code = work(folder, _Line())
    status = read_status(folder)
    if status.state == "finished":
        launcher.delete(folder)
        print(output)
        return 0
    if status.state == "stopped":
        print("Stopped; this goes on from here:", file=sys.stderr)
        print(f"  python main.py video --resume {folder}", file=sys.stderr)
        return 130
    if status.state == "failed":
        print(status.reason, file=sys.stderr)
    return code


class _Line:
    """One line that renews itself on a terminal, few lines elsewhere."""

    _EVERY_SECS = 5.0
    _EVERY_TERMINAL_SECS = 0.1

    def __init__(self) -> None:
        self._next = 0.0
        self._state = ""
        self._terminal = sys.stderr.isatty()

    def __call__(self, status: JobStatus) -> None:
        import time

        words = {"rendering": "Rendering", "encoding": "Encoding"}
        ended = status.state not in words
        if ended and self._terminal and self._state:
            sys.stderr.write("\n")
        if ended or status.done == 0:
            return
        last, now = status.done >= status.total, time.monotonic()
        if not last and status.state == self._state and now < self._next:
            return
        self._state = status.state
        self._next = now + (self._EVERY_TERMINAL_SECS if self._terminal else self._EVERY_SECS)
        text = f"{words[status.state]} frame {status.done}/{status.total}"
        if not last and status.eta_secs is not None:
            text += f", about {time_text(status.eta_secs)} left"
        sys.stderr.write(f"\r{text}\x1b[K" if self._terminal else text + "\n")
        sys.stderr.flush()
