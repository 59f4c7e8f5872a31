"""Run folders as training leaves them, made in a moment: random models, drawn sheets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from networks import create_model, save_model
from tests.gui.conftest import NARROW
from train.config import DataShape, TrainConfig
from train.layout import LOG, SAMPLES, SNAPSHOTS, STATS, sample_name, snapshot_name
from train.run_log import write_status
from train.runs import read_status
from train.start import create_run


def made_run(
    folder: Path,
    kimgs: Sequence[float],
    *,
    name: str = "faces",
    state: str = "stopped",
    total: float = 100.0,
    **status: object,
) -> Path:
    """Make a run with a snapshot and a sheet at each of these kimg; returns its folder."""
    config = TrainConfig(config="stylegan2-ada", data=str(folder / "d.zip"), kimg=total, batch=8)
    run = create_run(folder, config, DataShape(64, count=100), name, {})
    for index, kimg in enumerate(kimgs):
        write_snapshot(run, kimg, seed=index)
        shade = np.full((64, 128, 3), 40 + 20 * index, np.uint8)
        Image.fromarray(shade).save(run / SAMPLES / sample_name(round(1000 * kimg)))
    last = max(kimgs, default=0.0)
    rows = [
        {
            "nimg": int(1000 * last * n / 20),
            "values": {
                "Loss/G/loss": {"mean": 1 + np.sin(n / 3) / 4},
                "Loss/D/loss": {"mean": 1.4 - n / 60},
                "Loss/scores/real": {"mean": n / 20},
                "Loss/scores/fake": {"mean": -n / 18},
                "Loss/r1_penalty": {"mean": 0.1 + n / 200},
                "Progress/augment_p": {"mean": n / 100},
            },
        }
        for n in range(1, 21)
    ]
    (run / STATS).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run / LOG).write_text("".join(f"2026-01-01 10:{n:02d}:00  {n} kimg\n" for n in range(30)))
    write_status(run, replace(read_status(run), state=state, cur_kimg=last, **status))
    return run


def write_snapshot(run: Path, kimg: float, *, seed: int) -> None:
    """Write a model with random numbers as the run's snapshot of that moment."""
    model = create_model("stylegan2", resolution=64, seed=seed, randomise=True, **NARROW)
    save_model(model, run / SNAPSHOTS / snapshot_name(round(1000 * kimg)))
