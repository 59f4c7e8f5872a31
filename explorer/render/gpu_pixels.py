"""Pixels that stay on the GPU: made there, and fetched only when somebody reads them.

The first ones are held against those that are made on the processor; if they differ, all are made
there, and `sentence` says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cuda_ops.cuda.rgba8 import rgba8
from explorer.render.layer_view import picture_of, prepare, select_channels
from explorer.request import GpuPixels
from explorer.settings import LayerView


class GpuDisplay:
    """Makes pixels on a GPU once that has proved itself. For one thread.

    Args:
        kind: of the devices whose tensors are taken.
    """

    def __init__(self, kind: str = "cuda") -> None:
        self._kind = kind
        self._proved = False
        self._refusal = ""

    def takes(self, activation: Tensor) -> bool:
        """Return whether an activation is where pixels may be made."""
        return activation.device.type == self._kind

    def pixels(self, activation: Tensor, view: LayerView) -> GpuPixels | None:
        """Return what `picture_of` does, still on the GPU; None: this view is not made there.

        Mosaics are put together, and spectra drawn, on the processor.
        """
        if not self.takes(activation) or self._refusal:
            return None
        if view.mode == "mosaic" or view.spectrum:
            return None
        try:
            values = prepare(select_channels(activation, view), view)
            rgba = rgba8(values, 10 ** (view.gain_db / 20))
            if not self._proved and not np.array_equal(_host(rgba), picture_of(activation, view)):
                self._refusal = "the first ones made on it differed from the processor's"
                return None
        except RuntimeError as error:  # whatever the GPU refuses
            self._refusal = (str(error).splitlines() or ["it failed"])[0].rstrip(".")
            return None
        self._proved = True
        height, width = rgba.shape[:2]
        return GpuPixels(activation.device.index or 0, rgba.data_ptr(), width, height, rgba)

    @property
    def sentence(self) -> str:
        """Say where pixels are made; "" while that is not known."""
        if self._refusal:
            return f"Pixels: made on the processor, not on the GPU: {self._refusal}."
        return (
            "Pixels: made on the GPU; the first equalled the processor's." if self._proved else ""
        )


def fetched_pixels(pixels: GpuPixels) -> Callable[[], NDArray[np.uint8]]:
    """Return what fetches pixels [H, W, 4], for RenderResult.rgba."""
    rgba: Tensor = pixels.owner
    return lambda: _host(rgba)


def fetched_image(img: Tensor) -> Callable[[], NDArray[np.float32]]:
    """Return what fetches `img` [C, H, W] as float32, for RenderResult.img."""
    return lambda: img.float().cpu().numpy()


def _host(rgba: Tensor) -> NDArray[np.uint8]:
    return rgba.cpu().numpy()
