"""An X server of our own: Dear PyGui has no windows in memory."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def screen() -> Iterator[dict[str, str]]:
    """Run Xvfb on a display it picks itself; give the environment for programs that draw on it."""
    if shutil.which("Xvfb") is None:
        pytest.skip("monitor window: xvfb missing; on Debian or Ubuntu `sudo apt install xvfb`")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24"]
    nothing = subprocess.DEVNULL
    with os.fdopen(reading) as answer:
        try:
            server = subprocess.Popen(
                [*command, "-nolisten", "tcp"],
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                pass_fds=[writing],
            )
        finally:
            os.close(writing)
        try:
            number = answer.readline().strip()  # ends when the server does
            assert number, "Xvfb does not start"
            yield environment() | {"DISPLAY": f":{number}", "LIBGL_ALWAYS_SOFTWARE": "1"}
        finally:
            server.kill()
            server.wait()


def environment() -> dict[str, str]:
    """Return the environment of this process without what belongs to a screen."""
    of_screens = ("LATENT_EXPLORER_HEADLESS", "PYOPENGL_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    return {key: value for key, value in os.environ.items() if key not in of_screens}
