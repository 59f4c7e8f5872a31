"""The project's own environment: where it lives, whether it is whole, its lock and its stamp."""

import contextlib
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from explorer.errors import LauncherError
from explorer.launcher.requirements import PROJECT_DIR, digest

_STAMP = "latent-explorer.json"


def venv_dir(project_dir: Path = PROJECT_DIR, environ: Mapping[str, str] = os.environ) -> Path:
    """Return .venv beside main.py; in a read-only checkout a folder in the user's data."""
    beside = project_dir / ".venv"
    if _writable(beside if beside.exists() else project_dir):
        return beside
    name = "venv-" + hashlib.sha256(str(project_dir).encode()).hexdigest()[:8]
    return user_data_dir(environ) / name


def user_data_dir(environ: Mapping[str, str] = os.environ, system: str = sys.platform) -> Path:
    """Return the folder for what the program keeps for this user; it need not exist."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~"))
    if system == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif system == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "latent-explorer"


def python_of(venv: Path) -> Path:
    """Return the interpreter of an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_running_in(venv: Path) -> bool:
    return os.path.realpath(sys.prefix) == os.path.realpath(venv)


def base_python() -> str:
    """Return the interpreter that environments are made with: never one inside an environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def is_whole(venv: Path) -> bool:
    """Whether the interpreter it was made with is still there and still the same version."""
    config = _read_config(venv)
    version = ".".join(config.get("version", "").split(".")[:2])
    home = Path(config.get("home", ""))
    if not version or not python_of(venv).exists() or not home.is_dir():
        return False
    return os.name == "nt" or (venv / "lib" / f"python{version}" / "site-packages").is_dir()


def is_ready(venv: Path, extras: Iterable[str], project_dir: Path = PROJECT_DIR) -> bool:
    """Whether everything was installed here, from the pins of today."""
    stamp = _read_stamp(venv)
    installed = stamp.get("extras", [])
    return (
        stamp.get("digest") == digest(project_dir)
        and all(extra in installed for extra in extras)
        and is_whole(venv)
    )


def installed_extras(venv: Path) -> set[str]:
    return set(_read_stamp(venv).get("extras", []))


def write_stamp(venv: Path, extras: Iterable[str], project_dir: Path = PROJECT_DIR) -> None:
    text = json.dumps({"digest": digest(project_dir), "extras": sorted(set(extras))})
    half = venv / (_STAMP + ".tmp")
    half.write_text(text, "utf-8")
    half.replace(venv / _STAMP)


def remove_stamp(venv: Path) -> None:
    (venv / _STAMP).unlink(missing_ok=True)


def create(venv: Path) -> None:
    """Make the environment, or make it anew; without pip where Python has no ensurepip.

    Debian keeps ensurepip in a package of its own; a pip that is there anyhow can fill the
    environment from outside.
    """
    command = [base_python(), "-m", "venv", "--clear", str(venv)]
    if importlib.util.find_spec("ensurepip") is None:
        if importlib.util.find_spec("pip") is None:
            raise LauncherError(no_pip_sentence())
        command.insert(-1, "--without-pip")
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        if "ensurepip" in result.stdout + result.stderr:
            raise LauncherError(no_pip_sentence())
        raise LauncherError(f"Python could not make the environment {venv}: {lines[-1]}")


def no_pip_sentence() -> str:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return (
        "This Python can neither make environments nor install packages; "
        f"on Debian or Ubuntu run `sudo apt install {package}`, elsewhere install pip."
    )


@contextlib.contextmanager
def locked(venv: Path) -> Iterator[None]:
    """Let one start at a time install; the others wait and then find everything there.

    The lock belongs to the process: it is gone when the process is, however that ended.
    """
    venv.parent.mkdir(parents=True, exist_ok=True)
    with open(venv.with_name(venv.name + ".lock"), "a+b") as file:
        told = False
        while not _try_lock(file.fileno()):
            if not told:
                print("Another start is installing the packages; waiting for it.", file=sys.stderr)
                told = True
            time.sleep(0.2)
        yield


if os.name == "nt":

    def _try_lock(descriptor: int) -> bool:
        import msvcrt

        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:

    def _try_lock(descriptor: int) -> bool:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks
        return True


def _writable(folder: Path) -> bool:
    """Try it: permission bits say little about network drives, Windows or root."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _read_config(venv: Path) -> dict[str, str]:
    try:
        text = (venv / "pyvenv.cfg").read_text("utf-8")
    except OSError:
        return {}
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _read_stamp(venv: Path) -> dict:
    try:
        stamp = json.loads((venv / _STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}
