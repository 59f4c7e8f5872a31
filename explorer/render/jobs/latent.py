"""Jobs that hand out numbers: the final latent, and activations as files."""

from __future__ import annotations

import json
import os

import numpy as np

from explorer.codec import to_plain
from explorer.files import saving
from explorer.messages import ExportActivation, LatentReady, SaveLatent
from explorer.render.engine import Progress, Units
from explorer.render.jobs.context import JobContext
from explorer.render.pipeline import OUTPUT


def save_latent(context: JobContext, job: SaveLatent) -> Units:
    """Report the final ws of the request: blended, truncated and mixed."""
    ws = context.pipeline.ws(job.request)[0].float().cpu().numpy()
    yield LatentReady(context.job_id, job.name, job.request.model.sha256, ws)
    return f"Kept {job.name}" if job.name else "Kept the latent"


def export_activation(context: JobContext, job: ExportActivation) -> Units:
    """Write .npz with `activation` [C, H, W] float32, `layer` and `request` (JSON, no folders)."""
    yield Progress(0, 2)
    activation = context.pipeline.activation(job.request, context.keep_going)[0]
    yield Progress(1, 2)
    request = to_plain(job.request)
    request["model"]["path"] = ""
    layer = job.request.layer.layer or OUTPUT
    with saving(job.path) as file:
        np.savez(
            file,
            activation=activation.float().cpu().numpy(),
            layer=np.array(layer),
            request=np.array(json.dumps(request)),
        )
    return f"Exported {layer} to {os.path.basename(job.path)}"
