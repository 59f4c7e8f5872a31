"""Jobs as generators: at each pause between two units a render request may go first."""

from __future__ import annotations

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
from explorer.render.engine import Units
from explorer.render.jobs.context import JobContext
from explorer.render.jobs.equivariance import measure
from explorer.render.jobs.latent import export_activation, save_latent
from explorer.render.jobs.models import convert_model, load_model
from explorer.render.jobs.pictures import render_grid, render_thumbnails
from explorer.render.jobs.previews import prepare_previews
from explorer.render.jobs.save_seeds import save_seeds

__all__ = ["JobContext", "units_of"]


def units_of(context: JobContext, job: Job) -> Units:
    """Return the generator that does `job`."""
    match job:
        case LoadModel():
            return load_model(context, job)
        case ConvertModel():
            return convert_model(context, job)
        case RenderGrid():
            return render_grid(context, job)
        case RenderThumbnails():
            return render_thumbnails(context, job)
        case SaveSeeds():
            return save_seeds(context, job)
        case MeasureEquivariance():
            return measure(context, job)
        case PreparePreviews():
            return prepare_previews(context, job)
        case SaveLatent():
            return save_latent(context, job)
        case ExportActivation():
            return export_activation(context, job)
