"""Where networks run, and what a picture's record says about the machine that made it.

Nothing here imports torch before a function needs it: the window asks for the record, too.
"""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli import version
from explorer.errors import UserError
from explorer.request import RenderResult

if TYPE_CHECKING:
    import torch

RECORDED = ("device", "implementation", "threads", "torch", "cpu", "version")


class DeviceError(UserError):
    """The settings ask for a device that this machine, or this torch, does not have."""


def default_threads() -> int:
    """Return torch's threads by default: every core but the one that draws the window."""
    return max(1, cores() - 1)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(asked: int) -> int:
    """Return the torch threads to use when the settings ask for `asked` (0 = the default)."""
    return default_threads() if asked <= 0 else min(asked, 4 * cores())


def available_devices() -> tuple[str, ...]:
    """Return the names that `resolve_device` accepts here; imports torch."""
    import torch

    names = ["auto", "cpu"]
    if torch.cuda.is_available():
        names += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return tuple(names)


def resolve_device(name: str) -> torch.device:
    """Return the torch device `name` stands for; "auto" prefers CUDA, then the CPU.

    Raises DeviceError naming the device and what is available.
    """
    import torch

    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    if name == "cuda":
        name = "cuda:0"
    if name not in available_devices():
        names = ", ".join(available_devices())
        raise DeviceError(f"the device {name} is not available; there is {names}")
    return torch.device(name)


def lower_thread_priority() -> None:
    """Let every other thread of this machine go first, on Linux.

    Threads started later by the calling one inherit it, and with them the OpenMP threads of torch:
    the window stays fluent while all cores compute.
    """
    if hasattr(os, "setpriority") and platform.system() == "Linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


@cache
def cpu_name() -> str:
    """Return the processor's name as the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def recorded_environment(result: RenderResult) -> dict[str, Any]:
    """Return what a capture records beside its settings: whatever can change the last bits."""
    return recorded(result.device, result.implementation, result.threads)


def recorded(device: str, implementation: str, threads: int) -> dict[str, Any]:
    return {
        "device": device,
        "implementation": implementation,
        "threads": threads,
        "torch": metadata.version("torch"),
        "cpu": cpu_name(),
        "version": version(),
    }


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which of the recorded values differ, each as "torch 2.13.0 (here 2.14.0)"."""
    return tuple(
        f"{key} {then.get(key, 'unknown')} (here {now.get(key, 'unknown')})"
        for key in RECORDED
        if then.get(key) != now.get(key)
    )
