"""Finds, loads and keeps models; a model is named by the hash of its file."""

from __future__ import annotations

import copy
import os
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from explorer.errors import UserError
from explorer.model_files import ModelFiles, file_stamp, missing
from explorer.settings import ModelRef
from networks.info import ModelInfo, Source

DEFAULT_BUDGET_BYTES = 3 * 2**30
_ATTEMPTS = 3


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
        self.files = ModelFiles(places)
        self._load = load
        self._budget_bytes = budget_bytes
        self._models: OrderedDict[str, LoadedModel] = OrderedDict()  # newest last
        self._placed: dict[tuple[str, str], Any] = {}

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
        sha256 = self.files.file_hash(path)
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
        for path in self.files.matching(ref):
            try:
                return self.load(path)
            except OSError:
                continue
        raise missing(ref)

    def placed(self, loaded: LoadedModel, device: torch.device) -> Any:
        """Return the generator of a model on `device`; copies are kept with the model."""
        generator = loaded.model.generator
        if device.type == "cpu":
            return generator
        key = (loaded.ref.sha256, str(device))
        if key not in self._placed:
            self._placed[key] = copy.deepcopy(generator).to(device)
        return self._placed[key]

    def hash_steps(self, path: str) -> Generator[tuple[int, int], None, str]:
        """Compute the hash that `load` needs, yielding (bytes read, bytes of the file)."""
        return self.files.hash_steps(path)

    def _keep(self, loaded: LoadedModel) -> None:
        self._models[loaded.ref.sha256] = loaded
        self._models.move_to_end(loaded.ref.sha256)
        while len(self._models) > 1 and self._size_bytes() > self._budget_bytes:
            sha256, _ = self._models.popitem(last=False)
            for key in [key for key in self._placed if key[0] == sha256]:
                del self._placed[key]

    def _size_bytes(self) -> int:
        return sum(loaded.size_bytes for loaded in self._models.values())


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
