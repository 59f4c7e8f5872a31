"""`monitor [RUNS ...]`: a window that watches training runs."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from explorer.display import HEADLESS, check_display
from explorer.errors import DisplayError, UserError
from explorer.userdirs import config_dir

HELP = (
    "Watch training runs in a window of its own: progress, curves, samples, alarms. It does not "
    "disturb them, goes on when the explorer is closed, and may watch a shared disk."
)
DEFAULT = "runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "runs", nargs="*", metavar="RUNS", help=f"folders of runs, or single runs ({DEFAULT})"
    )
    parser.add_argument("--scale", type=float, help="size of text and controls, 0.75 to 3")
    parser.add_argument(
        "--background", action="store_true", help="open the window, and return at once"
    )
    # For tests and pictures.
    parser.add_argument("--screenshot", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--exit-after", type=float, metavar="SECS", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Show the window until it is closed."""
    from train.monitor.memory import SCALES

    scale = arguments.scale
    if scale is not None and not SCALES[0] <= scale <= SCALES[-1]:
        raise UserError(f"--scale must be in [{SCALES[0]:g}, {SCALES[-1]:g}], got {scale:g}")
    folders = [Path(name) for name in arguments.runs or [DEFAULT]]
    for folder in folders if arguments.runs else []:
        if not folder.is_dir():
            raise UserError(f"{folder} is not a folder; give folders of runs, or single runs")
    # Dear PyGui ends the process where no window can open, and has no platform in memory.
    problem = check_display({k: v for k, v in os.environ.items() if k != HEADLESS})
    if problem is not None:
        raise DisplayError(problem)
    if arguments.background:
        from train.monitor.launch import start_monitor

        start_monitor(folders, [] if scale is None else ["--scale", f"{scale:g}"])
        return 0
    _show(folders, arguments)
    return 0


def _show(folders: list[Path], arguments: argparse.Namespace) -> None:
    from train.monitor import memory
    from train.monitor.model import MonitorModel
    from train.monitor.view.window import Ending, Window

    file = config_dir() / "monitor.json"
    kept = memory.load(file)
    if arguments.scale is not None:
        kept = memory.rescaled(kept, arguments.scale)
    picture = arguments.screenshot
    ending = Ending(None if picture is None else Path(picture), arguments.exit_after)
    Window(MonitorModel(folders, kept.choice), kept, file).run(ending)
