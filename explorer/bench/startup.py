"""From `python main.py` to the window and to the first picture, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.app.marks import VARIABLE
from explorer.bench.clock import summary
from explorer.errors import UserError
from explorer.launcher.requirements import PROJECT_DIR

TIMEOUT_SECS = 120.0


@dataclass(frozen=True)
class Startup:
    """Medians over `runs` starts, seconds after the process was asked for.

    window_secs:  the first frame is on screen.
    picture_secs: the first picture is.
    """

    window_secs: float
    picture_secs: float
    runs: int


def measure(model: str, *, runs: int, said: Callable[[str], None]) -> Startup:
    """Start the window without a screen several times; the first, uncounted, warms the disk.

    Raises UserError if a start fails.
    """
    starts = []
    for number in range(runs + 1):
        said(f"start {number} of {runs}")
        starts.append(_start(model))
    windows, pictures = zip(*starts[1:], strict=True)
    return Startup(
        summary(list(windows)).median_ms / 1000, summary(list(pictures)).median_ms / 1000, runs
    )


def _start(model: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as home:
        marks = Path(home) / "marks.json"
        environment = {
            **os.environ,
            "LATENT_EXPLORER_HOME": home,
            "LATENT_EXPLORER_HEADLESS": "1",
            VARIABLE: f"{marks}={time.time()}",
        }
        command = [sys.executable, str(PROJECT_DIR / "main.py"), model]
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECS,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise UserError(f"No picture came within {TIMEOUT_SECS:.0f} s of the start") from None
        try:
            found = json.loads(marks.read_text("utf-8"))
        except (OSError, ValueError):
            raise UserError(f"The window did not start: {done.stderr.strip()[-300:]}") from None
    return found["window_ms"], found["picture_ms"]
