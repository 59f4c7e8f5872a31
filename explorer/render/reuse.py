"""Keeps the activations of the last run, so that a change computes only the steps it reaches."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import torch
from torch import Tensor

from explorer.render.engine import KeepGoing, Superseded
from explorer.render.limits import Limits
from networks.steps import Activations, Inputs, Step, index_of, run

Observe = Callable[[int, Step, float], None]  # index, step, seconds


def first_difference(steps: Sequence[Step], old: Inputs, new: Inputs) -> int:
    """Return the index of the first step that reads something that differs; len(steps) = none."""
    if old.force_fp32 != new.force_fp32 or old.ws.shape != new.ws.shape:
        return 0
    rows_equal = (old.ws == new.ws).flatten(2).all(dim=2).all(dim=0).tolist()
    changed = {
        "noise": _noise(old) != _noise(new),
        "input_transform": not _same(old.input_transform, new.input_transform),
        "lod": old.lod != new.lod,
    }
    for index, step in enumerate(steps):
        if any(changed[name] for name in step.reads):
            return index
        if not all(rows_equal[row] for row in step.ws_rows):
            return index
    return len(steps)


class ActivationCache:
    """What each step gave in the last run, within a memory budget. For one thread.

    The activation shown last is always kept; of the others, those that no longer fit are not.
    """

    def __init__(self, budget_bytes: int = Limits.keep_bytes) -> None:
        self._budget_bytes = budget_bytes
        self._key: Hashable = None
        self._inputs: Inputs | None = None
        self._kept: dict[int, Activations] = {}
        self._newest = -1  # the step whose activation was shown last

    @property
    def budget_bytes(self) -> int:
        return self._budget_bytes

    @budget_bytes.setter
    def budget_bytes(self, value: int) -> None:
        """Change the budget; later steps are forgotten first where it has become smaller."""
        if value < self._budget_bytes:
            kept, self._kept = self._kept, {}
            self._budget_bytes = value
            if self._newest in kept:
                self._kept[self._newest] = kept[self._newest]
            for index in sorted(kept):
                self._keep(index, kept[index], always=False)
        self._budget_bytes = value

    def usable(self, key: Hashable, steps: Sequence[Step], inputs: Inputs) -> tuple[int, ...]:
        """Return, in order, the steps that `run` would not compute again. Nothing is changed."""
        valid = self.unchanged(key, steps, inputs)
        return tuple(sorted(index for index in self._kept if index < valid))

    def unchanged(self, key: Hashable, steps: Sequence[Step], inputs: Inputs) -> int:
        """Return how many steps, from the first, read nothing that differs from the last run."""
        if self._inputs is None or self._key != key:
            return 0
        return first_difference(steps, self._inputs, inputs)

    def take(self, key: Hashable, inputs: Inputs, index: int, activations: Activations) -> None:
        """Keep what there is after step `index`, computed elsewhere, in place of everything."""
        self._key, self._inputs = key, inputs
        self._kept = {index: activations}
        self._newest = index

    def run(
        self,
        key: Hashable,
        steps: Sequence[Step],
        inputs: Inputs,
        *,
        until: str | None = None,
        keep_going: KeepGoing | None = None,
        observe: Observe | None = None,
    ) -> Activations:
        """Return what there is after the step `until` (None = the last), for one sample.

        Its `out`, the activation [1, C, H, W], is the same object as long as nothing that it
        depends on changes. `key` names the weights; another one forgets everything.

        Raises Superseded when `keep_going` says so between two steps, and ValueError if there is
        no step `until`.
        """
        last = len(steps) - 1 if until is None else index_of(steps, until)
        self._forget_changed(key, steps, inputs)
        start = max((index for index in self._kept if index <= last), default=-1)
        activations = self._kept.get(start, Activations())
        for index in range(start + 1, last + 1):
            part = run(
                steps,
                inputs,
                start_from=(index - 1, activations),
                until=steps[index].name,
                between=None if keep_going is None else lambda _index, _step: keep_going(),
                observe=observe,
            )
            if not part.finished:
                raise Superseded
            activations = part.activations
            self._keep(index, activations, always=index == last)
        self._newest = last
        return activations

    def clear(self) -> None:
        self._key, self._inputs = None, None
        self._newest = -1
        self._kept.clear()

    def _forget_changed(self, key: Hashable, steps: Sequence[Step], inputs: Inputs) -> None:
        valid = self.unchanged(key, steps, inputs)
        self._kept = {index: kept for index, kept in self._kept.items() if index < valid}
        self._key, self._inputs = key, inputs

    def _keep(self, index: int, activations: Activations, *, always: bool) -> None:
        tensors = _tensors([*self._kept.values(), activations])
        if always or sum(tensors.values()) <= self._budget_bytes:
            self._kept[index] = activations


def _tensors(kept: Sequence[Activations]) -> dict[int, int]:
    """Return the bytes of each distinct tensor: neighbours share most of theirs."""
    return {
        tensor.data_ptr(): tensor.numel() * tensor.element_size()
        for activations in kept
        for tensor in (activations.x, activations.img, activations.residual, activations.out)
        if tensor is not None
    }


def _noise(inputs: Inputs) -> tuple[object, ...]:
    """Return what of the noise settings has an effect."""
    if inputs.noise == "none":
        return ("none",)
    seeds = inputs.noise_seeds if inputs.noise == "random" else ()
    return (inputs.noise, seeds, inputs.noise_strength)


def _same(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return a is b
    return torch.equal(a, b)
