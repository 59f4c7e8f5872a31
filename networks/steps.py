"""A generator is a list of named steps: what that list is made of, and how to run (part of) it.

Synthesis runs all steps; capturing a layer stops after one; a preview stops where a picture exists;
reuse starts from kept activations; cancelling looks up between two. Steps are pure: they never
write into what they are given, so kept activations stay valid.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything synthesis depends on besides the weights.

    ws:              [N, num_ws, w_dim], dtype of the weights.
    noise:           "const" (the stored pictures), "none", or "random".
    noise_seeds:     one seed per sample, used by "random".
    noise_strength:  factor of all noise; 1 = as trained.
    input_transform: [N, 3, 3] or [3, 3], output-to-input (StyleGAN3); None = the stored one.
    lod:             level of detail (ProGAN, StyleGAN); None = the stored one.
    force_fp32:      ignore the file's wish for 16 bit, which only CUDA follows.
    """

    ws: Tensor
    noise: str = "const"
    noise_seeds: tuple[int, ...] = (0,)
    noise_strength: float = 1.0
    input_transform: Tensor | None = None
    lod: float | None = None
    force_fp32: bool = False


@dataclass(frozen=True, eq=False)
class Activations:
    """What one step hands to the next; may be kept, since no step writes into it.

    x:        [N, C, H, W] features; None before the first step.
    img:      [N, img_channels, H, W] picture so far, float32; None while there is none.
    residual: the input of a residual block that is still open; None outside one.
    out:      what the last step computed: the activation that capture shows.
    """

    x: Tensor | None = None
    img: Tensor | None = None
    residual: Tensor | None = None
    out: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """One named part of synthesis.

    name:       "b64.conv1", "L10_276_256", "b64.torgb", "output".
    resolution: width and height of its activation in pixels.
    channels:   feature maps of its activation.
    run:        pure: equal arguments give equal results, and neither is changed.
    ws_rows:    rows of ws it reads.
    reads:      which of "noise", "input_transform", "lod" it reads.
    output:     the field of Activations that its `out` is, or is a summand of.
    """

    name: str
    resolution: int
    channels: int
    run: Callable[[Activations, Inputs], Activations]
    ws_rows: tuple[int, ...] = ()
    reads: frozenset[str] = field(default_factory=frozenset)
    output: str = "x"


@dataclass(frozen=True, eq=False)
class Run:
    """How far a run came.

    index:       of the last step whose activations these are; -1 = none.
    activations: after that step.
    finished:    False = `between` cancelled it.
    """

    index: int
    activations: Activations
    finished: bool


def run(
    steps: Sequence[Step],
    inputs: Inputs,
    start_from: tuple[int, Activations] | None = None,
    until: str | None = None,
    between: Callable[[int, Step], bool | None] | None = None,
    observe: Callable[[int, Step, float], None] | None = None,
) -> Run:
    """Run steps in order.

    Args:
        steps:      as Generator.steps() gives them.
        inputs:     what they read.
        start_from: (index, activations) kept from an earlier run: go on with step index + 1.
        until:      name of the last step to run; None = the last one.
        between:    called before each step with its index; returning False cancels.
        observe:    called after each step with its index and the seconds it took (device time
                    included: CUDA is waited for).

    Raises ValueError if there is no step `until`.
    """
    last = len(steps) - 1 if until is None else index_of(steps, until)
    index, activations = (-1, Activations()) if start_from is None else start_from
    for i in range(index + 1, last + 1):
        step = steps[i]
        if between is not None and between(i, step) is False:
            return Run(i - 1, activations, finished=False)
        start = time.perf_counter()
        activations = step.run(activations, inputs)
        if observe is not None:
            if inputs.ws.is_cuda:
                torch.cuda.synchronize(inputs.ws.device)
            observe(i, step, time.perf_counter() - start)
    return Run(max(index, last), activations, finished=True)


def index_of(steps: Sequence[Step], name: str) -> int:
    """Return the index of the step called name; ValueError lists the names there are."""
    for i, step in enumerate(steps):
        if step.name == name:
            return i
    names = ", ".join(step.name for step in steps)
    raise ValueError(f"there is no layer {name!r}; the layers are {names}")
