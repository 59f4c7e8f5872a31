"""Pythons and systems on which the pinned torch does not exist, in one sentence each."""

import platform
import sys
import sysconfig

NEWEST_PYTHON = (3, 14)  # torch 2.13.0 has builds for 3.11 to 3.14


def unsupported_reason(
    *,
    version: tuple[int, int] = (sys.version_info[0], sys.version_info[1]),
    system: str | None = None,
    machine: str | None = None,
    is_64bit: bool = sys.maxsize > 2**32,
    implementation: str = sys.implementation.name,
    libc: str | None = None,
    free_threaded: bool | None = None,
) -> str | None:
    """Say in one sentence why this Python or system cannot work; None if it can.

    Everything is taken from the running interpreter unless given.
    """
    system = platform.system() if system is None else system
    machine = (platform.machine() if machine is None else machine).lower()
    libc = _libc() if libc is None else libc
    if free_threaded is None:
        free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    name = f"{version[0]}.{version[1]}"
    oldest_to_newest = f"3.11 to {NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}"

    if implementation != "cpython":
        return f"CPython {oldest_to_newest} is needed, this is {implementation}."
    if version < (3, 11) or version > NEWEST_PYTHON:
        return (
            f"Python {oldest_to_newest} is needed (the versions torch exists for), this is {name}."
        )
    if free_threaded:
        return f"The free-threaded Python {name} cannot run the window; use the ordinary {name}."
    if not is_64bit:
        return f"A 64-bit Python is needed, this is a 32-bit one; install the 64-bit {name}."
    if system == "Darwin" and machine != "arm64":
        return "An Apple silicon Mac and an arm64 Python are needed: torch has no build for Intel."
    if system == "Windows" and machine not in ("amd64", "x86_64"):
        return (
            f"On Windows the x86-64 Python is needed, this is {machine}: torch has no such build."
        )
    if system == "Linux" and machine not in ("x86_64", "aarch64"):
        return f"On Linux x86_64 or aarch64 is needed, this is {machine}: torch has no such build."
    if system == "Linux" and libc != "glibc":
        return (
            "On Linux glibc is needed (Debian, Ubuntu, Fedora, Arch, ...): torch has no musl build."
        )
    if system not in ("Linux", "Darwin", "Windows"):
        return f"Linux, macOS or Windows is needed, this is {system}."
    return None


def _libc() -> str:
    return platform.libc_ver()[0] or "other"
