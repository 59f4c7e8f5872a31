"""What the monitor remembers between two starts: window, scale, choice."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from networks.atomic import write_atomic
from train.monitor.choice import AXES, Choice

SIZE = (1280, 820)
LEAST_SIZE = (720, 520)
SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
_MOST_DISMISSED = 500


@dataclass(frozen=True)
class Memory:
    """Kept in a file; what cannot be read is as at the first start.

    size:  of the window, in pixels.
    scale: of text and everything sized by it.
    """

    size: tuple[int, int] = SIZE
    scale: float = 1.0
    choice: Choice = field(default_factory=Choice)


def rescaled(memory: Memory, scale: float) -> Memory:
    """Return it at another scale, the window changed with the text."""
    width, height = (round(side * scale / memory.scale) for side in memory.size)
    return replace(memory, scale=scale, size=(width, height))


def load(path: Path) -> Memory:
    """Return what was remembered; a file that makes no sense is as none."""
    try:
        data = json.loads(path.read_text("utf-8"))
        width, height = (int(value) for value in data["size"])
        size = (max(width, LEAST_SIZE[0]), max(height, LEAST_SIZE[1]))
        scale = min(max(float(data["scale"]), SCALES[0]), SCALES[-1])
        return Memory(size, scale, _choice(data["choice"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Memory()


def _choice(data: dict[str, Any]) -> Choice:
    axis = data["axis"] if data["axis"] in AXES else AXES[0]
    return Choice(
        statistic=str(data["statistic"]),
        smoothing=min(max(float(data["smoothing"]), 0.0), 0.99),
        log=bool(data["log"]),
        axis=axis,
        dismissed=frozenset(map(str, data["dismissed"])),
    )


def save(path: Path, memory: Memory) -> None:
    """Remember it; a disk that does not allow it is no reason to disturb anybody."""
    dismissed = sorted(memory.choice.dismissed)[-_MOST_DISMISSED:]
    # Runs come and go: which of them are compared is picked anew each time.
    choice = replace(memory.choice, shown=None, focused=None, kimg=None, dismissed=frozenset())
    data = asdict(replace(memory, choice=choice))
    data["choice"]["dismissed"] = dismissed
    with contextlib.suppress(OSError):
        write_atomic(path, json.dumps(data).encode())
