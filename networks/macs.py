"""Multiply-adds of a generator's convolutions, counted the direct way."""

from __future__ import annotations

from networks.generator import Generator
from networks.stylegan3 import SynthesisLayer


def direct_macs(generator: Generator) -> dict[str, int]:
    """Return the multiply-adds of each step's convolution for one picture.

    Output pixels x output channels x input channels x taps; a transposed convolution counts its
    input pixels instead. Filters, activations, Fourier features and the mapping are left out.
    Steps without a convolution are not listed. Raises ValueError for an architecture without
    modulated convolutions.
    """
    macs: dict[str, int] = {}
    for step in generator.steps():
        try:
            module = generator.synthesis.get_submodule(step.name)
        except AttributeError:  # "output" and "input" are steps, not layers
            continue
        weight = getattr(module, "weight", None)
        if weight is None or weight.ndim != 4:
            continue
        kernel = weight.shape[3]
        if isinstance(module, SynthesisLayer):
            side = module.layer.in_size + kernel - 1
        else:
            side = step.resolution // (2 if getattr(module, "up", False) else 1)
        macs[step.name] = side**2 * weight.numel()
    if not macs:
        raise ValueError(f"{type(generator).__name__} has no convolutions that can be counted")
    return macs
