"""What lies where in a run's folder; the folder is the only channel between a run and its viewers.

options.json      the configuration, resolved, and what was found out before the start
status.json       state, progress and heartbeat; replaced whole
stats.jsonl       one row per tick
log.txt           what happened, with times
process.txt       what the process printed itself, tracebacks included
control/          requests to the run, as empty files
checkpoints/      checkpoint-<pictures>.safetensors, best.json
snapshots/        network-snapshot-<kimg>.safetensors: models the explorer opens
samples/          reals.png and fakes<kimg>.png, always of the same latents; <kimg> is 000012 or
                  000012.345
reserve           space that is given back when the disk is full, so that status can be written
"""

from __future__ import annotations

import re
from pathlib import Path

from train.detached import numbered_folder

OPTIONS, STATUS, STATS, LOG = "options.json", "status.json", "stats.jsonl", "log.txt"
PROCESS_LOG, RESERVE, FAILURE = "process.txt", "reserve", "failure.json"
CONTROL, CHECKPOINTS, SNAPSHOTS, SAMPLES = "control", "checkpoints", "snapshots", "samples"
BEST = "best.json"
REALS = "reals.png"

_NUMBERED = re.compile(
    r"(?:network-snapshot-|fakes|checkpoint-)(\d+(?:\.\d{3})?)\.(?:safetensors|png)"
)


def checkpoint_name(cur_nimg: int) -> str:
    """Return the file name of a checkpoint after cur_nimg pictures."""
    return f"checkpoint-{cur_nimg:012d}.safetensors"


def snapshot_name(cur_nimg: int) -> str:
    """Return the file name of a snapshot; like other tools' ones, it says kimg.

    The pictures beyond a whole kimg follow a dot, so that none takes the name of another.
    """
    return f"network-snapshot-{_kimg_text(cur_nimg)}.safetensors"


def sample_name(cur_nimg: int) -> str:
    """Return the file name of a sample sheet."""
    return f"fakes{_kimg_text(cur_nimg)}.png"


def _kimg_text(cur_nimg: int) -> str:
    kimg, pictures = divmod(cur_nimg, 1000)
    return f"{kimg:06d}.{pictures:03d}" if pictures else f"{kimg:06d}"


def number_of(name: str) -> float | None:
    """Return the number in a checkpoint's, snapshot's or sheet's file name; None if it is none."""
    match = _NUMBERED.fullmatch(name)
    return float(match[1]) if match else None


def numbered(folder: Path) -> list[tuple[float, Path]]:
    """List (number, path) of a folder's files by number; [] if there are none.

    The number is that of pictures for checkpoints, of kimg for snapshots and sheets.
    """
    try:
        names = sorted(folder.iterdir())
    except OSError:
        return []
    found = [(number_of(path.name), path) for path in names]
    return sorted((number, path) for number, path in found if number is not None)


def new_run_folder(runs: Path, description: str) -> Path:
    """Make the next numbered folder: NNNNN-description."""
    runs.mkdir(parents=True, exist_ok=True)
    text = re.sub(r"[^A-Za-z0-9._-]+", "-", description).strip("-")[:80] or "run"
    folder = numbered_folder(runs, text)
    for part in (CONTROL, CHECKPOINTS, SNAPSHOTS, SAMPLES):
        (folder / part).mkdir()
    return folder
