"""What a result depends on besides the configuration: resuming elsewhere is not bit-exact."""

from __future__ import annotations

import platform

import numpy as np
import torch

import cuda_ops

_WORDS = {
    "machine": "machine",
    "cpu": "processor features",
    "torch": "PyTorch",
    "numpy": "NumPy",
    "device": "device",
    "implementation": "operators",
    "threads": "thread count",
    "processes": "number of processes",
}


def environment(device: torch.device, processes: int) -> dict[str, str | int]:
    """Return what a checkpoint records; equal values mean equal bits (on CPUs)."""
    ops = [op for op in cuda_ops.status().ops if op.device == device.type]
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return {
        "machine": platform.node(),
        "cpu": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "device": name,
        "implementation": ",".join(sorted({op.variant for op in ops})),
        "threads": torch.get_num_threads(),
        "processes": processes,
    }


def differences(then: dict[str, object], now: dict[str, str | int]) -> list[str]:
    """Say what differs: ["thread count 2 instead of 1"]."""
    return [
        f"{_WORDS[key]} {now[key]} instead of {then.get(key)}"
        for key in _WORDS
        if then.get(key) != now[key]
    ]
