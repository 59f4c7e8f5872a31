"""Weights as the convolution kernels read them, kept as long as those they are made of."""

from __future__ import annotations

import threading
from ctypes import c_int64, c_void_p
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from cuda_ops.cpu import library, memory

_prepare = library.Function("le_modulated_conv2d_prepare", *(c_void_p,) * 3, *(c_int64,) * 6)


@dataclass(frozen=True)
class Plan:
    """How a layer is computed, as the kernels say it.

    isa:    the instruction set whose registers the layout follows.
    kind:   of enum Kind in src/modulated_conv2d.h.
    points: along one axis of the transform.
    floats: of the prepared weights.
    """

    isa: str
    kind: int
    points: int
    floats: int


@dataclass(frozen=True, eq=False)
class _Entry:
    version: int
    address: int
    storage: torch.UntypedStorage  # of what it was made of: held, or others may get its address
    weight: Tensor
    norms: Tensor


_kept: WeakTensorKeyDictionary = WeakTensorKeyDictionary()  # weight -> {Plan: _Entry}
_keeping = threading.Lock()


def prepared(weight: Tensor, plan: Plan) -> tuple[Tensor, Tensor]:
    """Return `weight` prepared for `plan`, and the sums of squares of its kernels.

    Made anew after the weights were written to or got other memory, as torch counts it. It counts
    nothing in a tensor made in inference mode, which is not kept, and misses writes through
    `weight.data`, a numpy array or Adam(fused=True): nothing of ours writes like that.

    Args:
        weight: [out, in, k, k], float32 on the CPU.

    Returns float32 [plan.floats], and [out, in].
    """
    if weight.is_inference():
        return _make(weight, plan)
    version, address = weight._version, weight.data_ptr()
    with _keeping:
        entries = _kept.get(weight)
        entry = None if entries is None else entries.get(plan)
    if entry is None or (entry.version, entry.address) != (version, address):
        entry = _Entry(version, address, weight.untyped_storage(), *_make(weight, plan))
        with _keeping:
            entries = {} if entries is None else dict(entries)
            # Another size of picture has another plan; what belongs to older weights goes.
            current = {k: e for k, e in entries.items() if e.version == version}
            _kept[weight] = {**current, plan: entry}
    return entry.weight, entry.norms


def prepared_bytes() -> int:
    """Return the memory that prepared weights take now, in bytes."""
    with _keeping:
        entries = [entry for kept in _kept.values() for entry in kept.values()]
    return sum(entry.weight.nbytes + entry.norms.nbytes for entry in entries)


def _make(weight: Tensor, plan: Plan) -> tuple[Tensor, Tensor]:
    weight = weight.detach().contiguous()
    out, cin, taps, _ = weight.shape
    # Outside of inference mode, whose tensors could not be used in training afterwards.
    with torch.inference_mode(False):
        made, norms = memory.empty(plan.floats), torch.empty(out, cin)
    sizes = (out, cin, taps, plan.kind, plan.points, library.threads())
    _prepare(weight.data_ptr(), made.data_ptr(), norms.data_ptr(), *sizes)
    return made, norms
