"""A compiler for other machines than this one: zig's, which the package ziglang brings whole."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from cuda_ops.cpu import build

# What the libraries that come with the project are made for, besides the machine at hand. The
# number is the oldest glibc they run with.
TARGETS = {"linux-aarch64": "aarch64-linux-gnu.2.17"}
INSTALL = "python -m pip install ziglang"


def find_tools(platform: str) -> build.Tools | None:
    """Return what compiles for a platform, a key of TARGETS; None without ziglang."""
    zig = zig_path()
    if zig is None:
        return None
    options = ("c++", "-target", TARGETS[platform])
    return build.Tools(str(zig), build.find_ninja(), options, platform)


def zig_path() -> Path | None:
    """Return the program of the package ziglang; None if it is not installed."""
    found = importlib.util.find_spec("ziglang")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / ("zig.exe" if sys.platform == "win32" else "zig")
