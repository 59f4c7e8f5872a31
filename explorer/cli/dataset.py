"""`dataset SOURCE OUT.zip`: pictures of any kind as a data set to train on."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.progress import Progress, time_text
from explorer.errors import UserError

if TYPE_CHECKING:
    from train.data.parallel import ImportProgress
    from train.data.report import Report

HELP = (
    "Look at pictures, say what is wrong with which, and write those that can be used as a data "
    "set to train on: a zip of square PNGs and dataset.json. SOURCE is a folder, a zip, a video, "
    "an array (.npy, .npz), CIFAR's tar.gz, MNIST's idx files, or one of the demonstration sets "
    "demo:toon-head, demo:cc0 and demo:mnist."
)
_SHOWN_PER_PROBLEM = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("source", metavar="SOURCE", help="where the pictures are, or demo:NAME")
    add("out", metavar="OUT.zip", nargs="?", help="the file to write; not with --doctor-only")
    add("--resolution", type=int, metavar="PX", help="a power of two (default: what fits best)")
    add("--crop", default="centre", metavar="HOW", help="centre, fit, wide or stretch")
    add("--filter", default="lanczos", metavar="NAME", help="lanczos or box, for resizing")
    add("--channels", default="auto", help="auto, grey, rgb or rgba (default auto)")
    add("--background", default="ffffff", metavar="RRGGBB", help="behind transparency and in bars")
    add("--aspect", type=float, default=16 / 9, help="width / height for --crop wide (16:9)")
    add("--labels", default="auto", help="auto, none, folders or json (default auto)")
    add("--max-images", type=int, metavar="N", help="at most so many, spread over the source")
    add("--fps", type=float, help="frames per second of a video (default: all frames)")
    add("--count", type=int, metavar="N", help="pictures of a demonstration set")
    add("--keep-duplicates", action="store_true", help="use pictures that are there twice twice")
    add("--drop-near-duplicates", action="store_true", help="leave out what looks like another")
    add("--threads", type=int, help="default: one per core")
    add("--doctor-only", action="store_true", help="only say what is wrong; write nothing")
    add("--json", action="store_true", help="the doctor's report as JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Examine and write; return the exit code."""
    from train.data.choices import ImportChoices
    from train.data.doctor import examine
    from train.data.sources import open_source
    from train.data.writer import write_dataset

    out = Path(arguments.out) if arguments.out is not None else None
    if out is None and not arguments.doctor_only:
        raise UserError("Name the file to write, such as pictures.zip, or say --doctor-only")
    if arguments.threads is not None and arguments.threads < 1:
        raise UserError(f"--threads must be at least 1, got {arguments.threads}")
    choices = ImportChoices(
        resolution=arguments.resolution,
        crop="centre" if arguments.crop == "center" else arguments.crop,
        filter=arguments.filter,
        channels=arguments.channels,
        labels=arguments.labels,
        background=_colour(arguments.background),
        aspect=arguments.aspect,
        max_images=arguments.max_images,
        fps=arguments.fps,
        keep_duplicates=arguments.keep_duplicates,
        keep_near_duplicates=not arguments.drop_near_duplicates,
    )
    shown = _Shown()
    threads = arguments.threads
    with open_source(arguments.source, choices, count=arguments.count) as source:
        report = examine(source, choices, on_progress=shown, threads=threads)
        if arguments.json:
            print(json.dumps(report.to_json(), indent=1))
        else:
            print("\n".join(report_lines(report)))
        if out is None or arguments.doctor_only:
            return 0
        written = write_dataset(source, report, choices, out, on_progress=shown, threads=threads)
    print(
        f"{out}: {written.count:,} pictures, {written.bytes / 2**20:,.1f} MB, "
        f"in {time_text(written.secs)}",
        file=sys.stderr,
    )
    return 0


def report_lines(report: Report) -> list[str]:
    """Return the doctor's report for people."""
    from train.data.choices import CHANNEL_NAMES
    from train.data.report import PROBLEMS

    lines = [
        f"{report.source}: {report.usable:,} of {report.total:,} pictures will be used, "
        f"{report.resolution} x {report.resolution}, {CHANNEL_NAMES[report.channels]}"
    ]
    for problem, found in report.grouped().items():
        lines.append(f"  {PROBLEMS[problem]}: {len(found):,}")
        lines += [f"    {item.sentence}" for item in found[:_SHOWN_PER_PROBLEM]]
        if len(found) > _SHOWN_PER_PROBLEM:
            lines.append(f"    and {len(found) - _SHOWN_PER_PROBLEM:,} more")
    if report.sizes:
        bands = ", ".join(f"{band.label} {band.count:,}" for band in report.sizes if band.count)
        lines.append(f"  shorter side: {bands}")
    if report.classes:
        classes = ", ".join(f"{item.name} {item.count:,}" for item in report.classes[:20])
        more = f", and {len(report.classes) - 20:,} more" if len(report.classes) > 20 else ""
        lines.append(f"  classes: {classes}{more}")
    return [*lines, *(f"  {note}" for note in report.notes)]


class _Shown:
    """Shows an import's progress on stderr, one line per stage."""

    def __init__(self) -> None:
        self._stage, self._line = "", Progress("", 1)

    def __call__(self, progress: ImportProgress) -> None:
        if progress.stage != self._stage:
            self._stage, self._line = progress.stage, Progress(progress.stage, progress.total)
        self._line.update(progress.done)


def _colour(text: str) -> tuple[int, int, int]:
    digits = text.removeprefix("#")
    try:
        red, green, blue = bytes.fromhex(digits)
    except ValueError:
        raise UserError(f"--background must be a colour such as ffffff, got {text}") from None
    return red, green, blue
