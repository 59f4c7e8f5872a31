"""From a GPU's memory to a texture without the host: order, proof, and one reason not to."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cuda_ops.cuda.driver import Driver
from cuda_ops.cuda.graphics import Graphics
from explorer.actions import Magnify
from explorer.app import gpu_upload, texture
from explorer.app.pictures import Pictures
from explorer.request import GpuPixels, RenderResult, request_from
from tests.explorer import fake_graphics
from tests.explorer.fake_graphics import FakeCuda, FakeGl
from tests.fakes import tiny_settings

COPY = [
    "cuCtxPushCurrent_v2",
    "cuGraphicsMapResources",
    "cuGraphicsSubResourceGetMappedArray",
    "cuMemcpy2D_v2",
    "cuGraphicsUnmapResources",
    "cuCtxPopCurrent_v2",
]
REGISTER = ["cuCtxPushCurrent_v2", "cuGraphicsGLRegisterImage", "cuCtxPopCurrent_v2"]
UNREGISTER = ["cuCtxPushCurrent_v2", "cuGraphicsUnregisterResource", "cuCtxPopCurrent_v2"]
CALLED_BEFORE_A_PICTURE = {"cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuGLGetDevices_v2"}


class Screen:
    """Pictures over the stand-ins, and how often the host was asked for pixels."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gl = FakeGl()
        self.cuda = FakeCuda(self.gl)
        driver: Any = self.cuda
        monkeypatch.setattr(texture, "gl", self.gl)
        monkeypatch.setattr(
            gpu_upload, "graphics_of", lambda device: Graphics(Driver(driver), device)
        )
        self.pictures = Pictures()
        self.fetched = 0

    def result(self, height: int = 3, width: int = 5, seed: int = 0, device: int = 0) -> Any:
        pixels = np.random.RandomState(seed).randint(0, 256, (height, width, 4)).astype(np.uint8)

        def fetch() -> NDArray[np.uint8]:
            self.fetched += 1
            return pixels.copy()

        where = GpuPixels(device, pixels.ctypes.data, width, height, pixels)
        request = request_from(tiny_settings())
        assert request is not None
        fetched: Any = fetch
        return RenderResult(request, rgba=fetched, gpu=where)

    def shown(self) -> NDArray[np.uint8]:
        view = self.pictures.picture
        assert view is not None
        return self.gl.storage[view.texture]

    def show(self, result: Any) -> list[str]:
        """Show a result, see that it is what the texture holds; return the driver's calls."""
        self.cuda.log.clear()
        self.pictures.show(result)
        assert np.array_equal(self.shown(), result.gpu.owner)
        assert self.gl.mapped == set()
        assert self.cuda.contexts == []
        return self.cuda.log.copy()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    return Screen(monkeypatch)


def test_pictures_stay_on_the_gpu_after_the_first_was_read_back(screen: Screen):
    first = screen.show(screen.result())
    assert [call for call in first if call not in {*CALLED_BEFORE_A_PICTURE, "cuInit"}] == [
        *REGISTER,
        *COPY,
    ]
    assert screen.fetched == 1
    assert screen.show(screen.result(seed=1)) == COPY
    assert screen.show(screen.result(seed=2)) == COPY
    assert screen.fetched == 1
    assert screen.pictures.gpu.sentence.startswith("Upload: pictures stay on the GPU")


def test_another_size_and_closing_leave_nothing_registered(screen: Screen):
    screen.show(screen.result())
    assert screen.show(screen.result(4, 6)) == [*UNREGISTER, *REGISTER, *COPY]
    assert len(screen.gl.registered) == 1
    screen.pictures.show_other(screen.result(7, 2))
    assert len(screen.gl.registered) == 2
    screen.cuda.log.clear()
    screen.pictures.clear()
    assert screen.cuda.log == UNREGISTER * 2
    assert screen.gl.registered == set()
    assert screen.gl.storage == {}
    screen.show(screen.result())  # another model
    assert len(screen.gl.registered) == 1


def test_previews_and_other_host_pictures_go_between(screen: Screen):
    screen.show(screen.result())
    preview = np.full((3, 5, 4), 9, np.uint8)
    fetched: Any = preview
    screen.pictures.show(RenderResult(screen.result().request, rgba=fetched))
    assert np.array_equal(screen.shown(), preview)
    assert screen.show(screen.result(seed=3)) == COPY


@pytest.mark.parametrize(
    "call",
    [
        "cuGLGetDevices_v2",
        "cuDeviceGet",
        "cuDevicePrimaryCtxRetain",
        "cuCtxPushCurrent_v2",
        "cuGraphicsGLRegisterImage",
        "cuGraphicsMapResources",
        "cuGraphicsSubResourceGetMappedArray",
        "cuMemcpy2D_v2",
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_a_call_that_fails_leaves_it_to_the_host_for_good(call: str, later: bool, screen: Screen):
    if later:
        screen.show(screen.result())
        screen.pictures.show_other(screen.result())
    screen.cuda.fails = call
    result = screen.result(4, 4, seed=5)
    if later and call in CALLED_BEFORE_A_PICTURE:
        assert screen.show(result)[-1] == COPY[-1]  # asked once only
        return
    screen.show(result)
    screen.cuda.fails = ""
    assert screen.pictures.gpu.sentence.startswith("Upload: pictures go through the computer's")
    assert "operation not supported (code 999)" in screen.pictures.gpu.sentence
    left = {1, 2} if later and call == "cuCtxPushCurrent_v2" else set()
    assert screen.gl.registered == left  # without a context nothing can be let go of
    calls = screen.show(screen.result(6, 4, seed=6))
    screen.pictures.show_other(screen.result(6, 4))
    assert not set(calls) & set(COPY)
    screen.pictures.clear()
    assert set(screen.gl.storage) == left


def test_a_first_picture_that_differs_is_not_believed(screen: Screen):
    screen.cuda.wrong = True
    screen.show(screen.result())
    assert screen.pictures.gpu.sentence == (
        "Upload: pictures go through the computer's memory: the first picture the driver copied "
        "differed from the host's."
    )
    assert screen.gl.registered == set()
    assert screen.show(screen.result(seed=1)) == []


def test_a_gpu_that_opengl_does_not_draw_on_is_said(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fake_graphics, "OPENGL_DRAWS_ON", (8,))
    screen.show(screen.result())
    assert screen.pictures.gpu.sentence.endswith("OpenGL draws on another GPU than 0.")


def test_pixels_are_fetched_once_when_asked_for_and_results_stay_frozen(screen: Screen):
    result = screen.result()
    assert result.has_picture
    assert screen.fetched == 0
    assert result.rgba is result.rgba
    assert screen.fetched == 1
    with pytest.raises(FrozenInstanceError):
        result.rgba = None
    empty = RenderResult(result.request)
    assert (empty.rgba, empty.img, empty.has_picture) == (None, None, False)


def test_a_magnified_part_is_the_reason_to_fetch(screen: Screen):
    screen.show(screen.result())
    part = Magnify(0, 0, 2, 2, 3)
    screen.pictures.magnify(part, np.zeros((3, 5, 4), np.uint8))
    fetched = screen.fetched
    result = screen.result(seed=4)
    screen.show(result)
    assert screen.fetched == fetched + 1
    shown = screen.pictures.magnified
    assert shown is not None
    cut = result.rgba[:2, :2].repeat(3, axis=0).repeat(3, axis=1)
    assert np.array_equal(screen.gl.storage[shown[1].texture], cut)
