"""Files of models: what they hold, by hash, and where a model is found again; no torch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from explorer.errors import UserError
from explorer.slices import ModelRef

MODEL_SUFFIXES = (".safetensors", ".pkl", ".pt", ".pth")
MAX_SEARCHED_FILES = 64
_CHUNK = 2**24


class MissingModelError(UserError):
    """No file with the wanted content is where models are looked for."""


class ModelFiles:
    """Hashes of files, remembered while their time and size stay the same. For one thread.

    Args:
        places: called for the files and folders to search when a model is not where it was.
    """

    def __init__(self, places: Callable[[], Sequence[str]] = tuple) -> None:
        self._places = places
        self._hashes: dict[tuple[str, float, int], str] = {}

    def ref(self, path: str) -> ModelRef:
        """Return the name of what a file holds; raises OSError."""
        path = os.path.abspath(path)
        return ModelRef(os.path.basename(path), self.file_hash(path), path)

    def find(self, ref: ModelRef) -> str:
        """Return a file that holds `ref`. Raises MissingModelError."""
        path = next(self.matching(ref), None)
        if path is None:
            raise missing(ref)
        return path

    def matching(self, ref: ModelRef) -> Iterator[str]:
        """Yield files that hold `ref`, the likeliest first."""
        for path in self._candidates(ref):
            try:
                right = self.file_hash(path) == ref.sha256
            except OSError:
                continue
            if right:
                yield path

    def file_hash(self, path: str) -> str:
        """Return the SHA-256 of a file."""
        steps = self.hash_steps(path)
        while True:  # the result comes with the end: the file may have changed since
            try:
                next(steps)
            except StopIteration as end:
                return end.value

    def hash_steps(self, path: str) -> Generator[tuple[int, int], None, str]:
        """Compute what `file_hash` returns, yielding (bytes read, bytes of the file)."""
        path = os.path.abspath(path)
        key = (path, *file_stamp(path))
        if key in self._hashes:
            return self._hashes[key]
        digest = hashlib.sha256()
        done = 0
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
                yield done, max(key[2], done)
        self._hashes[key] = digest.hexdigest()
        return self._hashes[key]

    def _candidates(self, ref: ModelRef) -> Iterator[str]:
        """Yield files that may be `ref`: its path, files of its name, then other model files."""
        seen = {ref.path}
        if ref.path and os.path.isfile(ref.path):
            yield ref.path
        files = list(_model_files(self._places()))
        files.sort(key=lambda path: os.path.basename(path) != ref.name)
        for path in files[:MAX_SEARCHED_FILES]:
            if path not in seen:
                seen.add(path)
                yield path


def missing(ref: ModelRef) -> MissingModelError:
    """Return the error that says a model was not found."""
    return MissingModelError(
        f"The model {ref.name or 'of this session'} ({ref.sha256[:12]}) was not found: "
        "open it from where it is now, or add its folder to the model folders"
    )


def file_stamp(path: str) -> tuple[float, int]:
    """Return modification time and size: what tells that a file has changed."""
    status = os.stat(path)
    return status.st_mtime, status.st_size


def _model_files(places: Sequence[str]) -> Iterator[str]:
    for place in places:
        path = Path(place)
        if path.is_file():
            yield str(path)
        elif path.is_dir():
            yield from (
                str(file)
                for file in sorted(path.iterdir())
                if file.suffix.lower() in MODEL_SUFFIXES and file.is_file()
            )
