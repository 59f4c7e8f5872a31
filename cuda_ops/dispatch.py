"""Choice between the implementations of an operator."""

from __future__ import annotations

from typing import Literal

Impl = Literal["auto", "reference", "native"]


def choose(op: str, impl: str) -> str:
    """Return the implementation that runs when an operator is called with `impl`.

    Args:
        op:   name of the operator, for the error's text.
        impl: "auto" takes the fastest one there is, "reference" plain PyTorch, "native" the
              compiled kernels.

    Raises ValueError for an unknown impl, RuntimeError if "native" is asked for but absent.
    """
    if impl in ("auto", "reference"):
        return "reference"
    if impl == "native":
        raise RuntimeError(f"{op}: there are no native kernels in this version; use impl='auto'")
    raise ValueError(f"{op}: impl must be 'auto', 'reference' or 'native', got {impl!r}")
