"""What is in a file that was recorded: every moment, true times, and what went wrong in words."""

import contextlib
import subprocess
import threading
import time

import numpy as np
import pytest

from explorer.live import recorder as recorder_module
from explorer.live.fitting import LiveError
from explorer.live.part_file import free_output, part_of
from explorer.live.recorder import Recorder
from explorer.live_state import LiveOptions
from tests.explorer.live.making import ended, number_of, numbered
from tests.explorer.video.making import decoded, described, frame_secs


def fetching(number, *size):
    return lambda: numbered(number, *size)


class Kept:
    """Keeps the frames that would go to ffmpeg; a new picture takes it `SLOW_SECS`."""

    SLOW_SECS = 0.0

    def __init__(self, path, width, height, rate):
        self.path, self.size, self.numbers = path, (width, height), []
        self._last = None
        kept.append(self)

    def write(self, frame):
        if frame is not self._last:
            time.sleep(self.SLOW_SECS)
            self._last = frame
        self.numbers.append(number_of(frame))

    def end(self):
        pass

    def free(self):
        pass


kept: list[Kept] = []


@pytest.fixture
def keeps(monkeypatch):
    kept.clear()
    monkeypatch.setattr(recorder_module, "PartFile", Kept)
    monkeypatch.setattr(recorder_module, "finish", lambda part: part)
    return kept


def test_frames_show_what_was_on_screen_at_their_times(tmp_path, keeps):
    starts = [time.monotonic()]
    recorder = Recorder(tmp_path / "a.mp4", LiveOptions(fps=50.0), fetching(0), lambda: None)
    shown = [(starts[0], time.monotonic())]
    waits = np.random.RandomState(0).choice([0.001, 0.004, 0.03, 0.15], 60)
    for number, wait in enumerate(waits, 1):
        time.sleep(wait)
        before = time.monotonic()
        recorder.show(fetching(number))
        shown.append((before, time.monotonic()))
    time.sleep(0.1)
    recorder.stop()
    progress = ended(recorder)

    numbers = keeps[0].numbers
    assert progress.dropped == 0
    assert len(numbers) == progress.frames == pytest.approx(progress.secs * 50, abs=1)
    assert numbers[-1] == 60
    early, late = shown[0]
    for n, number in enumerate(numbers):
        assert shown[number][0] <= late + n / 50, "a frame shows what came after it"
        if number < 60:
            assert shown[number + 1][1] >= early + n / 50, "a frame shows an old picture"


def test_a_slow_encoder_loses_pictures_but_no_time_and_never_holds_up_the_window(tmp_path, keeps):
    Kept.SLOW_SECS = 0.05
    try:
        recorder = Recorder(tmp_path / "a.mp4", LiveOptions(fps=60.0), fetching(0), lambda: None)
        slowest, shown = 0.0, [time.monotonic()]
        for number in range(1, 120):
            time.sleep(0.016)
            before = time.monotonic()
            recorder.show(fetching(number))
            shown.append(before)
            slowest = max(slowest, time.monotonic() - before)
        time.sleep(0.1)
        recorder.stop()
        progress = ended(recorder)
    finally:
        Kept.SLOW_SECS = 0.0
    numbers = keeps[0].numbers
    assert slowest < 0.05
    assert progress.dropped > 20
    assert len(numbers) == pytest.approx(progress.secs * 60, abs=1)
    assert numbers[-1] == 119
    for n, number in enumerate(numbers):
        assert shown[number] <= shown[0] + n / 60 + 0.05


@pytest.mark.parametrize("kind", ["mp4", "webm", "gif"])
def test_a_file_has_the_rate_the_size_and_the_pictures(tmp_path, kind):
    out = tmp_path / f"a.{kind}"
    options = LiveOptions(format=kind, sharp=True)
    recorder = Recorder(out, options, fetching(0x2020, 64, 64), lambda: None)
    time.sleep(0.3)
    recorder.show(fetching(0xE040, 64, 64))
    time.sleep(0.3)
    recorder.stop()
    progress = ended(recorder)

    assert progress.saved == out
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    secs = frame_secs(out)
    assert len(secs) == progress.frames == pytest.approx(progress.secs * 30, abs=1)
    unit = {"mp4": 1e-5, "webm": 0.001, "gif": 0.01}[kind]  # of time in such a file
    assert np.abs(np.array(secs) - np.arange(len(secs)) / 30).max() <= unit
    frames = decoded(out)
    assert frames.shape[1:] == (512, 512, 3)
    assert np.abs(frames[0].astype(int) - (0x20, 0x20, 255)).max() <= 4
    assert np.abs(frames[-1].astype(int) - (0xE0, 0x40, 255)).max() <= 4
    if kind != "gif":
        assert "tv, bt709" in described(out)


