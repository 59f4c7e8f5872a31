"""Weights of another model as a start: whatever fits by name and shape, and a report of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from networks.checkpoint import load_model
from train.build import Networks


@dataclass(frozen=True)
class TransferReport:
    """What became of one network's tensors.

    taken:     names that were copied.
    misshapen: names that exist in both with different shapes.
    missing:   names the source does not have; they keep their random start.
    widened:   names that were copied and have more inputs here: of the classes, at 0 to begin with.
    """

    network: str
    taken: tuple[str, ...]
    misshapen: tuple[str, ...]
    missing: tuple[str, ...]
    widened: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say it in one sentence."""
        taken = len(self.taken) + len(self.widened)
        total = taken + len(self.misshapen) + len(self.missing)
        text = f"{self.network}: {taken} of {total} tensors taken"
        if self.widened:
            text += f"; made wider for the classes: {_some(self.widened)}"
        if self.misshapen:
            text += f"; another shape: {_some(self.misshapen)}"
        if self.missing:
            text += f"; not in the file: {_some(self.missing)}"
        return text


def transfer(path: str | Path, networks: Networks) -> list[TransferReport]:
    """Copy what fits from a model file into a run's networks, in place.

    The file's generator starts both the generator and its average. Raises ModelFileError if the
    file cannot be used.
    """
    model = load_model(path)
    source = model.generator.state_dict()
    reports = [_copy("generator", source, networks.generator)]
    _copy("average", source, networks.average)
    if model.discriminator is None:
        names = tuple(networks.discriminator.state_dict())
        return [*reports, TransferReport("discriminator", (), (), names)]
    return [
        *reports,
        _copy("discriminator", model.discriminator.state_dict(), networks.discriminator),
    ]


@torch.no_grad()
def _copy(name: str, source: dict[str, torch.Tensor], network: nn.Module) -> TransferReport:
    taken, misshapen, missing, widened = [], [], [], []
    for key, target in network.state_dict().items():
        if key not in source:
            missing.append(key)
        elif _widens(key, source, target):
            # Each input counts by 1 / sqrt(inputs). With the classes at 0, the network begins with
            # all the variety it had, which a class of random weight would drown.
            inputs = source[key].shape[1]
            target.zero_()
            target[:, :inputs] = source[key] * math.sqrt(target.shape[1] / inputs)
            widened.append(key)
        elif source[key].shape != target.shape:
            misshapen.append(key)
        else:
            target.copy_(source[key])
            taken.append(key)
    return TransferReport(name, tuple(taken), tuple(misshapen), tuple(missing), tuple(widened))


def _widens(key: str, source: dict[str, torch.Tensor], target: torch.Tensor) -> bool:
    """Say whether a mapping without classes goes into one with classes: z first, then these."""
    if key != "mapping.fc0.weight" or "mapping.embed.weight" in source:
        return False
    (out, inputs), (target_out, target_inputs) = source[key].shape, target.shape
    return out == target_out and inputs < target_inputs


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
