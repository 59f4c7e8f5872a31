"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


class SaveError(Exception):
    """A file could not be written; the text is a sentence for the user."""


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that replaces it when the block ends without an error.

    Missing folders are made. After an error nothing is left behind and what was at `path` stays.
    Raises SaveError in place of OSError.
    """
    target = Path(path)
    temporary = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        raise SaveError(_sentence(target, error)) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` as a whole or not at all; SaveError says why it failed."""
    with atomic_file(path) as file:
        file.write(data)


def free_path(path: Path, data: bytes) -> Path | None:
    """Return where `data` can go without overwriting: `path`, or "name-2.png", "name-3.png", ...

    Returns None if one of these files already holds exactly `data`.
    """
    candidate, number = path, 1
    while candidate.exists():
        if candidate.stat().st_size == len(data) and candidate.read_bytes() == data:
            return None
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sentence(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no space left on the disk for {path.name}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path.name} could not be written: {path.parent} does not allow it"
    return f"{path.name} could not be written: {error.strerror or error}"
