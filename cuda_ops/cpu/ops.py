"""Operators of our own in torch's registry: autograd, fake tensors and compile know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

NAMESPACE = "latent_explorer"
_LIBRARY = torch.library.Library(NAMESPACE, "FRAGMENT")


def define(
    schema: str,
    run: Callable[..., Any],
    fake: Callable[..., Any],
    *,
    backward: Callable[..., Any],
    save: Callable[[Any, tuple[Any, ...], Any], None],
) -> Callable[..., Any]:
    """Register an operator for the CPU and return what calls it.

    Args:
        schema:   its name and types as torch writes them: "bias_act(Tensor x, ...) -> Tensor".
        run:      computes it; gets and returns tensors that are not differentiated through.
        fake:     returns empty tensors shaped like what run returns.
        backward: (ctx, *gradients) -> one gradient or None per argument, made by calling operators
                  only, so that it can be differentiated again. A gradient may be None.
        save:     (ctx, inputs, output): keep on ctx what backward needs.
    """
    name = schema.partition("(")[0]
    _LIBRARY.define(schema)
    _LIBRARY.impl(name, run, "CPU")
    torch.library.register_fake(f"{NAMESPACE}::{name}", fake, lib=_LIBRARY)

    def save_and_say_none(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.set_materialize_grads(False)  # else absent gradients come as tensors of zeros
        save(ctx, inputs, output)

    torch.library.register_autograd(
        f"{NAMESPACE}::{name}", backward, setup_context=save_and_say_none, lib=_LIBRARY
    )
    return getattr(getattr(torch.ops, NAMESPACE), name).default


def differentiates(*tensors: Tensor | None) -> bool:
    """Say whether a call must go through the registry: somebody may ask for a gradient.

    Without, calling a kernel's function directly saves some 10 us.
    """
    return torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in tensors)
