"""How fast and how large a new run would be, measured by a process of its own."""

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
POLL_SECS = 0.1
_MAIN = "import sys; from explorer import cli; sys.exit(cli.main(sys.argv[1:]))"


def estimate(arguments: list[str], ticket: Ticket) -> tuple[str, ...]:
    """Run `train --dry-run --estimate`; return its sentences. Raises ConfigError with its last."""
    command = [sys.executable, "-c", _MAIN, *arguments, "--dry-run", "--estimate"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, 10)
    with process:
        while process.poll() is None:
            if ticket.cancelled():
                process.kill()
                process.communicate()
                raise Cancelled("The estimate was stopped")
            time.sleep(POLL_SECS)
        lines = [line for line in process.communicate()[1].splitlines() if line.strip()]
    if process.returncode != 0:
        raise ConfigError(lines[-1] if lines else "The estimate failed")
    return tuple(line for line in lines if line.startswith(("Memory:", "Speed:")))
