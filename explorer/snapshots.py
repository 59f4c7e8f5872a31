"""The snapshots of a training run as models of a timeline; no torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.errors import UserError
from explorer.model_files import ModelFiles
from explorer.slices import ModelRef
from train import runs


def snapshots_of(run: Path) -> list[Path]:
    """List a run's snapshots, oldest first. Raises UserError where there are fewer than two."""
    found = [path for _, path in runs.list_snapshots(run)]
    if len(found) < 2:
        count = "1 snapshot" if found else "no snapshots"
        raise UserError(f"{run.resolve().name} has {count}, and a time-lapse needs two or more")
    return found


def every_nth(paths: Sequence[Path], every: int) -> list[Path]:
    """Return every n-th, the last one among them."""
    return list(paths)[::-1][:: max(every, 1)][::-1]


def read_models(
    files: ModelFiles,
    paths: Sequence[Path],
    told: Callable[[float], None],
    stopped: Callable[[], bool],
) -> tuple[ModelRef, ...] | None:
    """Return what the files hold; None once `stopped` says so. Raises OSError.

    Args:
        told: called with how much is read, 0 to 1.
    """
    total = max(sum(os.path.getsize(path) for path in paths), 1)
    before, models = 0, []
    for path in paths:
        for done, _ in files.hash_steps(str(path)):
            if stopped():
                return None
            told(min((before + done) / total, 1.0))
        before += os.path.getsize(path)
        models.append(files.ref(str(path)))
    return tuple(models)
