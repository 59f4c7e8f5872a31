"""Bias, activation, gain and clamp in one step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from cuda_ops import reference
from cuda_ops.cpu import bias_act as cpu
from cuda_ops.dispatch import choose, cuda_kernels


@dataclass(frozen=True)
class Activation:
    """Defaults of one activation function.

    alpha: its parameter when the caller gives none; 0 = it has none.
    gain:  factor behind it when the caller gives none; keeps the variance of normal input.
    """

    alpha: float
    gain: float


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(alpha=0.0, gain=1.0),
    "relu": Activation(alpha=0.0, gain=math.sqrt(2)),
    "lrelu": Activation(alpha=0.2, gain=math.sqrt(2)),
    "tanh": Activation(alpha=0.0, gain=1.0),
    "sigmoid": Activation(alpha=0.0, gain=1.0),
    "elu": Activation(alpha=0.0, gain=1.0),
    "selu": Activation(alpha=0.0, gain=1.0),
    "softplus": Activation(alpha=0.0, gain=1.0),
    "swish": Activation(alpha=0.0, gain=math.sqrt(2)),
}


def bias_act(
    x: Tensor,
    b: Tensor | None = None,
    *,
    dim: int = 1,
    act: str = "linear",
    alpha: float | None = None,
    gain: float | None = None,
    clamp: float | None = None,
    impl: str = "auto",
) -> Tensor:
    """Add a bias, apply an activation function, scale and clamp.

    y = clip(act(x + b) * gain, -clamp, clamp)

    Args:
        x:     any shape, any floating dtype.
        b:     [x.shape[dim]], dtype of x; None = 0.
        dim:   the dimension of x that b runs along.
        act:   a key of ACTIVATIONS.
        alpha: slope of lrelu below 0; None = the activation's default.
        gain:  factor after the activation; None = the activation's default.
        clamp: bound >= 0 of the result's magnitude; None = unbounded.
        impl:  "auto", "reference" or "native".

    Returns a tensor shaped like x, of its dtype; differentiable any number of times.
    Raises ValueError if an argument is outside what is said above.
    """
    if act not in ACTIVATIONS:
        raise ValueError(f"bias_act: act must be one of {', '.join(ACTIVATIONS)}, got {act!r}")
    if not 0 <= dim < x.ndim and (b is not None or x.ndim > 0):
        raise ValueError(f"bias_act: dim must be in [0, {x.ndim - 1}], got {dim}")
    if b is not None and b.shape != (x.shape[dim],):
        raise ValueError(
            f"bias_act: b must have shape [{x.shape[dim]}] to fit dimension {dim} of x "
            f"{list(x.shape)}, got {list(b.shape)}"
        )
    if clamp is not None and clamp < 0:
        raise ValueError(f"bias_act: clamp must be at least 0, got {clamp}")
    native = choose("bias_act", impl, x, b) == "native"
    defaults = ACTIVATIONS[act]
    kernels = cuda_kernels("bias_act") if native and x.is_cuda else cpu
    return (kernels if native else reference).bias_act(
        x,
        b,
        dim=dim,
        act=act,
        alpha=defaults.alpha if alpha is None else alpha,
        gain=defaults.gain if gain is None else gain,
        clamp=clamp,
    )
