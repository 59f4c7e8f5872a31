"""Finds, loads and keeps models; a model is named by the hash of its file."""

from __future__ import annotations

import copy
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from explorer.errors import UserError
from explorer.settings import ModelRef
from networks.info import ModelInfo, Source

MODEL_SUFFIXES = (".safetensors", ".pkl", ".pt", ".pth")
DEFAULT_BUDGET_BYTES = 3 * 2**30
MAX_SEARCHED_FILES = 64
_CHUNK = 2**24
_ATTEMPTS = 3


class MissingModelError(UserError):
    """No file with the wanted content is where models are looked for."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model and the file it came from."""

    ref: ModelRef
    info: ModelInfo
    model: Any  # networks.Model
    stamp: tuple[float, int]  # modification time and size of the file
    size_bytes: int  # of its tensors


def load_file(path: str) -> Any:
    from networks import load_model

    return load_model(path)


class ModelLibrary:
    """The most recently used models within a memory budget. For one thread.

    Args:
        places: called for the files and folders to search when a model is not where it was.
        load:   reads a model file.
    """

    def __init__(
        self,
        places: Callable[[], Sequence[str]] = tuple,
        *,
        load: Callable[[str], Any] = load_file,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
    ) -> None:
        self._places = places
        self._load = load
        self._budget_bytes = budget_bytes
        self._models: OrderedDict[str, LoadedModel] = OrderedDict()  # newest last
        self._placed: dict[tuple[str, str], Any] = {}
        self._hashes: dict[tuple[str, float, int], str] = {}

    def load(self, path: str) -> LoadedModel:
        """Return the model in the file `path`, read anew only if it is not in memory.

        Raises OSError if the file cannot be read and networks.ModelFileError for what is in it.
        """
        path = os.path.abspath(path)
        for _ in range(_ATTEMPTS):
            loaded = self._load_once(path)
            if file_stamp(path) == loaded.stamp:  # else the hash may be another content's
                self._keep(loaded)
                return loaded
        raise UserError(f"{os.path.basename(path)} is being written; open it once it is complete")

    def _load_once(self, path: str) -> LoadedModel:
        stamp = file_stamp(path)
        sha256 = self.file_hash(path)
        known = self._models.get(sha256)
        ref = ModelRef(name=os.path.basename(path), sha256=sha256, path=path)
        if known is not None:
            return replace(known, ref=ref, stamp=stamp)
        with torch.inference_mode(False):  # weights outlive the picture that first needs them
            model = self._load(path)
        return _loaded(model, ref, stamp)

    def get(self, ref: ModelRef) -> LoadedModel:
        """Return the model `ref` names, from memory or from wherever its file is now.

        Raises MissingModelError, and what `load` raises.
        """
        known = self._models.get(ref.sha256)
        if known is not None:
            self._models.move_to_end(ref.sha256)
            return known
        for path in self._candidates(ref):
            try:
                if self.file_hash(path) == ref.sha256:
                    return self.load(path)
            except OSError:
                continue
        raise MissingModelError(
            f"The model {ref.name or 'of this session'} ({ref.sha256[:12]}) was not found: "
            "open it from where it is now, or add its folder to the model folders"
        )

    def placed(self, loaded: LoadedModel, device: torch.device) -> Any:
        """Return the generator of a model on `device`; copies are kept with the model."""
        generator = loaded.model.generator
        if device.type == "cpu":
            return generator
        key = (loaded.ref.sha256, str(device))
        if key not in self._placed:
            self._placed[key] = copy.deepcopy(generator).to(device)
        return self._placed[key]

    def file_hash(self, path: str) -> str:
        """Return the SHA-256 of a file, remembered while its time and size stay the same."""
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

    def _keep(self, loaded: LoadedModel) -> None:
        self._models[loaded.ref.sha256] = loaded
        self._models.move_to_end(loaded.ref.sha256)
        while len(self._models) > 1 and self._size_bytes() > self._budget_bytes:
            sha256, _ = self._models.popitem(last=False)
            for key in [key for key in self._placed if key[0] == sha256]:
                del self._placed[key]

    def _size_bytes(self) -> int:
        return sum(loaded.size_bytes for loaded in self._models.values())

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


def _loaded(model: Any, ref: ModelRef, stamp: tuple[float, int]) -> LoadedModel:
    info = model.info
    if info.source is None:
        info = replace(info, source=Source(name=ref.name, sha256=ref.sha256))
    parts = [model.generator, getattr(model, "discriminator", None)]
    size = sum(
        tensor.numel() * tensor.element_size()
        for part in parts
        if part is not None
        for tensor in (*part.parameters(), *part.buffers())
    )
    return LoadedModel(ref=ref, info=info, model=model, stamp=stamp, size_bytes=size)
