"""No display, no OpenGL or a broken DISPLAY is one sentence; trying it risks nothing."""

import os
import subprocess
import sys
import time

import pytest

from explorer import display
from explorer.display import HEADLESS, check_display, explain
from explorer.launcher.requirements import PROJECT_DIR

linux = pytest.mark.platform("linux")


def environ(**changes: str) -> dict[str, str]:
    """This environment, neither headless nor with a display unless asked for."""
    dropped = {"DISPLAY", "WAYLAND_DISPLAY", HEADLESS}
    return {name: value for name, value in os.environ.items() if name not in dropped} | changes


@linux
def test_headless_a_window_can_open_and_the_check_is_quick():
    assert check_display(environ(**{HEADLESS: "1"})) is None  # the driver is in the disk cache now
    started = time.monotonic()
    assert check_display(environ(**{HEADLESS: "1"})) is None
    assert time.monotonic() - started < 3


@linux
def test_without_display_the_sentence_says_what_else_can_be_done():
    sentence = check_display(environ())

    assert sentence is not None
    assert "DISPLAY is not set" in sentence
    assert "main.py render" in sentence
    assert "ssh -X" in sentence


@linux
def test_wayland_alone_needs_xwayland():
    assert "xwayland" in (check_display(environ(WAYLAND_DISPLAY="wayland-0")) or "")


@linux
@pytest.mark.parametrize("name", [":987", "nonsense", "127.0.0.1:987"])
def test_a_broken_display_is_named(name):
    sentence = check_display(environ(DISPLAY=name))

    assert sentence is not None
    assert f"display {name} cannot be opened" in sentence


@linux
def test_a_library_that_is_missing_is_named_with_its_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(display, "_glfw_library", lambda: tmp_path / "libglfw.so.3")

    sentence = check_display(environ(DISPLAY=":0")) or ""

    assert "libglfw.so.3" in sentence
    assert "libgl1" in sentence


@linux
def test_a_driver_that_aborts_takes_only_the_probe_along(tmp_path, monkeypatch):
    (tmp_path / "display_probe.py").write_text("import os; os.abort()")
    monkeypatch.setattr(display, "__file__", str(tmp_path / "display.py"))

    assert "OpenGL 3.3" in (check_display(environ(DISPLAY=":0")) or "")


@linux
def test_a_display_that_hangs_is_given_up(tmp_path, monkeypatch):
    (tmp_path / "display_probe.py").write_text("import time; time.sleep(30)")
    monkeypatch.setattr(display, "__file__", str(tmp_path / "display.py"))
    monkeypatch.setattr(display, "_PROBE_SECS", 0.5)

    assert "does not answer" in (check_display(environ(DISPLAY=":0")) or "")


@linux
@pytest.mark.parametrize(
    "answer, words",
    [
        ("library: libX11.so.6: cannot open shared object file", "libx11-6"),
        ("init: X11: Failed to open display :7", "cannot be opened"),
        ("window: GLX: Failed to load GLX", "libgl1"),
        ("window: GLX: Failed to create context: GLXBadFBConfig", "OpenGL 3.3"),
    ],
)
def test_each_answer_of_the_probe_has_its_sentence(answer, words):
    sentence = explain(answer, {"DISPLAY": ":7"})

    assert sentence is not None
    assert words in sentence
    assert "\n" not in sentence


@linux
@pytest.mark.parametrize("name", ["", ":987"])
def test_the_explorer_without_a_display_ends_with_one_line_and_exit_code_2(name, tmp_path):
    changes = {"DISPLAY": name} if name else {}
    result = subprocess.run(
        [sys.executable, "main.py"],
        cwd=PROJECT_DIR,
        env=environ(**changes, HOME=str(tmp_path)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode == 2, result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
