"""Find out before any window opens whether one can, and say in one sentence what is missing.

Where there is no display or no OpenGL, Dear ImGui's window code ends in a bare assertion, or the
driver aborts the process. So a process of its own tries it first (display_probe.py).
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HEADLESS = "LATENT_EXPLORER_HEADLESS"
_PROBE_SECS = 20
_PACKAGES = (
    "libgl1 libegl1 libglx-mesa0 libgl1-mesa-dri libx11-6 libxext6 libxrandr2 libxinerama1 "
    "libxcursor1 libxi6 libxrender1"
)
_HEADLESS_PACKAGES = "libegl1 libegl-mesa0 libgl1-mesa-dri libx11-6 libxext6"
_ELSEWHERE = (
    "use `python main.py render` to make pictures without a window, or a remote display "
    "(ssh -X, xpra, VNC)"
)


def headless(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether windows exist in memory only; tests and the README's pictures use that."""
    return environ.get(HEADLESS, "") not in ("", "0")


def prepare_platform() -> None:
    """Prepare GLFW for a window; to be called before every single start of the app.

    Headless (LATENT_EXPLORER_HEADLESS=1), GLFW gets its null platform and an EGL context, so
    neither X server nor monitor is needed. hello_imgui terminates GLFW when a window closes,
    which forgets these hints. Must run before PyOpenGL is imported.
    """
    if not headless():
        if sys.platform == "linux":
            os.environ.setdefault("PYOPENGL_PLATFORM", "x11")
        return
    os.environ.pop("DISPLAY", None)
    os.environ["PYOPENGL_PLATFORM"] = "egl"
    import imgui_bundle  # noqa: F401, I001 - first: it decides which GLFW the next line loads
    import glfw

    glfw.init_hint(glfw.PLATFORM, glfw.PLATFORM_NULL)
    if not glfw.init():
        raise RuntimeError("GLFW's null platform does not start; check_display() says why")
    glfw.window_hint(glfw.CONTEXT_CREATION_API, glfw.EGL_CONTEXT_API)


def check_display(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return None if a window can open here, else one sentence: what is missing and what to do.

    Takes a fraction of a second. Whoever shows the sentence ends with exit code 2.
    """
    if sys.platform == "linux" and not headless(environ) and not environ.get("DISPLAY"):
        return no_display_sentence(environ)
    library = _glfw_library()
    if library is None:
        return None  # not the layout of the packages we know: let the window speak for itself
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("display_probe.py"))]
    command += [str(library), *(["headless"] if headless(environ) else [])]
    try:
        result = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROBE_SECS,
        )
    except subprocess.TimeoutExpired:
        return f"{_where(environ)} does not answer; check it, or {_ELSEWHERE}."
    said = result.stdout.strip().splitlines()
    answer = said[-1] if said else f"window: the driver ended it (exit code {result.returncode})"
    return explain(answer, environ)


def explain(answer: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Turn the probe's answer into a sentence; None if a window can open."""
    stage, _, reason = answer.partition(": ")
    reason = reason.strip().removesuffix(".")
    packages = _HEADLESS_PACKAGES if headless(environ) else _PACKAGES
    install = f"on Debian or Ubuntu `sudo apt install {packages}`"
    if stage == "ok":
        return None
    if sys.platform != "linux":
        return (
            f"No window with OpenGL 3.3 can open here ({reason}); update the graphics driver and "
            "start from a desktop session, or use `python main.py render` to make pictures without "
            "a window."
        )
    if stage == "library" or "Failed to load" in reason or "not found" in reason:
        return f"A library the window needs is missing ({reason}); {install}, or {_ELSEWHERE}."
    if stage == "init":
        return f"{_where(environ)} cannot be opened ({reason}); check it, or {_ELSEWHERE}."
    return (
        f"{_where(environ)} offers no OpenGL 3.3 ({reason}); for software OpenGL {install}, "
        f"or {_ELSEWHERE}."
    )


def no_display_sentence(environ: Mapping[str, str]) -> str:
    """Say that there is no X display, and what to do about it."""
    if environ.get("WAYLAND_DISPLAY"):
        return (
            "This Wayland session has no X display, which the window needs (DISPLAY is not set); "
            "on Debian or Ubuntu `sudo apt install xwayland` and log in again, or use "
            "`python main.py render` to make pictures without a window."
        )
    return (
        f"There is no display (DISPLAY is not set); start from a desktop session, or {_ELSEWHERE}."
    )


def _where(environ: Mapping[str, str]) -> str:
    if headless(environ):
        return "The headless platform"
    if sys.platform == "linux":
        return f"The display {environ.get('DISPLAY')}"
    return "The display"


def _glfw_library() -> Path | None:
    """Find the GLFW that imgui_bundle brings, without importing it."""
    spec = importlib.util.find_spec("imgui_bundle")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    for name in ("libglfw.so.3", "libglfw.3.dylib", "libglfw.dylib", "glfw3.dll"):
        if (folder / name).exists():
            return folder / name
    return None
