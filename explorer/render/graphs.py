"""Whole pictures as CUDA graphs: recorded once, then replayed with other latents.

On a GPU the processor spends most of a picture on launching some hundreds of small kernels; a
graph launches them at once. What is recorded must prove itself: its first replay, with other
numbers than it was recorded with, has to give the picture that the steps gave, bit for bit. A model
for which that fails runs step by step from then on, and `sentence` says why.

Only whole pictures are recorded; see docs/decisions/0011-whole-pictures-are-cuda-graphs.md.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from networks.steps import Inputs, Step, run

WARM_PICTURES = 3  # of one kind, made step by step, before it is worth a recording
KEPT_GRAPHS = 2  # per model: each holds the memory of a picture's activations
KNOWN_KINDS = 16  # per model
STEP_NAME = "one CUDA graph"

Replay = Callable[[], None]
Record = Callable[[Callable[[], Tensor], torch.device], tuple[Replay, Tensor]]


def record_on_gpu(work: Callable[[], Tensor], device: torch.device) -> tuple[Replay, Tensor]:
    """Record what `work` launches on a GPU.

    Returns what repeats it, and the tensor that then holds its result. Only this thread is kept
    from what must not happen meanwhile: the window's may copy its pictures.
    """
    with torch.cuda.device(device):
        present, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(present)
        with torch.cuda.stream(aside):
            work()  # what is loaded or chosen on first use cannot be recorded
        present.wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=aside, capture_error_mode="thread_local"):
            result = work()

    def replay() -> None:
        with torch.cuda.device(device):
            graph.replay()

    return replay, result


@dataclass(eq=False)
class _Graph:
    """A recording, the tensors it reads, and the one it writes."""

    ws: Tensor
    transform: Tensor | None
    replay: Replay
    out: Tensor

    def picture(self, inputs: Inputs) -> Tensor:
        self.ws.copy_(inputs.ws)
        if self.transform is not None and inputs.input_transform is not None:
            self.transform.copy_(inputs.input_transform)
        self.replay()
        return self.out.clone()  # the next replay writes over it


@dataclass(eq=False)
class _Kind:
    pictures: int = 0
    graph: _Graph | None = None


@dataclass(eq=False)
class _Known:
    """What is known about one generator on one GPU. refusal: why it is not replayed; "" = it is."""

    kinds: OrderedDict[Hashable, _Kind] = field(default_factory=OrderedDict)  # newest last
    refusal: str = ""


class Graphs:
    """The recordings of the models in use. For one thread; pipelines share it.

    Args:
        record: see record_on_gpu.
        device: the kind of device whose pictures are recorded.
    """

    def __init__(self, record: Record = record_on_gpu, device: str = "cuda") -> None:
        self._record = record
        self._device = device
        # A recording reads the weights where they lie, so it goes when they go.
        self._known: WeakKeyDictionary[Any, _Known] = WeakKeyDictionary()

    def ready(self, generator: Any, inputs: Inputs) -> bool:
        """Return whether `picture` has a recording for such inputs."""
        known = self._known.get(generator)
        kind = known.kinds.get(kind_of(inputs)) if known is not None else None
        return kind is not None and kind.graph is not None

    def picture(self, generator: Any, inputs: Inputs) -> Tensor | None:
        """Return the picture [1, C, H, W] that the steps would give; None: let them run."""
        if not self.ready(generator, inputs):
            return None
        known, key = self._known[generator], kind_of(inputs)
        known.kinds.move_to_end(key)
        graph = known.kinds[key].graph
        assert graph is not None
        try:
            return graph.picture(inputs)
        except Exception as error:  # whatever the driver refuses: the steps still run
            _give_up(known, f"a replay failed: {_first_line(error)}")
            return None

    def note(self, generator: Any, steps: Sequence[Step], inputs: Inputs, picture: Tensor) -> None:
        """Learn that the steps were run from first to last, and record them once it is worth it.

        picture: what they gave for `inputs`, which the first replay has to give again.
        """
        key = kind_of(inputs)
        if inputs.ws.device.type != self._device or key is None:
            return
        known = self._known.setdefault(generator, _Known())
        if known.refusal:
            return
        kind = known.kinds.setdefault(key, _Kind())
        known.kinds.move_to_end(key)
        if len(known.kinds) > KNOWN_KINDS:
            known.kinds.popitem(last=False)
        kind.pictures += 1
        if kind.graph is not None or kind.pictures < WARM_PICTURES:
            return
        recorded = [other for other in known.kinds.values() if other.graph is not None]
        for other in recorded[: len(recorded) + 1 - KEPT_GRAPHS]:
            other.graph, other.pictures = None, 0
        try:
            graph = self._recorded(steps, inputs)
            replayed = graph.picture(inputs)
        except Exception as error:  # whatever the driver refuses: the steps still run
            _give_up(known, f"recording failed: {_first_line(error)}")
            return
        if not torch.equal(replayed, picture):
            _give_up(known, "its first replay differed from the picture the layers gave")
            return
        kind.graph = graph

    def sentence(self, generator: Any, inputs: Inputs) -> str:
        """Say how such pictures are made on the GPU; "" while that is not decided."""
        if kind_of(inputs) is None:
            return "CUDA graph: none with random noise, which the processor draws."
        known = self._known.get(generator)
        if known is not None and known.refusal:
            return f"CUDA graph: given up for this model, {known.refusal}."
        if self.ready(generator, inputs):
            return "CUDA graph: whole pictures are replayed; its first equalled the layers' own."
        return ""

    def _recorded(self, steps: Sequence[Step], inputs: Inputs) -> _Graph:
        # Other numbers than those of the first replay: what was not copied in would show there.
        ws = inputs.ws.neg()
        given = inputs.input_transform
        transform = None if given is None else given.neg()
        static = replace(inputs, ws=ws, input_transform=transform)

        def work() -> Tensor:
            out = run(steps, static).activations.out
            assert out is not None
            return out

        return _Graph(ws, transform, *self._record(work, ws.device))


def kind_of(inputs: Inputs) -> Hashable | None:
    """Return all that a recording has fixed; None for what cannot be recorded."""
    if inputs.noise == "random" and inputs.noise_strength != 0:
        return None
    transform = inputs.input_transform
    return (
        tuple(inputs.ws.shape),
        inputs.noise,
        inputs.noise_strength,
        None if transform is None else tuple(transform.shape),
        inputs.lod,
        inputs.force_fp32,
    )


def _give_up(known: _Known, why: str) -> None:
    known.kinds.clear()
    known.refusal = why


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
