"""The pictures that `metrics` compares: the model's, as `render` makes them, and real ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.errors import UserError
from explorer.render.latents import draw_seed, generator_device
from explorer.render.model_library import LoadedModel
from explorer.render.together import side_by_side
from networks.info import ModelInfo
from train.data.dataset import Dataset
from train.random import Draws


def check_fit(info: ModelInfo, data: Dataset, path: str) -> None:
    """Refuse pictures of another kind than the model makes."""
    size, channels = data.shape.resolution, data.shape.img_channels
    if (size, channels) != (info.resolution, info.img_channels):
        raise UserError(
            f"{os.path.basename(path)} holds pictures of {size} x {size} with {channels} channels, "
            f"but the model makes {info.resolution} x {info.resolution} with {info.img_channels}; "
            f"make a data set with `dataset --resolution {info.resolution}`"
        )


def labels_of(
    data: Dataset, info: ModelInfo, seed: int, count: int, name: str
) -> NDArray[np.float32] | None:
    """Return [count, c_dim] drawn from the data set's labels; None for models without classes."""
    if info.c_dim == 0:
        return None
    if data.labels is None or data.labels.shape[1] != info.c_dim:
        has = "none" if data.labels is None else f"{data.labels.shape[1]}"
        raise UserError(
            f"The model takes labels of {info.c_dim} numbers, {name} has {has}; "
            "give the data set it was trained on"
        )
    rows = Draws(seed).integers("metrics labels", range(count), len(data.labels))
    return data.labels[rows]


def made_pictures(
    generator: Any,
    loaded: LoadedModel,
    first: int,
    count: int,
    psi: float,
    labels: NDArray[np.float32] | None,
    together: int = 1,
) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures of seeds `first` and on, uint8 [C, H, W], as `render` makes them.

    together: so many at once, each in a thread.
    """
    info, device = loaded.info, generator_device(generator)

    def made(index: int) -> NDArray[np.uint8]:
        z, _ = draw_seed(first + index, info.z_dim, info.c_dim)
        c = None if labels is None else torch.from_numpy(labels[index])[None].to(device)
        with torch.inference_mode():
            ws = generator.mapping(torch.from_numpy(z)[None].to(device), c, psi=psi)
            img = generator.synthesis(ws)[0].float().cpu()
        if not img.isfinite().all():
            raise UserError(
                f"{loaded.ref.name} makes a picture of seed {first + index} that is not made of "
                "numbers; a snapshot from before its training failed can be measured"
            )
        return (img * 127.5 + 128).clamp(0, 255).to(torch.uint8).numpy()

    return map(made, range(count)) if together == 1 else side_by_side(made, range(count), together)


def real_pictures(
    data: Dataset, numbers: NDArray[np.int64], mirror: Draws | None
) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures of a data set, uint8 [C, H, W], each mirrored or not if `mirror` draws."""
    for number in numbers.tolist():
        picture = data.read(number)
        flips = mirror is not None and mirror.uniform("metrics mirror", [number], 1)[0, 0] < 0.5
        yield picture[:, :, ::-1] if flips else picture
