"""A program that is killed while it records, alone or with ffmpeg: the next one saves the file."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from explorer.live import finish as finishing
from explorer.live.finish import finish, finish_all
from explorer.live.part_file import part_of
from explorer.live.recorder import Recorder
from explorer.live_state import LiveOptions
from tests.explorer.live.making import ended, numbered
from tests.explorer.video.making import decoded, frame_secs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs kill -9")

SCRIPT = """
import sys, time
from pathlib import Path
from explorer.live.recorder import Recorder
from explorer.live_state import LiveOptions
from tests.explorer.live.making import numbered
out = Path(sys.argv[1])
options = LiveOptions(format=out.suffix[1:], sharp=True)
recorder = Recorder(out, options, lambda: numbered(0, 64, 64), lambda: None)
while recorder._file is None:
    time.sleep(0.01)
print(recorder._file._process.pid, flush=True)
for number in range(1, 1000):
    time.sleep(0.05)
    recorder.show(lambda n=number: numbered(n * 256, 64, 64))
"""


def killed(out, secs, *, both):
    """Record in another process and kill it after some seconds; returns what it left."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(out)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    encoder = int(process.stdout.readline())
    time.sleep(secs)
    if both:
        os.kill(encoder, signal.SIGKILL)
    process.kill()
    process.wait()
    process.stdout.close()
    return settled(part_of(out))


def settled(part):
    """Wait until ffmpeg, if it lives, has written what it was given."""
    size = -1
    while size != part.stat().st_size:
        size = part.stat().st_size
        time.sleep(0.5)
    return part


def aged(part):
    """Make a file look as it will some seconds later."""
    past = time.time() - 2 * finishing.SETTLED_SECS
    os.utime(part, (past, past))


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif"])
@pytest.mark.parametrize("both", [False, True])
def test_what_a_killed_program_recorded_is_saved_by_the_next(tmp_path, name, both):
    out = tmp_path / name
    part = killed(out, 2.0, both=both)
    assert len(decoded(part)) >= 20, "what lies there cannot be played"
    os.utime(part)
    waits: list[float] = []
    assert list(finish_all(tmp_path, waits.append)) == [], "ffmpeg may still write to it"
    assert len(waits) > 1

    aged(part)
    assert list(finish_all(tmp_path, waits.append)) == [out]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    secs = np.array(frame_secs(out))
    assert len(secs) >= 60 - (24 if both else 10)  # fragments last half a second
    assert np.abs(np.diff(secs) - 1 / 30).max() < 0.011
    frames = decoded(out)
    assert frames[-1].mean() > frames[0].mean()


def test_what_took_the_name_in_the_meantime_stays(tmp_path):
    out = tmp_path / "a.mp4"
    part = killed(out, 0.5, both=False)
    out.write_text("mine")
    assert finish(part) == tmp_path / "a-2.mp4"
    assert out.read_text() == "mine"


def test_what_holds_no_frame_is_left_alone(tmp_path):
    part = part_of(tmp_path / "a.mp4")
    part.write_bytes(b"nothing to see")
    aged(part)
    assert list(finish_all(tmp_path)) == []
    with pytest.raises(ValueError, match="ffmpeg"):
        finish(part)
    assert [path.name for path in tmp_path.iterdir()] == [part.name]


def test_what_another_window_records_slowly_is_left_to_it(tmp_path):
    out = tmp_path / "a.mp4"
    recorder = Recorder(out, LiveOptions(), lambda: numbered(1), lambda: None)
    while recorder.progress().frames < 20:
        time.sleep(0.01)
    look = "import sys; from pathlib import Path; from explorer.live import finish as f;"
    look += "f.SETTLED_SECS = -1.0; print(list(f.finish_all(Path(sys.argv[1]))))"
    other = [sys.executable, "-c", look, str(tmp_path)]
    said = subprocess.run(other, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
    recorder.stop()
    assert ended(recorder).saved == out
    assert len(decoded(out)) >= 20


def test_where_there_is_no_room_for_a_second_file_the_first_gets_its_name(tmp_path, monkeypatch):
    out = tmp_path / "a.gif"
    part = killed(out, 1.0, both=False)
    monkeypatch.setattr(finishing, "_convert", full)
    assert finish(part) == tmp_path / "a.mp4"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert len(decoded(tmp_path / "a.mp4")) >= 15


def full(*_, **__):
    raise OSError(28, "No space left on device")
