"""Write a file whole or not at all, and durably: what has its final name survives a power cut."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PARTIAL_SUFFIX = ".part"  # of temporary files; one left by a killed process may be deleted


@contextlib.contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path`; sync it and move it there when the block ends.

    The target is untouched when the body or the disk fails; OSError says why.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(f"{PARTIAL_SUFFIX}", f".{target.name}.", target.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(target.parent)


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` whole or not at all."""
    with atomic_file(path) as file:
        file.write(data)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable, where the system knows how."""
    if os.name != "posix":
        return
    # Some network file systems cannot sync a folder; the file itself is safe by then.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_problem(path: Path, error: OSError) -> str:
    """Say in one sentence why `path` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no space left on the disk for {path.name}; free some and try again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path.name} could not be written: {path.parent} does not allow it"
    return f"{path.name} could not be written: {error.strerror or error}"


def _mode(target: Path) -> int:
    """Permissions a plain open() would have given: mkstemp's are private."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
