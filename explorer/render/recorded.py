"""How a session's pictures were computed, as far as this machine can do so again; no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from explorer.render.device import DeviceError, resolve_device, thread_count
from explorer.settings import Settings

MAX_THREADS = 1024


def as_recorded(
    settings: Settings, then: Mapping[str, Any], *, threads: bool = True, device: bool = True
) -> Settings:
    """Return `settings` with the recorded number of threads, and a device that exists here.

    Args:
        then:    what a session records beside its settings.
        threads: whether the recorded number counts; device: the same for the device.
    """
    compute = settings.compute
    count, name = then.get("threads"), then.get("device")
    known = isinstance(count, int) and 0 < count <= MAX_THREADS
    if threads and known and thread_count(compute.threads) != count:
        compute = replace(compute, threads=count)
    if device:
        wanted = _resolved(name) if isinstance(name, str) else None
        here = _resolved(compute.device)
        if wanted is not None and wanted != here:
            compute = replace(compute, device=wanted)
        elif here is None:
            compute = replace(compute, device="auto")
    return replace(settings, compute=compute)


def _resolved(device: str) -> str | None:
    """Return the full name of a device, or None if it is not here."""
    try:
        return str(resolve_device(device))
    except DeviceError:
        return None
