"""Choice between the implementations of an operator."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor

from cuda_ops import cuda
from cuda_ops.cpu import library
from cuda_ops.cpu.ops import PLAIN

Impl = Literal["auto", "reference", "native"]
_DTYPES = {"cpu": (torch.float32,), "cuda": (torch.float32, torch.float16)}


def choose(op: str, impl: str, *tensors: Tensor | None) -> str:
    """Return the implementation that runs when an operator is called with `impl`.

    Args:
        op:      name of the operator.
        impl:    "auto" takes the fastest one there is, "reference" plain PyTorch, "native" the
                 compiled kernels.
        tensors: what it is called with; None = absent.

    Returns "reference" or "native". Raises ValueError for an unknown impl, RuntimeError if "native"
    is asked for but cannot run.
    """
    if impl == "reference":
        return impl
    if impl not in ("auto", "native"):
        raise ValueError(f"{op}: impl must be 'auto', 'reference' or 'native', got {impl!r}")
    obstacle = _obstacle(op, tensors)
    if obstacle is None:
        return "native"
    if impl == "native":
        raise RuntimeError(f"{op}: {obstacle}; use impl='auto'")
    return "reference"


def _obstacle(op: str, tensors: tuple[Tensor | None, ...]) -> str | None:
    """Say why these tensors cannot go to the kernels; None if they can."""
    device = next(tensor.device.type for tensor in tensors if tensor is not None)
    if device not in _DTYPES:
        return f"there are native kernels for cpu and cuda, got {device}"
    for tensor in tensors:
        if tensor is None:
            continue
        if tensor.dtype not in _DTYPES[device]:
            taken = " and ".join(str(dtype).removeprefix("torch.") for dtype in _DTYPES[device])
            return f"the native kernels take {taken}, got {tensor.dtype}"
        if tensor.device.type != device:
            other = tensor.device.type
            return f"the native kernels take tensors of one device, got {device} and {other}"
        if type(tensor) not in PLAIN:
            return f"the native kernels take plain tensors, got {type(tensor).__name__}"
    native, reason = on_cpu(op) if device == "cpu" else cuda.available()
    return None if native else reason.rstrip(".")


def cuda_kernels(op: str) -> Any:
    """Return the module with an operator's CUDA kernels, as cuda_ops.cpu has those of the CPU.

    Imported for the first tensor on a GPU only.
    """
    return importlib.import_module(f"cuda_ops.cuda.{op}")


def on_cpu(op: str) -> tuple[bool, str]:
    """Say whether an operator runs natively on the CPU, and in one sentence why."""
    kernels = library.current()
    if kernels.handle is None:
        return False, kernels.reason
    if not _has_kernels(op):
        return False, "This version has no native kernels for it, so plain PyTorch runs."
    return True, kernels.reason


@cache
def _has_kernels(op: str) -> bool:
    return importlib.util.find_spec(f"cuda_ops.cpu.{op}") is not None
