"""Finds out how previews of a model look, from exact pictures of a few seeds."""

from __future__ import annotations

import time
from dataclasses import replace

import torch

from explorer.messages import PreparePreviews
from explorer.render.engine import Progress, Superseded, Units
from explorer.render.jobs.context import JobContext
from explorer.render.pipeline import synthesis_inputs
from explorer.render.preview import Readout, preview_image, preview_pixels
from explorer.render.preview_fit import (
    FIT_PICTURES,
    TEST_PICTURES,
    Sample,
    readout_from,
    sample,
)
from explorer.settings import InputTransform, Noise, StyleMixing, Truncation, seed_latent
from networks.shortcut import shortcut_of
from networks.steps import Activations, run

FIRST_SEED = 1_000_003  # beyond the seeds people look at: the error is of pictures never seen


def prepare_previews(context: JobContext, job: PreparePreviews) -> Units:
    """Run the network step by step on FIT_PICTURES + TEST_PICTURES seeds, without truncation.

    It pauses after every step: a request of the window waits for one step at most.
    """
    placed = context.pipeline.place(job.request)
    cut = shortcut_of(placed.generator)
    known = context.previews.of(placed.weights_key)
    if cut is None or known.readouts:
        return ""
    plain = replace(
        job.request,
        truncation=Truncation(),
        noise=Noise(),
        mixing=StyleMixing(),
        transform=InputTransform(),
    )
    steps = placed.generator.steps()
    total = (FIT_PICTURES + TEST_PICTURES) * len(steps)
    samples: dict[int, list[Sample]] = {index: [] for index in cut.sides}
    for picture in range(FIT_PICTURES + TEST_PICTURES):
        with torch.inference_mode():
            request = replace(plain, latent=seed_latent(FIRST_SEED + picture))
            ws = context.pipeline.ws(request)
            inputs = synthesis_inputs(request, placed.generator, placed.loaded.info, ws)
        activations, rough = Activations(), {}
        for index, step in enumerate(steps):
            if not context.keep_going():
                raise Superseded
            with torch.inference_mode():
                part = run(
                    [step],
                    inputs,
                    (-1, activations),
                    observe=lambda _, step, secs: known.note_steps([(step.name, 1000 * secs)]),
                )
                activations = part.activations
                if index in cut.sides:
                    rough[index] = cut.picture(index, activations, inputs)
                    if picture == FIT_PICTURES:  # once everything is warm
                        started = time.perf_counter()
                        same = Readout(index, cut.sides[index], _same(rough[index]), 0.0)
                        img = preview_image(cut, same, activations, inputs)
                        preview_pixels(img[0], placed.loaded.info.resolution, 1.0)
                        known.note_readout(index, 1000 * (time.perf_counter() - started))
            yield Progress(picture * len(steps) + index + 1, total)
        assert activations.out is not None
        with torch.inference_mode():
            for index, img in rough.items():
                samples[index].append(sample(img, activations.out))
    with torch.inference_mode():
        found = [
            readout_from(index, cut.sides[index], taken, placed.device)
            for index, taken in samples.items()
        ]
    known.cut = cut
    known.readouts = {readout.index: readout for readout in found}
    return ""


def _same(picture: torch.Tensor) -> torch.Tensor:
    """Return colours [C + 1, C] that leave a picture as it is."""
    channels = picture.shape[1]
    return torch.eye(channels + 1, channels, device=picture.device)
