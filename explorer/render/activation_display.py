"""From an activation to what the window shows, every part kept until what it reads changes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explorer.render.gpu_pixels import GpuDisplay
from explorer.render.layer_view import (
    histogram,
    picture_of,
    select_channels,
    statistics,
    with_spectrum,
)
from explorer.render.memo import Memo
from explorer.render.spectrum import decibels, power_spectrum, radial_average_db
from explorer.request import ChannelStatistics, GpuPixels, LayerReport
from explorer.settings import LayerView


@dataclass(frozen=True, eq=False)
class _Spectrum:
    decibels: NDArray[np.float32]  # [H, W]
    radial: NDArray[np.float32]


class Display:
    """Pixels and numbers of one activation at a time. For one thread.

    gpu: makes pixels where the activation is.
    """

    def __init__(self, gpu: GpuDisplay | None = None) -> None:
        self.gpu = gpu or GpuDisplay()
        self._batch: Tensor | None = None
        self._all: Memo[ChannelStatistics] = Memo()
        self._selected: Memo[tuple[ChannelStatistics, NDArray[np.float32], tuple[float, float]]] = (
            Memo()
        )
        self._spectra: Memo[_Spectrum] = Memo()
        self._pixels: Memo[NDArray[np.uint8] | GpuPixels] = Memo()

    def show(
        self, batch: Tensor, view: LayerView, name: str
    ) -> tuple[NDArray[np.uint8] | GpuPixels, LayerReport]:
        """Return the pixels [H, W, 4], perhaps still on a GPU, and the numbers of an activation.

        Args:
            batch: [1, C, H, W]. What is kept belongs to this very tensor; nobody may write to it.
            view:  how to show it.
            name:  of the layer, for the report.
        """
        if batch is not self._batch:
            self._batch = batch
            for memo in (self._all, self._selected, self._spectra, self._pixels):
                memo.clear()
        activation = batch[0]
        selected = select_channels(activation, view)
        selection = (selected.storage_offset(), selected.shape[0])
        spectrum = self._spectrum(activation, selected, selection, view)
        return self._picture(activation, view, spectrum), self._report(
            activation, selected, selection, name, spectrum
        )

    def _picture(
        self, activation: Tensor, view: LayerView, spectrum: _Spectrum | None
    ) -> NDArray[np.uint8] | GpuPixels:
        on_host = spectrum is not None or not self.gpu.takes(activation)
        key = (view.layer, view.mode, view.base_channel, view.normalise, view.gain_db, on_host)
        pixels = self._pixels.get(
            key, lambda: self.gpu.pixels(activation, view) or picture_of(activation, view)
        )
        if spectrum is None or isinstance(pixels, GpuPixels):
            return pixels
        return with_spectrum(pixels, spectrum.decibels, view.spectrum_range_db)

    def _spectrum(
        self, activation: Tensor, selected: Tensor, selection: Hashable, view: LayerView
    ) -> _Spectrum | None:
        if not view.spectrum:
            return None
        everything = view.spectrum_all_channels

        def compute() -> _Spectrum:
            channels = activation if everything else selected
            power = power_spectrum(channels, kaiser_beta=view.kaiser_beta)
            return _Spectrum(decibels(power), radial_average_db(power))

        return self._spectra.get(("all" if everything else selection, view.kaiser_beta), compute)

    def _report(
        self,
        activation: Tensor,
        selected: Tensor,
        selection: Hashable,
        name: str,
        spectrum: _Spectrum | None,
    ) -> LayerReport:
        channels, height, width = activation.shape
        everything = self._all.get("all", lambda: statistics(activation))
        numbers, counts, bounds = self._selected.get(
            selection,
            lambda: (
                everything if len(selected) == channels else statistics(selected),
                *histogram(selected),
            ),
        )
        return LayerReport(
            name=name,
            channels=channels,
            height=height,
            width=width,
            all_channels=everything,
            selected=numbers,
            histogram=counts,
            histogram_range=bounds,
            radial_spectrum_db=None if spectrum is None else spectrum.radial,
        )
