"""Run folders without a run: what a trainer would have written, at any moment of its life."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from train.layout import LOG, OPTIONS, SAMPLES, STATS, sample_name
from train.processes import host_name, start_mark
from train.run_log import write_status
from train.runs import RunStatus

ELSEWHERE = "another-machine"


def make_folder(runs: Path, name: str, **status: Any) -> Path:
    """Make a run's folder; by default this process pretends to be the one that trains."""
    run = runs / name
    (run / SAMPLES).mkdir(parents=True)
    (run / OPTIONS).write_text("{}")
    set_status(run, **status)
    return run


def set_status(run: Path, **fields: Any) -> RunStatus:
    """Write a status."""
    now = time.time()
    usual = {"state": "running", "cur_kimg": 10.0, "total_kimg": 100.0, "secs_per_kimg": 3.0}
    alive = {"pid": os.getpid(), "start_mark": start_mark(os.getpid()), "host": host_name()}
    status = RunStatus(**{**usual, **alive, "started": now - 100, "heartbeat": now, **fields})
    write_status(run, status)
    return status


def add_rows(run: Path, count: int, offset: float = 0.0, start: int = 0) -> None:
    """Write rows of statistics: losses that settle, scores of both signs."""
    rng = np.random.default_rng(round(offset * 1000))
    with open(run / STATS, "a", encoding="utf-8") as file:
        for i in range(start, start + count):
            noise = 0.15 * rng.standard_normal()
            values = {
                "Loss/G/loss": 0.7 + offset + 2 * math.exp(-i / 30) + noise,
                "Loss/D/loss": 1.1 - offset - 0.5 * math.exp(-i / 50) + noise / 2,
                "Loss/scores/real": math.sin(i / 20) + noise,
                "Progress/augment_p": min(i / 400, 0.6),
            }
            row = {"nimg": (i + 1) * 1000, "time": 1e9 + i * 36.0}
            row["values"] = {key: {"num": 1, "mean": v, "std": 0.0} for key, v in values.items()}
            file.write(json.dumps(row) + "\n")


def add_sheet(run: Path, kimg: int, tint: float = 0.5, px: int = 64, columns: int = 4) -> Path:
    """Write a sample sheet of blobs that get sharper with kimg."""
    y, x = np.mgrid[0:px, 0:px] / px - 0.5
    rows = []
    for i in range(columns):
        line = []
        for j in range(columns):
            radius = 0.28 + 0.02 * ((i * 3 + j) % 5)
            edge = (radius - np.hypot(x, y * (1 + 0.1 * i))) * (3 + kimg)
            blob = 1 / (1 + np.exp(-edge))
            hue = np.array([tint, (i + j) / (2 * columns), 1 - tint])
            line.append(blob[..., None] * hue + (1 - blob[..., None]) * 0.15)
        rows.append(np.concatenate(line, axis=1))
    pixels = (np.concatenate(rows) * 255).clip(0, 255).astype(np.uint8)
    path = run / SAMPLES / sample_name(kimg * 1000)
    Image.fromarray(pixels).save(path)
    return path


def say(run: Path, *lines: str) -> None:
    """Add lines to the log."""
    with open(run / LOG, "a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
