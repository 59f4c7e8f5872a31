"""Any exception that ends a run, as one sentence for its status."""

from __future__ import annotations

import errno

from networks.errors import ModelFileError
from train.errors import RunError, TrainError


class LossError(RunError):
    """A loss is no longer a finite number."""


class PicturesError(RunError):
    """Pictures can no longer be read; the weights are those of the last whole step."""


def is_disk_full(error: BaseException) -> bool:
    """Return whether the disk is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def is_barred(error: BaseException) -> bool:
    """Return whether a place may not be used: a read-only disk, or no right to."""
    return isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)


def reason_of(error: BaseException) -> str:
    """Say in one sentence what ended the run and what to do."""
    if is_disk_full(error):
        return (
            "The disk is full. Everything up to the last checkpoint is safe; free some space and "
            "continue the run."
        )
    if is_barred(error):
        assert isinstance(error, OSError)
        return (
            f"{error.filename or 'The run folder'} cannot be written: {error.strerror}. Everything "
            "up to the last checkpoint is safe; make it writable, or move the run, and continue."
        )
    if isinstance(error, (TrainError, ModelFileError)):
        return str(error)
    if is_out_of_memory(error):
        return "There is not enough memory; a smaller batch_gpu needs less for the same result."
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'}: {error.strerror or error}"
    return f"{type(error).__name__}: {error}"


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether memory ran out, on the GPU or off it."""
    name = type(error).__name__
    return (
        isinstance(error, MemoryError)
        or name == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))
    )
