"""Saving files for a user: whole or not at all, never over another picture, errors as sentences."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from explorer.errors import UserError
from networks.atomic import atomic_file, write_problem


class SaveError(UserError):
    """A file could not be written; the text says which and why."""


@contextlib.contextmanager
def saving(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file that replaces `path` when the block ends; SaveError in place of OSError."""
    try:
        with atomic_file(path) as file:
            yield file
    except OSError as error:
        raise SaveError(write_problem(Path(path), error)) from error


def save_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` whole or not at all; SaveError says why it failed."""
    with saving(path) as file:
        file.write(data)


def numbered(stem: str, suffix: str) -> Iterator[str]:
    """Yield names without end: "a.png", "a-2.png", "a-3.png"."""
    yield stem + suffix
    for number in itertools.count(2):
        yield f"{stem}-{number}{suffix}"


def free_path(path: Path, data: bytes) -> Path | None:
    """Return where `data` can go without overwriting: `path`, or "name-2.png", "name-3.png", ...

    Returns None if one of these files already holds exactly `data`.
    """
    for name in numbered(path.stem, path.suffix):
        candidate = path.with_name(name)
        if not candidate.exists():
            return candidate
        if candidate.stat().st_size == len(data) and candidate.read_bytes() == data:
            return None
