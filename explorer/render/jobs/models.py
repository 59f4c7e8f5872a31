"""Jobs that read and write model files."""

from __future__ import annotations

import os

from explorer.errors import UserError
from explorer.messages import ConvertModel, LoadModel, ModelLoaded
from explorer.render.engine import Progress, Units
from explorer.render.jobs.context import JobContext


def load_model(context: JobContext, job: LoadModel) -> Units:
    """Hash the file, then read it into the library; reports `ModelLoaded`."""
    name = os.path.basename(job.path)
    for done, total in context.library.hash_steps(job.path):
        yield Progress(done, total, f"Reading {name}")
    yield Progress(0, 0, f"Building the network of {name}")
    loaded = context.library.load(job.path)
    yield ModelLoaded(context.job_id, loaded.ref, loaded.info, loaded.stamp)
    return f"Opened {name}"


def convert_model(context: JobContext, job: ConvertModel) -> Units:
    """Write a model in the safe format."""
    from networks import save_model

    source, destination = os.path.basename(job.source), os.path.basename(job.destination)
    if os.path.exists(job.destination) and os.path.samefile(job.source, job.destination):
        raise UserError(f"{destination} is the model itself: choose another name for the copy")
    yield Progress(0, 2, f"Reading {source}")
    loaded = context.library.load(job.source)
    yield Progress(1, 2, f"Writing {destination}")
    save_model(loaded.model, job.destination)
    return f"Converted {source} to {destination}"
