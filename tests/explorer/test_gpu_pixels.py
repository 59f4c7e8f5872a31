"""Pixels made where the picture is: the same bytes, fetched when asked for, proved first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from cuda_ops.cuda import rgba8 as on_device
from cuda_ops.rgba8 import rgba8 as by_processor
from explorer.arrays import ArrayStore
from explorer.render import gpu_pixels
from explorer.render.activation_display import Display
from explorer.render.gpu_pixels import GpuDisplay
from explorer.render.latents import LatentSource
from explorer.render.layer_view import picture_of
from explorer.render.pipeline import Pipeline
from explorer.request import GpuPixels, request_from
from explorer.settings import LayerView, seed_latent
from tests.fakes import TinyLibrary, tiny_settings

VIEWS = (
    LayerView(),
    LayerView(gain_db=-7.3),
    LayerView(normalise=True, gain_db=3.1),
    LayerView(mode="mono", base_channel=2),
    LayerView(layer="b8.conv1", base_channel=1),
)


def picture(channels: int, dtype: torch.dtype = torch.float32) -> Tensor:
    values = 1.5 * torch.randn(channels, 37, 41, generator=torch.Generator().manual_seed(3))
    values[:, 0, :4] = torch.tensor([float("nan"), float("inf"), -float("inf"), 1.0])
    return values.to(dtype)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("gain", [1.0, 0.37, 2.9])
def test_the_bytes_are_those_of_the_processor(channels: int, dtype: torch.dtype, gain: float):
    img = picture(channels, dtype)
    kept = img.clone()
    rgba = on_device.rgba8(img, gain)
    assert rgba.is_contiguous()
    assert torch.equal(rgba, by_processor(img, gain=gain))
    assert torch.equal(img.nan_to_num(7), kept.nan_to_num(7))


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_shown_is_what_the_host_would_show(view: LayerView):
    display, activation = GpuDisplay("cpu"), torch.randn(6 if view.layer else 3, 9, 11)
    for _ in range(2):
        made = display.pixels(activation, view)
        assert made is not None
        assert (made.height, made.width, made.device) == (9, 11, 0)
        assert np.array_equal(gpu_pixels.fetched_pixels(made)(), picture_of(activation, view))
    assert display.sentence.startswith("Pixels: made on the GPU")


def test_mosaics_spectra_and_the_processor_are_left_to_the_host():
    activation = torch.randn(3, 9, 11)
    assert GpuDisplay("cpu").pixels(activation, LayerView(mode="mosaic")) is None
    assert GpuDisplay("cpu").pixels(activation, LayerView(spectrum=True)) is None
    assert GpuDisplay().pixels(activation, LayerView()) is None
    assert GpuDisplay().sentence == ""

    display = Display(GpuDisplay("cpu"))
    assert isinstance(display.show(activation[None], LayerView(), "output")[0], GpuPixels)
    beside, _ = display.show(activation[None], LayerView(spectrum=True), "output")
    assert isinstance(beside, np.ndarray)


def test_first_pixels_that_differ_or_fail_are_not_believed(monkeypatch: pytest.MonkeyPatch):
    activation = torch.randn(3, 9, 11)

    def wrong(img: Tensor, gain: float) -> Tensor:
        rgba = on_device.rgba8(img, gain)
        rgba[0, 0, 0] += 1
        return rgba

    def failing(img: Tensor, gain: float) -> Tensor:
        raise RuntimeError("CUDA error: out of memory\nmore")

    for rgba8, said in ((wrong, "differed from the processor's."), (failing, "out of memory.")):
        display = GpuDisplay("cpu")
        monkeypatch.setattr(gpu_pixels, "rgba8", rgba8)
        assert display.pixels(activation, LayerView()) is None
        monkeypatch.setattr(gpu_pixels, "rgba8", on_device.rgba8)
        assert display.pixels(activation, LayerView()) is None
        assert display.sentence.endswith(said)


def test_a_result_keeps_its_pixels_where_they_are():
    here, there = (Pipeline(_library(), LatentSource(ArrayStore())) for _ in range(2))
    there._display = Display(GpuDisplay("cpu"))
    request = request_from(tiny_settings(latent=seed_latent(3)))
    assert request is not None
    on_host, on_gpu = here.render(request), there.render(request)
    assert on_host.gpu is None
    assert on_gpu.gpu is not None
    assert callable(on_gpu.__dict__["_rgba"])  # not fetched yet
    assert callable(on_gpu.__dict__["_img"])
    assert np.array_equal(_host(on_gpu.rgba), _host(on_host.rgba))
    assert np.array_equal(_host(on_gpu.img), _host(on_host.img))
    assert on_gpu.gpu.address == on_gpu.gpu.owner.data_ptr()
    assert "Pixels: made on the GPU; the first equalled the processor's." in on_gpu.notes
    assert not any(on_host.notes)


def _library() -> Any:
    return TinyLibrary()


def _host(array: np.ndarray | None) -> np.ndarray:
    assert array is not None
    return array
