"""What jobs are called in the window, how long they will take, and what went wrong with them."""

from __future__ import annotations

import os
import traceback

from explorer.errors import UserError
from explorer.messages import (
    ConvertModel,
    ExportActivation,
    Job,
    LoadModel,
    MeasureEquivariance,
    PreparePreviews,
    RenderGrid,
    RenderThumbnails,
    SaveLatent,
    SaveSeeds,
)
from explorer.request import RenderError
from networks.errors import ModelFileError

# How torch's allocators say it, on Linux, Windows and GPUs.
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


def job_label(job: Job) -> str:
    """Return a few words for the list of jobs."""
    match job:
        case LoadModel():
            return f"Opening {os.path.basename(job.path)}"
        case ConvertModel():
            return f"Converting {os.path.basename(job.source)}"
        case RenderGrid():
            return "Rendering the grid"
        case RenderThumbnails():
            return "Rendering thumbnails"
        case SaveSeeds():
            return "Saving seeds"
        case MeasureEquivariance():
            return "Measuring equivariance"
        case PreparePreviews():
            return "Preparing previews"
        case SaveLatent():
            return "Keeping the latent"
        case ExportActivation():
            return "Exporting the activation"


def eta_secs(spent_secs: float, done: int, total: int) -> float | None:
    """Return how long the rest takes at the pace so far; None while that is not known."""
    if done <= 0 or total <= 0:
        return None
    return spent_secs / done * max(0, total - done)


def error_value(error: Exception) -> RenderError:
    """Return an exception as one sentence, and its traceback for the log."""
    details = "".join(traceback.format_exception(error))
    return RenderError(error_sentence(error), details)


def error_sentence(error: Exception) -> str:
    if isinstance(error, UserError | ModelFileError):
        return str(error)
    said = str(error).lower()
    if isinstance(error, MemoryError) or any(words in said for words in _OUT_OF_MEMORY):
        return "There is not enough memory for this: close other programs or use a smaller model"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.path.basename(str(error.filename))}: {error.strerror}"
    return f"{type(error).__name__}: {error}"
