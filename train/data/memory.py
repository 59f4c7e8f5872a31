"""How much memory may still be used."""

from __future__ import annotations

from pathlib import Path

_GUESS = 4 << 30


def available_bytes() -> int:
    """Return how much memory is free or can be freed; a careful guess where that is unknown."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return _GUESS
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return _GUESS
