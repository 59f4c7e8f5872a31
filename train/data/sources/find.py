"""Which kind of source something is."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

from train.data.choices import ImportChoices
from train.data.sources import video
from train.data.sources.base import Source
from train.errors import DataError

DEMO = "demo:"
_KINDS = "a folder, a zip, a video, .npy or .npz, CIFAR's tar.gz, MNIST's idx, or demo:NAME"


def open_source(
    what: str | Path, choices: ImportChoices | None = None, *, count: int | None = None
) -> Source:
    """Open a folder, a file or "demo:NAME"; raises DataError with a sentence.

    count: how many pictures of a demonstration set; None = its usual number.
    """
    choices = choices if choices is not None else ImportChoices()
    if isinstance(what, str) and what.startswith(DEMO):
        from train.data.demo import open_demo

        return open_demo(what.removeprefix(DEMO), count, choices)
    if count is not None:
        raise DataError("count belongs to demonstration sets; use max_images for others")
    path = Path(what)
    try:
        source = _open(path, choices)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if not source.entries and not source.skipped:
        source.close()
        raise DataError(f"{path} holds no pictures")
    return source


def _open(path: Path, choices: ImportChoices) -> Source:
    from train.data.sources import arrays, cifar, files, mnist

    if path.is_dir():
        digits = [name for name in path.glob("train-images*") if mnist.is_idx(name)]
        return mnist.open_idx(digits[0], choices) if digits else files.FolderSource(path, choices)
    path.stat()
    suffix = path.suffix.lower()
    if suffix in video.SUFFIXES:
        return video.VideoSource(path, choices)
    if suffix == ".npy":
        return arrays.open_npy(path, choices)
    if suffix == ".npz":
        return arrays.open_npz(path, choices)
    if mnist.is_idx(path):
        return mnist.open_idx(path, choices)
    if suffix == ".zip" or zipfile.is_zipfile(path):
        return files.ZipSource(path, choices)
    if path.name.lower().endswith((".tar.gz", ".tgz", ".tar")) or tarfile.is_tarfile(path):
        return cifar.open_cifar(path, choices)
    raise DataError(f"{path.name} is nothing that holds pictures; expected {_KINDS}")
