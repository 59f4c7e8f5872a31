"""CUDA graphs without a GPU: what runs while a picture is recorded is kept and can be repeated.

As on a GPU: memory and numbers of the recording are fixed, its results mean nothing until the first
replay, and reading a value from the device while recording is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Node = Callable[[], None]
_ATEN = torch.ops.aten
READS = (_ATEN._local_scalar_dense.default, _ATEN.item.default, _ATEN.is_nonzero.default)


class Recorder(TorchDispatchMode):
    """Keeps every operator that runs under it.

    nodes:   what a replay repeats, in order.
    written: the results of operators, which only a replay fills.
    """

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.written: list[Tensor] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in READS:
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing")
        result = func(*args, **kwargs)
        given = {_memory(t) for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        results = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
        if func._schema.is_mutable:
            self.nodes.append(lambda: func(*args, **kwargs))
        elif any(_memory(t) not in given for t in results):
            self.nodes.append(lambda: _again(func, args, kwargs, results))
            self.written += results
        return result

    def replay(self) -> None:
        for node in self.nodes:
            node()

    def forget_results(self) -> None:
        """Recording computes nothing on a GPU: so nobody may rely on what was computed here."""
        for tensor in self.written:
            if tensor.is_floating_point() and not _is_repeated(tensor):
                tensor.fill_(float("nan"))


def record(work: Callable[[], Tensor], device: torch.device) -> tuple[Node, Tensor]:
    """Stand in for explorer.render.graphs.record_on_gpu."""
    work()
    recorder = Recorder()
    with recorder:
        out = work()
    recorder.forget_results()
    return recorder.replay, out


def _again(func: Any, args: Any, kwargs: Any, results: list[Tensor]) -> None:
    computed = [t for t in tree_leaves(func(*args, **kwargs)) if isinstance(t, Tensor)]
    for tensor, value in zip(results, computed, strict=True):
        if not _is_repeated(tensor):
            tensor.copy_(value)


def _is_repeated(tensor: Tensor) -> bool:
    sizes = zip(tensor.stride(), tensor.shape, strict=True)
    return any(step == 0 and size > 1 for step, size in sizes)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