def test_2997_frames_per_second_are_30000_by_1001(tmp_path):
    out = tmp_path / "a.mp4"
    recorder = Recorder(out, LiveOptions(fps=29.97), fetching(1), lambda: None)
    time.sleep(1.0)
    recorder.stop()
    ended(recorder)
    secs = np.array(frame_secs(out))
    assert np.abs(secs - np.arange(len(secs)) * 1001 / 30000).max() < 1e-5


def test_a_picture_of_another_size_is_fitted_in(tmp_path):
    out = tmp_path / "a.mp4"
    recorder = Recorder(out, LiveOptions(scale=1, sharp=True), fetching(0, 64, 64), lambda: None)
    time.sleep(0.2)
    recorder.show(fetching(0xFFFF, 128, 64))
    time.sleep(0.2)
    recorder.stop()
    assert ended(recorder).size == (64, 64)
    last = decoded(out)[-1]
    assert last[:12].max() < 20
    assert last[52:].max() < 20
    assert last[20:44].min() > 235


def test_a_recording_that_is_stopped_at_once_has_a_frame(tmp_path):
    still = {"now": lambda: 7.0}
    recorder = Recorder(tmp_path / "a.mp4", LiveOptions(), fetching(7), lambda: None, **still)
    recorder.stop()
    assert ended(recorder).frames == 1
    assert len(decoded(tmp_path / "a.mp4")) == 1


def test_it_says_when_it_is_done(tmp_path):
    woken = threading.Event()
    recorder = Recorder(tmp_path / "a.mp4", LiveOptions(), fetching(7), woken.set)
    assert recorder.close(30)
    assert woken.is_set()
    assert recorder.progress().phase == "off"


def test_what_was_recorded_before_ffmpeg_died_is_kept(tmp_path):
    out = tmp_path / "a.mp4"
    recorder = Recorder(out, LiveOptions(), fetching(1, 64, 64), lambda: None)
    time.sleep(1.5)
    assert recorder._file is not None
    recorder._file._process.kill()
    progress = ended(recorder)
    assert "ffmpeg" in str(progress.error)
    assert progress.saved == out
    assert len(decoded(out)) >= 15


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "a.mp4"
    progress = ended(Recorder(out, LiveOptions(), fetching(1), lambda: None))
    assert isinstance(progress.error, LiveError)
    assert progress.saved is None
    assert "a.mp4" in str(progress.error)


def test_too_many_frames_for_a_gif_are_refused(tmp_path):
    with pytest.raises(LiveError, match=r"GIF has at most 50 .*not 60"):
        Recorder(tmp_path / "a.gif", LiveOptions("gif", 60.0), fetching(1), lambda: None)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting needs rights")
    yield disk
    with contextlib.suppress(OSError):
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_full_disk_ends_the_recording_and_keeps_it(small_disk):
    out = small_disk / "a.mp4"
    noise = np.random.RandomState(0).randint(0, 256, (8, 256, 256, 4), np.uint8)
    recorder = Recorder(out, LiveOptions(scale=1), lambda: noise[0], lambda: None)
    number = 0
    until = time.monotonic() + 30
    while recorder.progress().phase == "recording" and time.monotonic() < until:
        number += 1
        recorder.show(lambda n=number: noise[n % 8])
        time.sleep(0.03)
    progress = ended(recorder)
    assert "no space left on the disk for a.mp4" in str(progress.error)
    assert progress.saved is not None
    assert [path.name for path in small_disk.iterdir()] == [progress.saved.name]
    assert len(decoded(progress.saved)) >= 10


def test_names_are_free_ones(tmp_path):
    assert free_output(tmp_path, "a", "mp4").name == "a.mp4"
    (tmp_path / "a.mp4").write_text("")
    part_of(tmp_path / "a-2.mp4").write_text("")
    assert free_output(tmp_path, "a", "mp4").name == "a-3.mp4"
