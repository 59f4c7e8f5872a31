"""Networks and data so small that a step takes milliseconds."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from train.build import build
from train.config import DataShape, TrainConfig
from train.data_set import ArrayPictures
from train.distributed import Ranks
from train.feed import Feed
from train.start import create_run, prepare
from train.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]
TINY: dict[str, Any] = {
    "config": "stylegan2-ada",
    "z_dim": 8,
    "w_dim": 8,
    "channel_base": 64,
    "channel_max": 8,
    "batch": 4,
    "mbstd_group": 2,
    "threads": 1,
    "seed": 3,
    "device": "cpu",
    "sample_columns": 2,
    "sample_rows": 1,
}


def config_of(shape: DataShape, **fields: Any) -> TrainConfig:
    """Return a resolved and checked configuration."""
    return prepare(TrainConfig(**{**TINY, **fields}), shape)


def pictures(count: int = 32, resolution: int = 8, c_dim: int = 0) -> ArrayPictures:
    """Return random pictures, the same in every process."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, [count, 3, resolution, resolution]).astype(np.uint8)
    labels = np.eye(c_dim, dtype=np.float32)[np.arange(count) % c_dim] if c_dim else None
    return ArrayPictures(pixels, labels)


def trainer_of(
    data: ArrayPictures, ranks: Ranks | None = None, **fields: Any
) -> tuple[Trainer, Feed]:
    """Return a trainer and its feed."""
    config = config_of(data.shape, **fields)
    networks = build(config, data.shape, torch.device("cpu"))
    labels = data.labels if config.conditional else None
    trainer = Trainer(config, networks, labels, ranks or Ranks())
    return trainer, Feed(data, trainer, 0)


def write_zip(path: Path, count: int = 16, resolution: int = 8) -> Path:
    """Write a data set in the zip + dataset.json form."""
    rng = np.random.default_rng(2)
    with zipfile.ZipFile(path, "w") as archive:
        labels = []
        for i in range(count):
            buffer = io.BytesIO()
            pixels = rng.integers(0, 256, [resolution, resolution, 3]).astype(np.uint8)
            Image.fromarray(pixels).save(buffer, "PNG")
            name = f"00000/img{i:08d}.png"
            archive.writestr(name, buffer.getvalue())
            labels.append([name, i % 2])
        archive.writestr("dataset.json", json.dumps({"labels": labels}))
    return path


def make_run(folder: Path, **fields: Any) -> Path:
    """Make a run on a written data set; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data.zip"
    if not data.exists():
        write_zip(data)
    config = TrainConfig(**{**TINY, "data": str(data), **fields})
    return create_run(folder / "runs", config, DataShape(8, 3, 2, 16), "data", {})


def start(run: Path, before: str = "") -> subprocess.Popen[bytes]:
    """Work on a run in a process of its own.

    Args:
        before: Python to run first.
    """
    script = f"import sys\nfrom pathlib import Path\nfrom train.worker import work\n{before}\n"
    script += f"if __name__ == '__main__':\n    sys.exit(work(Path({str(run)!r})))\n"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    file = run / "start.py"  # processes that spawn others need a main module they can import
    file.write_text(script)
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.Popen(
        [sys.executable, str(file)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(run: Path, before: str = "") -> str:
    """Work on a run until it ends; returns what it printed on stderr."""
    _, errors = start(run, before).communicate(timeout=200)
    return errors.decode()
