"""The program as it is started by hand, moved by a real mouse: X server, window manager, events.

Everything else about the window is tested by item names, without a screen. This test needs Xvfb,
xdotool and openbox; where they are missing it says so, and CI does not let that pass.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from explorer.app.window import TITLE
from explorer.launcher.requirements import PROJECT_DIR
from tests.fixtures.recipes import FOLDER

TOOLS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox"}  # program: Debian package
SCREEN = "1280x800x24"
WAIT_SECS = 90.0  # for each thing: torch is imported, OpenGL is software, others may work here too
STEPS, STEP_PX, STEP_SECS = 20, 6, 0.05

pytestmark = pytest.mark.platform("linux")
T = TypeVar("T")


def test_a_drag_on_the_canvas_moves_the_latent_and_closing_saves_it(home: Path, tmp_path: Path):
    _require_tools()
    saved = home / "data" / "last-session.json"
    with contextlib.ExitStack() as running:
        screen = Screen(running.enter_context(_x_server()))
        # A home folder of its own: nobody's settings, where Alt+F4 might be another key.
        alone = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
        running.enter_context(_started(["openbox"], screen.environment | alone))
        model = str(FOLDER / "stylegan2-skip.safetensors")
        command = [sys.executable, "main.py", model]
        app = running.enter_context(_started(command, screen.environment))
        window = app.wait_for(screen.window, "its window")
        app.wait_for(lambda: _settings(saved).get("model"), "the model in the autosaved session")
        assert _position(saved) == (0.0, 0.0)

        def dragged() -> bool:
            screen.drag(window)
            return _soon(lambda: _position(saved) != (0.0, 0.0), 6.0)

        app.wait_for(dragged, "a latent that follows the mouse")

        def closed() -> bool:
            screen.xdotool("key", "alt+F4")
            return _soon(lambda: app.process.poll() is not None, 5.0)

        app.wait_for(closed, "its end", ends=True)
        assert app.process.returncode == 0, app.said()
    x, y = _position(saved)
    assert x > 0
    assert y > 0  # right and down


class Screen:
    """A display with a mouse."""

    def __init__(self, display: str) -> None:
        dropped = ("LATENT_EXPLORER_HEADLESS", "PYOPENGL_PLATFORM", "WAYLAND_DISPLAY")
        environment = {k: v for k, v in os.environ.items() if k not in dropped}
        self.environment = environment | {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1"}

    def xdotool(self, *words: object) -> str:
        """Run one command; return what it printed, "" if it failed."""
        result = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=WAIT_SECS,
        )
        return result.stdout.strip() if result.returncode == 0 else ""

    def window(self) -> str:
        """Return the id of the program's window, "" while there is none."""
        found = self.xdotool("search", "--onlyvisible", "--name", f"^{TITLE}$")
        return found.split()[0] if found else ""

    def drag(self, window: str) -> None:
        """Drag from the middle of the window, which is on the canvas, to the right and down."""
        lines = self.xdotool("getwindowgeometry", "--shell", window).splitlines()
        if not lines:
            return  # it is gone; whoever waits says so
        at = {key: int(value) for key, _, value in (line.partition("=") for line in lines)}
        x, y = at["X"] + at["WIDTH"] // 2, at["Y"] + at["HEIGHT"] // 2
        self.xdotool("mousemove", x, y)
        time.sleep(STEP_SECS)
        self.xdotool("mousedown", 1)
        for step in range(1, STEPS + 1):
            time.sleep(STEP_SECS)  # slower than frames: what one frame shorts together is a click
            self.xdotool("mousemove", x + STEP_PX * step, y + STEP_PX * step // 2)
        time.sleep(STEP_SECS)
        self.xdotool("mouseup", 1)


class Started:
    """A running program and what it said."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    def said(self) -> str:
        return self._output.read_text("utf-8", errors="replace")

    def wait_for(self, state: Callable[[], T], what: str, *, ends: bool = False) -> T:
        """Return the first true answer of `state`; fail if it does not come or the program ends."""
        end = time.monotonic() + WAIT_SECS
        while not (answer := state()):
            alive = ends or self.process.poll() is None
            assert alive, f"ended with {self.process.returncode} before {what}: {self.said()}"
            assert time.monotonic() < end, f"no {what} after {WAIT_SECS:.0f} s: {self.said()}"
            time.sleep(0.1)
        return answer


def _require_tools() -> None:
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        install = f"`sudo apt install {' '.join(missing)}`"
        pytest.skip(f"real mouse: {', '.join(missing)} missing; on Debian or Ubuntu {install}")


@contextlib.contextmanager
def _x_server() -> Iterator[str]:
    """Run an X server on a display it chooses itself; give its name once it is ready."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with os.fdopen(reading) as answer, contextlib.ExitStack() as running:
        try:
            server = running.enter_context(_started(command, dict(os.environ), pass_fds=[writing]))
        finally:
            os.close(writing)
        number = answer.readline().strip()  # ends when the server does
        assert number, f"Xvfb does not start: {server.said()}"
        yield f":{number}"


@contextlib.contextmanager
def _started(
    command: list[str], environment: dict[str, str], pass_fds: list[int] | None = None
) -> Iterator[Started]:
    """Run a program; at the end it and its children are killed, whatever happened."""
    with tempfile.NamedTemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds or (),
        )
        try:
            yield Started(process, Path(output.name))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _soon(state: Callable[[], bool], seconds: float) -> bool:
    """Whether `state` becomes true in time."""
    end = time.monotonic() + seconds
    while not state():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _settings(saved: Path) -> dict:
    """Return the settings of a saved session, {} while there is none."""
    try:
        return json.loads(saved.read_text("utf-8"))["settings"]
    except FileNotFoundError:
        return {}


def _position(saved: Path) -> tuple[float, float]:
    latent = _settings(saved)["latent"]
    return latent["x"], latent["y"]
