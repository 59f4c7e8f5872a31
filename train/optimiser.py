"""Adam with the correction for lazy regularisation, and the cleaning of gradients."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def make_adam(
    network: nn.Module, lr: float, beta1: float, beta2: float, eps: float, interval: int | None
) -> torch.optim.Adam:
    """Make the optimiser of one network.

    Regularising every k-th step only means k + 1 updates per k steps. With c = k / (k + 1) the
    rates lr c and beta^c make these as fast as k ordinary ones (arXiv 1912.04958, appendix B).

    Args:
        interval: k; None = no separate regularisation steps.
    """
    c = 1.0 if interval is None else interval / (interval + 1)
    parameters = [p for p in network.parameters() if p.requires_grad]
    return torch.optim.Adam(
        parameters, lr=lr * c, betas=(beta1**c, beta2**c), eps=eps, foreach=False
    )


def clean_gradients(gradients: list[Tensor]) -> None:
    """Set NaN to 0 and infinities to +-1e5, in place."""
    for gradient in gradients:
        torch.nan_to_num(gradient, nan=0.0, posinf=1e5, neginf=-1e5, out=gradient)


def adam_state(adam: torch.optim.Adam, names: dict[int, str]) -> dict[str, Tensor]:
    """Return an optimiser's state as named tensors.

    Args:
        names: id of each parameter -> its name.
    """
    return {
        f"{names[id(parameter)]}.{key}": torch.as_tensor(value)
        for parameter, state in adam.state.items()
        for key, value in state.items()
    }


def load_adam_state(
    adam: torch.optim.Adam, names: dict[int, str], tensors: dict[str, Tensor]
) -> None:
    """Take what adam_state returned; a parameter without a state has had no step yet."""
    for group in adam.param_groups:
        for parameter in group["params"]:
            name = names[id(parameter)]
            state = {
                key: tensors[f"{name}.{key}"]
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"{name}.{key}" in tensors
            }
            if state:
                adam.state[parameter] = {
                    key: value.clone().to("cpu" if key == "step" else parameter.device)
                    for key, value in state.items()
                }
