"""What main.py calls first: find or make an environment that has the packages, and go on in it."""

import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from explorer.errors import LauncherError
from explorer.launcher.requirements import PROJECT_DIR, Requirement, missing, required
from explorer.launcher.support import unsupported_reason
from explorer.launcher.venv import (
    create,
    installed_extras,
    is_ready,
    is_running_in,
    is_whole,
    locked,
    python_of,
    remove_stamp,
    venv_dir,
    write_stamp,
)

_HANDED_OVER = "LATENT_EXPLORER_HANDED_OVER"  # set for the process that is started, never kept


def ensure_environment(extras: Sequence[str] = ()) -> None:
    """Return if this interpreter has the packages; else go on in .venv, made if need be.

    Does not return in the latter case: the program starts anew there. Raises LauncherError.
    """
    handed_over = os.environ.pop(_HANDED_OVER, None) is not None
    requirements = required(extras)
    beside = PROJECT_DIR / ".venv"

    # An environment of the user's own that has everything is used as it is.
    lacking = missing(requirements)
    if not lacking and not is_running_in(beside):
        return
    if not lacking and is_ready(beside, extras):
        return
    reason = unsupported_reason()
    if reason is not None:
        raise LauncherError(reason)

    venv = beside if is_ready(beside, extras) else venv_dir()
    if is_running_in(venv) and is_whole(venv):
        remove_stamp(venv)  # something is missing that the stamp says is here
    if not is_ready(venv, extras):
        with locked(venv):
            if not is_ready(venv, extras):
                _set_up(venv, extras)
    if is_running_in(venv):
        _check_complete(requirements)
        return
    if handed_over:
        raise LauncherError(f"{python_of(venv)} does not run in its environment; delete {venv}.")
    _hand_over(venv)


def _set_up(venv: Path, extras: Sequence[str]) -> None:
    """Make the environment if it is not whole, and install into it; what is there already stays."""
    from explorer.launcher.installer import install, pip_command, remove_half_installed

    try:
        wanted = sorted({*extras, *installed_extras(venv)})
        remove_stamp(venv)
        if not is_whole(venv) or not _runs([*pip_command(venv), "--version"]):
            if venv.exists():
                print(f"{venv} is not usable; making it anew.", file=sys.stderr)
            create(venv)
        remove_half_installed(venv)
        install(venv, required(wanted))
        write_stamp(venv, wanted)
    except OSError as error:
        raise LauncherError(f"{venv} could not be set up: {error}") from error
    except KeyboardInterrupt:
        print("\nInterrupted; the next start goes on from here.", file=sys.stderr)
        raise


def _check_complete(requirements: Sequence[Requirement]) -> None:
    importlib.invalidate_caches()
    lacking = missing(requirements)
    if lacking:
        names = ", ".join(requirement.text for requirement in lacking)
        raise LauncherError(f"Still missing after the installation: {names}.")


def _hand_over(venv: Path) -> NoReturn:
    """Start the program again with the environment's Python and end as that ends."""
    command = [str(python_of(venv)), str(PROJECT_DIR / "main.py"), *sys.argv[1:]]
    os.environ[_HANDED_OVER] = "1"
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    # On Windows execv returns to the shell at once; wait instead, and leave Ctrl-C to the other.
    with subprocess.Popen(command) as process:
        while True:
            try:
                sys.exit(process.wait())
            except KeyboardInterrupt:
                continue


def _runs(command: Sequence[str]) -> bool:
    try:
        result = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0
