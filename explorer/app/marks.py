"""When window and first picture were there, for the benchmark, which starts the real program."""

from __future__ import annotations

import json
import os
import time
from typing import Any

VARIABLE = "LATENT_EXPLORER_MARKS"  # FILE=SECONDS: where to write, and when the start was asked for


def watch(app: Any, window: Any) -> None:
    """If the variable is set, note when pictures reach the screen, write the file and close.

    The file holds window_ms and picture_ms, both since SECONDS of the system's clock.
    """
    path, _, started = os.environ.get(VARIABLE, "").rpartition("=")
    if not path:
        return
    marks: dict[str, float] = {}
    calls = window.params.callbacks
    after_swap = calls.after_swap

    def swapped() -> None:
        if after_swap is not None:
            after_swap()
        now_ms = 1000 * (time.time() - float(started))
        marks.setdefault("window_ms", now_ms)
        if app.current and not app.shall_exit:
            marks["picture_ms"] = now_ms
            with open(path, "w", encoding="utf-8") as file:
                json.dump(marks, file)
            app.shall_exit = True

    calls.after_swap = swapped
