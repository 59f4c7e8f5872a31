"""Operators of our own: differentiable any number of times, and known to torch's registry.

In eager mode torch's registry costs some 40 us per differentiated call, as much as a small layer.
So an operator is an autograd function there, with the same parts; the registry has it for
torch.compile, fake tensors and torch.library.opcheck.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

NAMESPACE = "latent_explorer"
PLAIN = (Tensor, nn.Parameter)  # what has memory to point at; others are traced or faked
_LIBRARY = torch.library.Library(NAMESPACE, "FRAGMENT")


def define(
    schema: str,
    run: Callable[..., Any],
    fake: Callable[..., Any],
    *,
    backward: Callable[..., Any],
    save: Callable[[Any, tuple[Any, ...], Any], None],
    device: str = "CPU",
) -> Callable[..., Any]:
    """Register an operator and return what calls it, with positional arguments.

    Args:
        schema:   its name and types as torch writes them: "bias_act(Tensor x, ...) -> Tensor";
                  the first argument is a tensor.
        run:      computes it; gets and returns tensors that are not differentiated through.
        fake:     returns empty tensors shaped like what run returns.
        backward: (ctx, *gradients) -> one gradient or None per argument, made by calling operators
                  only, so that it can be differentiated again. A gradient may be None.
        save:     (ctx, inputs, output): keep on ctx what backward needs.
        device:   "CPU" or "CUDA", the tensors that run takes.
    """
    name = schema.partition("(")[0]
    _LIBRARY.define(schema)
    _LIBRARY.impl(name, run, device)
    torch.library.register_fake(f"{NAMESPACE}::{name}", fake, lib=_LIBRARY)

    def save_and_say_none(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.set_materialize_grads(False)  # else absent gradients come as tensors of zeros
        save(ctx, inputs, output)

    torch.library.register_autograd(
        f"{NAMESPACE}::{name}", backward, setup_context=save_and_say_none, lib=_LIBRARY
    )
    registered = getattr(getattr(torch.ops, NAMESPACE), name).default

    def forward(ctx: Any, *inputs: Any) -> Any:
        output = run(*inputs)
        save_and_say_none(ctx, inputs, output)
        return output

    eager = type(
        name, (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    )

    def call(*inputs: Any) -> Any:
        if torch.compiler.is_compiling() or type(inputs[0]) not in PLAIN:
            return registered(*inputs)
        if torch.is_grad_enabled() and any(
            isinstance(value, Tensor) and value.requires_grad for value in inputs
        ):
            return eager.apply(*inputs)
        return run(*inputs)

    return call
