"""Exact pictures of a list of seeds as PNGs that carry their session."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from explorer.files import free_path, save_bytes
from explorer.messages import SaveSeeds
from explorer.png import encode_png, result_pixels
from explorer.render.device import recorded_environment
from explorer.render.engine import Progress, Units
from explorer.render.jobs.context import JobContext
from explorer.request import RenderResult
from explorer.session import Session, session_from_json, session_to_json
from explorer.settings import seed_latent


def save_seeds(context: JobContext, job: SaveSeeds) -> Units:
    """Write seedNNNN.png for each seed; a file that is there is left alone, or gets a company."""
    session = session_from_json(job.session_json, context.arrays) if job.session_json else None
    saved = 0

    def png(index: int, result: RenderResult) -> bytes:
        return seed_png(result, job.seeds[index], session, context)

    requests = [replace(job.request, latent=seed_latent(seed)) for seed in job.seeds]
    made = zip(job.seeds, context.rendered(requests, png), strict=True)
    for done, (seed, data) in enumerate(made):
        path = free_path(Path(job.folder) / seed_file_name(seed), data)
        if path is not None:
            save_bytes(path, data)
            saved += 1
        yield Progress(done + 1, len(job.seeds))
    known = len(job.seeds) - saved
    outcome = f"Saved {saved} picture{'' if saved == 1 else 's'}"
    outcome += f" in {os.path.basename(os.path.abspath(job.folder))}"
    return outcome + (f"; {known} had been saved before" if known else "")


def seed_file_name(seed: int) -> str:
    return f"seed{seed:04d}.png"


def seed_png(
    result: RenderResult, seed: int, session: Session | None, context: JobContext
) -> bytes:
    """Return the PNG of a picture, with the session that shows it again unless that is None."""
    text = None
    if session is not None:
        text = session_to_json(
            replace(session.settings, latent=seed_latent(seed)),
            session.view,
            context.arrays,
            keep_paths=False,
            recorded=recorded_environment(result),
        )
    return encode_png(result_pixels(result), text)
