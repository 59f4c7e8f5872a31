"""EQ-T and EQ-R of the picture on the screen (arXiv:2106.12423, section 2.1 and appendix E.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from explorer.errors import UserError
from explorer.messages import Equivariance, MeasureEquivariance
from explorer.render.engine import Progress, Superseded, Units
from explorer.render.jobs.context import JobContext
from networks.equivariance import Measure, measure_equivariance

if TYPE_CHECKING:
    from torch import Tensor


def measure(context: JobContext, job: MeasureEquivariance) -> Units:
    """Measure the latent of the request with one shift and one rotation, the same ones each time.

    Four network runs: the unmoved picture, shifted by whole pixels, by a fraction, and rotated.
    """
    placed = context.pipeline.place(job.request)
    if not placed.loaded.info.has_input_transform:
        raise UserError("Equivariance can be measured for StyleGAN3 only: it has an input to move")
    ws = context.pipeline.ws(job.request)
    decibels: dict[Measure, float] = {}
    original: Tensor | None = None
    for done, (name, value) in enumerate(_movements().items()):
        yield Progress(done, 3)
        with torch.inference_mode():
            measured = measure_equivariance(
                placed.generator,
                ws,
                name,
                value,
                original=original,
                between=lambda _index, _step: context.keep_going(),
            )
        if measured is None:
            raise Superseded
        original = measured.original
        decibels[name] = measured.db
    eq_t, eq_t_frac, eq_r = decibels["eq_t"], decibels["eq_t_frac"], decibels["eq_r"]
    yield Equivariance(context.job_id, job.request, eq_t, eq_t_frac, eq_r)
    return f"EQ-T {eq_t:.1f} dB, fractional {eq_t_frac:.1f} dB, EQ-R {eq_r:.1f} dB"


def _movements() -> dict[Measure, Any]:
    """Return a shift up to 1/8 of the width and an angle, drawn as for the published measures."""
    stream = np.random.RandomState(0)
    shift = tuple(float(value) for value in stream.uniform(-0.125, 0.125, 2))
    return {"eq_t": shift, "eq_t_frac": shift, "eq_r": float(stream.uniform(-np.pi, np.pi))}
