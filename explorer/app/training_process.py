"""The command line's `train` in a process of its own: it needs torch, which the window does not.

So the tab refuses what the command line refuses, in the same words.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from explorer.app.training_work import Ticket
from train.errors import Cancelled, ConfigError

ROOT = Path(__file__).resolve().parents[2]
POLL_SECS = 0.05
_MAIN = "import sys; from explorer import cli; sys.exit(cli.main(sys.argv[1:]))"


def estimate(arguments: list[str], ticket: Ticket) -> tuple[str, ...]:
    """Return sentences about memory and speed. Raises ConfigError with a sentence, Cancelled."""
    _, said = _run([*arguments, "--dry-run", "--estimate"], ticket)
    return tuple(line for line in said if line.startswith(("Memory:", "Speed:")))


def start_run(arguments: list[str], folder: Path, ticket: Ticket, *, queue: bool) -> Path:
    """Make and start a run and return it, if it fits into memory; `queue` lets it wait its turn.

    Raises ConfigError with a sentence, or Cancelled.
    """
    how = "--queue" if queue else "--background"
    printed, _ = _run([*arguments, "--outdir", str(folder), how], ticket)
    if not printed:
        raise ConfigError("The run was not made")
    return Path(printed[-1])


def _run(arguments: list[str], ticket: Ticket) -> tuple[list[str], list[str]]:
    """Return the lines on stdout and on stderr."""
    process = subprocess.Popen(
        [sys.executable, "-c", _MAIN, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, 10)
    with process:
        while process.poll() is None:
            if ticket.cancelled():
                process.kill()
                process.communicate()
                raise Cancelled("Stopped")
            time.sleep(POLL_SECS)
        out, errors = (text.splitlines() for text in process.communicate())
    said = [line for line in errors if line.strip()]
    if process.returncode != 0:
        raise ConfigError(said[-1] if said else "Training could not be prepared")
    return [line for line in out if line.strip()], said
