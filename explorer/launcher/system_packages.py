"""The Debian packages that the tests need: software OpenGL, and an X server for the smoke test."""

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import LauncherError

WINDOW_PACKAGES = (
    "libgl1 libegl1 libglx-mesa0 libgl1-mesa-dri libx11-6 libxext6 libxrandr2 libxinerama1 "
    "libxcursor1 libxi6 libxrender1"
)


@dataclass(frozen=True)
class Part:
    """Something the tests use, and the Debian packages that bring it."""

    name: str
    packages: tuple[str, ...]
    present: Callable[[], bool]


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


TEST_PARTS = (
    Part("libGL", ("libgl1", "libglx-mesa0"), _library("GL")),
    Part("libEGL", ("libegl1", "libegl-mesa0", "libgl1-mesa-dri"), _library("EGL")),
    Part("libEGL_mesa", ("libegl-mesa0", "libgl1-mesa-dri"), _library("EGL_mesa")),
    Part("libX11", ("libx11-6", "libxext6"), _library("X11")),
    Part("libXrandr", ("libxrandr2", "libxrender1"), _library("Xrandr")),
    Part("libXinerama", ("libxinerama1",), _library("Xinerama")),
    Part("libXcursor", ("libxcursor1",), _library("Xcursor")),
    Part("libXi", ("libxi6",), _library("Xi")),
    Part("Xvfb", ("xvfb",), _program("Xvfb")),
    Part("xdotool", ("xdotool",), _program("xdotool")),
    Part("openbox", ("openbox",), _program("openbox")),
)


def missing_parts(parts: Sequence[Part] = TEST_PARTS) -> list[Part]:
    return [part for part in parts if not part.present()]


def packages_of(parts: Sequence[Part]) -> list[str]:
    """List the packages of some parts, each once, in order."""
    return list(dict.fromkeys(package for part in parts for package in part.packages))


def provide_test_parts(environ: Mapping[str, str] = os.environ) -> str | None:
    """Install what the tests need from Debian where that is allowed.

    Returns None if everything is there now, else a sentence with the command to run. Only Linux
    needs anything.
    """
    if sys.platform != "linux":
        return None
    lacking = missing_parts()
    if not lacking:
        return None
    packages = packages_of(lacking)
    if not _is_debian():
        names = ", ".join(part.name for part in lacking)
        return f"The tests of the window need {names}; install them with your package manager."
    if os.geteuid() != 0:
        return f"The tests of the window need `sudo apt-get install -y {' '.join(packages)}`."
    print(f"Installing {' '.join(packages)}", file=sys.stderr, flush=True)
    _apt_get(["update", "-q"], environ)
    _apt_get(["install", "-q", "-y", "--no-install-recommends", *packages], environ)
    lacking = missing_parts()
    if lacking:
        return f"Still missing after the installation: {', '.join(p.name for p in lacking)}."
    return None


def _apt_get(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    # Another apt may hold the lock, as after the start of a fresh machine.
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=120", *arguments]
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        raise LauncherError(f"`{' '.join(command)}` failed: {lines[-1]}")


def _is_debian() -> bool:
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None
