"""What the user allows pictures to cost: memory for what is kept, time for a preview. No torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Read anew before every picture.

    keep_bytes: activations kept for the next picture; what is shown is kept whatever it takes.
    preview_ms: pictures that take longer are previewed; 0 = never.
    """

    keep_bytes: int = 768 * 2**20
    preview_ms: float = 50.0
