"""A checkpoint is: the three networks, both optimisers, the path-length mean, ADA, and cur_nimg.

Random numbers are keyed by the pictures shown (train.random), so no generator state is needed.
Files are .safetensors with a description as JSON in the header; nothing of them is ever run. They
are written beside their final name, synced and moved, and carry a digest of all their tensors: one
that was cut off or altered is recognised, and the one before it is taken.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from networks.atomic import PARTIAL_SUFFIX, sync_folder, write_atomic
from train.errors import RunError
from train.layout import BEST, checkpoint_name, numbered
from train.optimiser import adam_state, load_adam_state
from train.trainer import Trainer

KEY = "latent-explorer-checkpoint"
VERSION = 1


class DamagedCheckpointError(RunError):
    """A checkpoint is cut off, altered, or not of this run."""


def state_tensors(trainer: Trainer) -> dict[str, Tensor]:
    """Return every tensor of a checkpoint, named, contiguous and on the CPU."""
    tensors = {"pl_mean": trainer.pl_mean}
    for name, network in trainer.networks.named().items():
        tensors |= {f"{name}.{key}": value for key, value in network.state_dict().items()}
    for name, adam, names in _optimisers(trainer):
        tensors |= {f"{name}.{key}": value for key, value in adam_state(adam, names).items()}
    return {key: value.detach().cpu().contiguous() for key, value in tensors.items()}


def load_tensors(trainer: Trainer, tensors: dict[str, Tensor]) -> None:
    """Take what state_tensors returned. Raises DamagedCheckpointError if it does not fit."""
    try:
        trainer.pl_mean = tensors["pl_mean"].to(trainer.pl_mean)
        for name, network in trainer.networks.named().items():
            network.load_state_dict(_below(tensors, name), strict=True)
        for name, adam, names in _optimisers(trainer):
            load_adam_state(adam, names, _below(tensors, name))
    except (KeyError, RuntimeError) as error:
        first = str(error).splitlines()[0][:200]
        raise DamagedCheckpointError(f"it does not fit this run's networks: {first}") from None


def _optimisers(trainer: Trainer) -> list[tuple[str, torch.optim.Adam, dict[int, str]]]:
    networks = trainer.networks
    return [
        (name, adam, {id(p): key for key, p in network.named_parameters()})
        for name, adam, network in (
            ("adam_G", trainer.g_adam, networks.generator),
            ("adam_D", trainer.d_adam, networks.discriminator),
        )
    ]


def _below(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    start = name + "."
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}


def save(
    folder: Path,
    trainer: Trainer,
    environment: dict[str, Any],
    *,
    keep: int,
    score: float | None = None,
) -> Path:
    """Write a checkpoint; then delete what is neither among the newest `keep` nor the best.

    Args:
        score: lower is better; None = not measured, so it cannot be the best.

    Raises OSError if it cannot be written; what was there before is untouched then.
    """
    folder.mkdir(exist_ok=True)
    tensors = state_tensors(trainer)
    description = {
        "version": VERSION,
        "cur_nimg": trainer.cur_nimg,
        "augment": trainer.controller.to_json(),
        "environment": environment,
        "sha256": _digest(tensors),
    }
    path = folder / checkpoint_name(trainer.cur_nimg)
    temporary = folder / f".{path.name}{PARTIAL_SUFFIX}"
    try:
        try:
            save_file(tensors, temporary, metadata={KEY: json.dumps(description)})
        except SafetensorError as error:
            raise _as_os_error(error, path) from error
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(folder)
    if score is not None and score < best_score(folder):
        write_atomic(folder / BEST, json.dumps({"name": path.name, "score": score}).encode())
    _delete_old(folder, keep)
    return path


def _as_os_error(error: SafetensorError, path: Path) -> OSError:
    """safetensors reports what the system said as text; errno is needed to know a full disk."""
    import errno
    import re

    match = re.search(r"os error (\d+)", str(error))
    number = int(match[1]) if match else errno.EIO
    return OSError(number, os.strerror(number), str(path))


def best_score(folder: Path) -> float:
    """Return the best checkpoint's score; infinity if there is none."""
    return _best(folder)[1]


def _best(folder: Path) -> tuple[str, float]:
    try:
        best = json.loads((folder / BEST).read_text("utf-8"))
        name, score = str(best["name"]), float(best["score"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", float("inf")
    return (name, score) if (folder / name).exists() else ("", float("inf"))


def _delete_old(folder: Path, keep: int) -> None:
    best, _ = _best(folder)
    for _, path in numbered(folder)[:-keep]:
        if path.name != best:
            with contextlib.suppress(OSError):
                path.unlink()


def load_newest(
    folder: Path, trainer: Trainer, tell: Callable[[str], None]
) -> dict[str, Any] | None:
    """Continue from the newest checkpoint that is whole.

    Args:
        tell: gets one sentence about each damaged one.

    Returns the description of the checkpoint taken; None if there is none, and then nothing has
    changed. Raises RunError if there are some, but all are damaged.
    """
    for left in folder.glob(f".*{PARTIAL_SUFFIX}"):
        left.unlink(missing_ok=True)  # of a process that was killed while writing
    found = numbered(folder)
    for _, path in reversed(found):
        try:
            tensors, description = read(path)
            load_tensors(trainer, tensors)
        except DamagedCheckpointError as error:
            tell(f"{path.name} cannot be used: {error}; the one before it is taken")
            continue
        trainer.cur_nimg = int(description["cur_nimg"])
        trainer.controller.from_json(description["augment"])
        return description
    if found:
        raise RunError(f"all {len(found)} checkpoints of this run are damaged; start a new run")
    return None


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint. Raises DamagedCheckpointError unless it is whole."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            description = json.loads(metadata[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise DamagedCheckpointError(f"it cannot be read ({str(error)[:100]})") from None
    if description.get("version") != VERSION:
        raise DamagedCheckpointError("it was written by another version of this program")
    if description.get("sha256") != _digest(tensors):
        raise DamagedCheckpointError("its contents are not what was written")
    return tensors, description


def _digest(tensors: dict[str, Tensor]) -> str:
    """SHA-256 of all names, shapes and bytes."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
