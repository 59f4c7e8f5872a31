"""Activations as pictures and numbers: channels, gain, mosaic, statistics, histogram."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.render.pixels import rgba_from_image, shrink, side_by_side
from explorer.render.spectrum import spectrum_picture
from explorer.request import ChannelStatistics
from explorer.settings import LayerView

MAX_MOSAIC_PX = 4096  # a texture every GPU takes
HISTOGRAM_BINS = 64
HISTOGRAM_SAMPLES = 2**17
_SPLIT = 16  # channels whose squares are summed at once: bounds the memory
_GAP = 24  # grey level between the tiles of a mosaic


def select_channels(activation: Tensor, view: LayerView) -> Tensor:
    """Return the channels that `view` shows, as a view of `activation`.

    Args:
        activation: [C, H, W].

    "mosaic" shows all; "mono" the base channel; "colour" three from the base channel on (a picture
    with four is shown with its alpha), or one where fewer than three exist. The base channel is
    moved back where too few follow it.
    """
    channels = activation.shape[0]
    if view.mode == "mosaic" or (view.mode == "colour" and channels == 4 and not view.layer):
        return activation
    count = 3 if view.mode == "colour" and channels >= 3 else 1
    base = max(0, min(view.base_channel, channels - count))
    return activation[base : base + count]


def prepare(selected: Tensor, view: LayerView) -> Tensor:
    """Return `selected` as float32, every channel divided by its largest magnitude if asked."""
    values = selected.float()
    if view.normalise:
        largest = values.abs().amax(dim=(1, 2), keepdim=True)
        values = values / largest.clamp(1e-8, 1e8)
    return values


def picture_of(activation: Tensor, view: LayerView) -> NDArray[np.uint8]:
    """Return [H, W, 4] pixels of `activation` [C, H, W] as `view` asks, without the spectrum."""
    values = prepare(select_channels(activation, view), view)
    gain = 10 ** (view.gain_db / 20)
    if view.mode == "mosaic":
        return mosaic(values, gain)
    return rgba_from_image(values, gain)


def mosaic(values: Tensor, gain: float = 1.0) -> NDArray[np.uint8]:
    """Return all channels of `values` [C, H, W] as grey tiles, row by row, 1 px apart.

    As near to a square as whole tiles allow; tiles are averaged over 2x2, 3x3, ... pixels where the
    whole would exceed MAX_MOSAIC_PX.
    """
    count = values.shape[0]
    columns = mosaic_columns(count)
    rows = math.ceil(count / columns)
    factor = math.ceil(max(values.shape[1:]) / ((MAX_MOSAIC_PX + 1) // columns - 1))
    if factor > 1:
        values = torch.nn.functional.avg_pool2d(values, factor, ceil_mode=True)
    _, height, width = values.shape
    levels = rgba_from_image(values.reshape(1, count * height, width), gain)[:, :, 0]
    tiles = np.full((rows * columns, height + 1, width + 1), _GAP, dtype=np.uint8)
    tiles[:count, :height, :width] = levels.reshape(count, height, width)
    grey = tiles.reshape(rows, columns, height + 1, width + 1).transpose(0, 2, 1, 3)
    grey = grey.reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]
    rgba = np.full((*grey.shape, 4), 255, dtype=np.uint8)
    rgba[:, :, :3] = grey[:, :, None]
    return rgba


def mosaic_columns(count: int) -> int:
    """Return how many of `count` square tiles stand side by side."""
    return math.ceil(math.sqrt(count))


def with_spectrum(
    picture: NDArray[np.uint8], spectrum_db: NDArray[np.float32], range_db: float
) -> NDArray[np.uint8]:
    """Return `picture` and the spectrum beside it, enlarged by whole steps to a similar height."""
    spectrum = spectrum_picture(spectrum_db, range_db)
    factor = max(1, picture.shape[0] // spectrum.shape[0])
    if factor > 1:
        spectrum = spectrum.repeat(factor, axis=0).repeat(factor, axis=1)
    return side_by_side(picture, shrink(spectrum, max(picture.shape[:2])))


def statistics(values: Tensor) -> ChannelStatistics:
    """Return mean, standard deviation (of the sample) and largest magnitude of `values`."""
    numbers = values.float()
    mean = float(numbers.mean())
    squares = sum(
        float(torch.linalg.vector_norm(part - mean)) ** 2 for part in numbers.split(_SPLIT)
    )
    lowest, highest = torch.aminmax(numbers)
    return ChannelStatistics(
        mean=mean,
        std=math.sqrt(squares / max(1, numbers.numel() - 1)),
        max_abs=max(abs(float(lowest)), abs(float(highest))),
    )


def histogram(values: Tensor) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Return counts [64] of the finite numbers in `values` and the range the bins divide.

    Of more than HISTOGRAM_SAMPLES numbers, evenly spaced ones are counted.
    """
    numbers = values.detach().flatten()
    # An odd stride meets all rows and columns of pictures whose size is a power of two.
    numbers = numbers[:: numbers.numel() // HISTOGRAM_SAMPLES | 1].float().cpu()
    finite = torch.isfinite(numbers)
    if not bool(finite.all()):
        numbers = numbers[finite]
    if numbers.numel() == 0:
        return np.zeros(HISTOGRAM_BINS, dtype=np.float32), (0.0, 1.0)
    lowest, highest = (float(bound) for bound in torch.aminmax(numbers))
    if lowest == highest:
        lowest, highest = lowest - 0.5, highest + 0.5
    counts = torch.histc(numbers, bins=HISTOGRAM_BINS, min=lowest, max=highest)
    return counts.numpy(), (lowest, highest)
