"""Means and deviations of what training reports, gathered without waiting for the device."""

from __future__ import annotations

import torch
from torch import Tensor

from train.distributed import Ranks


class Statistics:
    """Sums of named values since the last report.

    finite is False once a loss was not a finite number; asking for it waits for the device.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._sums: dict[str, Tensor] = {}  # number, sum, sum of squares
        self._bad = torch.zeros([1], dtype=torch.float64, device=device)

    def add(self, name: str, values: Tensor) -> None:
        """Add one value per sample."""
        x = values.detach().double()
        moments = torch.stack([x.new_tensor(x.numel()), x.sum(), x.square().sum()])
        if name in self._sums:
            self._sums[name] += moments
        else:
            self._sums[name] = moments
        if name.startswith("Loss/"):
            self._bad += (~x.isfinite()).sum()

    def all_finite(self, ranks: Ranks) -> bool:
        """Return whether all losses of all processes have been finite since the last reset."""
        bad = self._bad.clone()
        ranks.sum_([bad])
        return not bool(bad.item())

    def not_finite(self) -> list[str]:
        """Return the names whose sums are not finite."""
        return [name for name, sums in self._sums.items() if not bool(sums.isfinite().all())]

    def collect(self, ranks: Ranks) -> dict[str, dict[str, float]]:
        """Return name -> {num, mean, std} over all processes, and start anew."""
        names = sorted(self._sums)
        ranks.sum_([self._sums[name] for name in names])
        result = {}
        for name in names:
            num, total, squares = self._sums[name].tolist()
            mean = total / num
            std = max(squares / num - mean**2, 0) ** 0.5
            result[name] = {"num": num, "mean": mean, "std": std}
        self._sums = {}
        return result
