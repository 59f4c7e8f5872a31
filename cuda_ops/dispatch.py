"""Choice between the implementations of an operator."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from cuda_ops.cpu import library
from cuda_ops.cpu.ops import PLAIN

Impl = Literal["auto", "reference", "native"]


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
    for tensor in tensors:
        if tensor is None:
            continue
        if tensor.dtype != torch.float32:
            return f"the native kernels take float32, got {tensor.dtype}"
        if tensor.device.type != "cpu":
            return f"there are native kernels for cpu only, got {tensor.device.type}"
        if type(tensor) not in PLAIN:
            return f"the native kernels take plain tensors, got {type(tensor).__name__}"
    native, reason = on_cpu(op)
    return None if native else reason.rstrip(".")


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
