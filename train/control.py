"""Requests to a run, as empty files in its control folder; no torch.

A file is there or it is not, also over a shared disk, and nobody has to be listening: a request to
a run that starts later is found when it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from train.layout import CONTROL

PAUSE, STOP_AFTER_TICK, STOP_NOW = "pause", "stop-after-tick", "stop-now"
_ALL = (PAUSE, STOP_AFTER_TICK, STOP_NOW)


@dataclass(frozen=True)
class Requests:
    """What is asked of a run at the moment."""

    pause: bool = False
    stop_after_tick: bool = False
    stop_now: bool = False


def read_requests(run: Path) -> Requests:
    """Return what is asked of a run."""
    return Requests(*((run / CONTROL / name).exists() for name in _ALL))


def pause(run: Path) -> None:
    """Ask a run to wait before its next step."""
    _ask(run, PAUSE)


def resume(run: Path) -> None:
    """Let a paused run go on."""
    (run / CONTROL / PAUSE).unlink(missing_ok=True)


def stop_after_tick(run: Path) -> None:
    """Ask a run to write a checkpoint at its next row of statistics and end."""
    _ask(run, STOP_AFTER_TICK)


def stop_now(run: Path) -> None:
    """Ask a run to write a checkpoint after the step it is in and end."""
    _ask(run, STOP_NOW)


def clear_requests(run: Path) -> None:
    """Forget all requests; done when a run starts."""
    for name in _ALL:
        (run / CONTROL / name).unlink(missing_ok=True)


def _ask(run: Path, name: str) -> None:
    (run / CONTROL).mkdir(exist_ok=True)
    (run / CONTROL / name).touch()
