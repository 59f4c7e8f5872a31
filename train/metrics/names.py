"""Which measures there are; no torch."""

from __future__ import annotations

from collections.abc import Sequence

from train.errors import ConfigError

FD_MOBILENETV2 = "fd_mobilenetv2"
FD_4X4 = "fd_4x4"
TITLES = {FD_MOBILENETV2: "FD-MobileNetV2", FD_4X4: "FD-4x4"}


def measures(text: str) -> Sequence[str]:
    """Return the names in "a,b", each once; ConfigError names one that does not exist."""
    names = list(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in names:
        if name not in TITLES:
            known = ", ".join(TITLES)
            raise ConfigError(f"--metrics must be of {known}, got {name or 'nothing'}")
    return names
