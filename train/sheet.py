"""The sheet of sample pictures: always the same latents, without touching the training.

Latents come from random numbers of their own, noise is the stored one, and nothing is averaged.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from networks.atomic import write_atomic
from networks.generator import Generator
from train.random import Draws

CHUNK = 8  # pictures at once
SEED_OFFSET = 0x5EED  # the sheet's numbers are none of the training's


@torch.no_grad()
def make_pictures(
    generator: Generator, seed: int, count: int, labels: np.ndarray | None, purpose: str = "sheet"
) -> Tensor:
    """Return `count` pictures of a generator, [count, C, H, W], float32, on the CPU.

    Args:
        labels: [rows, c_dim] of the data set; picture i takes one of them at random.
    """
    draws = Draws(seed + SEED_OFFSET)
    weight = next(generator.parameters())
    parts = []
    for start in range(0, count, CHUNK):
        indices = range(start, min(start + CHUNK, count))
        z = draws.normal(f"{purpose} z", indices, [generator.mapping.z_dim])
        c = None
        if labels is not None:
            rows = draws.integers(f"{purpose} c", indices, len(labels))
            c = torch.from_numpy(labels[rows]).to(weight)
        ws = generator.mapping(torch.from_numpy(z).to(weight), c)
        parts.append(generator.synthesis(ws).float().cpu())
    return torch.cat(parts)


def diversity(img: Tensor) -> float:
    """Return how much pictures differ: mean deviation of 8x8 versions over the pictures."""
    small = F.adaptive_avg_pool2d(img.float(), min(8, img.shape[3]))
    return float(small.std(dim=0).mean()) if len(img) > 1 else 0.0


def save_sheet(img: Tensor, path: Path, columns: int) -> None:
    """Write pictures [N, C, H, W] in [-1, 1] as one PNG with `columns` per row."""
    n, c, height, width = img.shape
    rows = -(-n // columns)
    pixels = (img * 127.5 + 128).clamp(0, 255).to(torch.uint8)
    sheet = torch.zeros(rows * columns, c, height, width, dtype=torch.uint8)
    sheet[:n] = pixels
    sheet = sheet.reshape(rows, columns, c, height, width).permute(0, 3, 1, 4, 2)
    array = sheet.reshape(rows * height, columns * width, c).numpy()
    array = array if c <= 4 else array[:, :, :3]
    buffer = io.BytesIO()
    Image.fromarray(array[:, :, 0] if c == 1 else array).save(buffer, "PNG", compress_level=3)
    write_atomic(path, buffer.getvalue())
