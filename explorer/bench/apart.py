"""Runs a part of the benchmark in a process of its own, and brings its numbers back.

For what must not be disturbed by the other parts, or would disturb them: peak memory, an allocator
that keeps what is freed, instruction sets that are chosen by environment variables.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from explorer.errors import UserError
from explorer.launcher.requirements import PROJECT_DIR

TIMEOUT_SECS = 1800.0


def run_apart(
    module: str, arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Any:
    """Run `python -m module`, whose main is `answer`, and return what its work returned.

    Args:
        arguments:   of the work, as JSON can hold them.
        environment: variables besides those of this process.

    Raises UserError with the last line it said if it fails.
    """
    command = [sys.executable, "-m", module, json.dumps(dict(arguments))]
    try:
        done = subprocess.run(
            command, env={**os.environ, **(environment or {})}, cwd=PROJECT_DIR, text=True,
            capture_output=True, timeout=TIMEOUT_SECS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"{module} did not end within {TIMEOUT_SECS:.0f} s") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise UserError(f"{module} failed: {said[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def answer(work: Callable[..., Any]) -> None:
    """Call `work` with the arguments that run_apart gave, and print what it returns as JSON."""
    print(json.dumps(work(**json.loads(sys.argv[1]))))
