"""The virtual camera, with a device that is none: what it gets, when, and what goes wrong in words.

The stand-in has the signature of pyvirtualcam.Camera, where that is installed.
"""

import importlib
import inspect
import sys
import threading
import time
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from explorer.live import camera as camera_module
from explorer.live import devices
from explorer.live.camera import CameraFeed
from explorer.live.fitting import LiveError
from tests.explorer.live.making import numbered


class Camera:
    """What pyvirtualcam.Camera does, without a device."""

    opened: list["Camera"]
    problem = ""
    slow_secs = 0.0

    def __init__(
        self, width, height, fps, *, fmt="RGB", device=None, backend=None, print_fps=False, **kw
    ):
        if self.problem:
            raise RuntimeError(self.problem)
        self.width, self.height, self.fps, self.fmt = width, height, fps, fmt
        self.device, self.closed = "/dev/video7", False
        self.sent: list[tuple[float, np.ndarray]] = []
        self.opened.append(self)

    def send(self, frame):
        assert frame.dtype == np.uint8
        assert frame.shape == (self.height, self.width, 3)
        assert not self.closed
        time.sleep(self.slow_secs)
        self.sent.append((time.monotonic(), frame))

    def close(self):
        self.closed = True


@pytest.fixture
def library(monkeypatch):
    """A pyvirtualcam whose cameras are stand-ins."""
    module = ModuleType("pyvirtualcam")
    fake = type("Camera", (Camera,), {"opened": []})
    module.Camera, module.PixelFormat = fake, SimpleNamespace(RGB="RGB")
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    return fake


def feed(fps=50, size=(64, 48), **options):
    return CameraFeed(size, fps, sharp=True, wake=options.pop("wake", lambda: None), **options)


@pytest.mark.camera
def test_the_stand_in_is_like_the_real_one():
    real = importlib.import_module("pyvirtualcam").Camera
    ours = inspect.signature(Camera.__init__).parameters
    theirs = inspect.signature(real.__init__).parameters
    assert list(ours) == list(theirs)
    assert [each.kind for each in ours.values()] == [each.kind for each in theirs.values()]
    for name in ("send", "close", "device"):
        assert hasattr(real, name)


def test_the_newest_picture_is_sent_at_a_steady_rate_also_when_nothing_changes(library):
    camera = feed(fps=25)
    camera.show(lambda: numbered(0x1010, 48, 48))
    time.sleep(0.5)
    camera.show(lambda: numbered(0xE0E0, 48, 48))
    time.sleep(0.5)
    progress = camera.progress()
    assert (progress.phase, progress.device) == ("on", "/dev/video7")
    assert camera.close(2)
    device = library.opened[0]
    assert (device.width, device.height, device.fps, device.fmt) == (64, 48, 25, "RGB")
    assert device.closed
    assert 10 <= len(device.sent) <= 28  # a machine with much else to do leaves some out
    times = np.array([secs for secs, _ in device.sent])
    assert 0.02 < np.median(np.diff(times)) < 0.08
    values = [int(frame[24, 32, 0]) for _, frame in device.sent]
    assert values[-1] == 0xE0
    assert 0x10 in values
    last = device.sent[-1][1]
    assert (last[:, :8] == 0).all()  # bars
    assert (last[:, 8:56, 0] == 0xE0).all()


def test_a_slow_device_leaves_frames_out_and_shows_what_is_there_now(library):
    library.slow_secs = 0.06
    camera = feed(fps=100)
    for number in range(60):
        camera.show(lambda n=number: numbered(n * 256, 64, 48))
        time.sleep(0.01)
    time.sleep(0.15)
    camera.close(2)
    sent = library.opened[0].sent
    assert len(sent) < 20
    assert sent[-1][1][0, 0, 0] == 59


def test_a_device_that_hung_gets_no_burst_of_frames_afterwards(library, monkeypatch):
    send, hung = library.send, []

    def hanging(self, frame):
        if not hung:
            hung.append(True)
            time.sleep(0.6)
        send(self, frame)

    monkeypatch.setattr(library, "send", hanging)
    started = time.monotonic()
    camera = feed(fps=100)
    time.sleep(0.7)
    camera.close(2)
    assert hung
    assert len(library.opened[0].sent) <= (time.monotonic() - started - 0.6) * 100 + 3


def test_a_camera_that_cannot_be_opened_is_a_sentence(library):
    library.problem = "'v4l2loopback' backend: no devices\n'other' backend: none"
    woken = threading.Event()
    camera = feed(wake=woken.set)
    assert woken.wait(5)
    error = camera.progress().error
    assert isinstance(error, LiveError)
    assert "install" in str(error)
    assert "'v4l2loopback' backend: no devices; 'other' backend: none" in str(error)
    assert "\n" not in str(error)


def test_a_device_that_goes_away_is_a_sentence(library, monkeypatch):
    def gone(self, frame):
        raise OSError(19, "No such device")

    monkeypatch.setattr(library, "send", gone)
    camera = feed()
    camera._thread.join(5)
    progress = camera.progress()
    assert progress.phase == "off"
    assert "No such device" in str(progress.error)
    assert library.opened[0].closed


@pytest.mark.camera
@pytest.mark.platform("linux")
def test_the_real_library_says_that_there_is_no_device_here():
    if not devices.camera_problem():
        pytest.skip("there may be a camera here")
    with pytest.raises(LiveError, match="v4l2loopback"):
        camera_module.open_camera(640, 480, 30)


def test_what_is_missing_is_said_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: None)
    assert "python main.py --camera" in devices.camera_problem()
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(devices.sys, "platform", "linux")
    assert devices.camera_problem(tmp_path / "none") == devices.HOW_TO_GET_ONE
    assert devices.camera_problem(tmp_path) == devices.HOW_TO_GET_ONE
    (tmp_path / "video0").mkdir()
    assert devices.camera_problem(tmp_path) == ""
    monkeypatch.setattr(devices.sys, "platform", "win32")
    assert devices.camera_problem(tmp_path / "none") == ""
