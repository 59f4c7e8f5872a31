"""What a device would get while the playhead plays, stops, jumps and drifts."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.sound import player as playing
from explorer.sound.player import Player, PlayingError, open_device

PLAYED_RATE = 44100
BLOCK = 441  # 10 ms
EACH = 21  # samples of one value, half a millisecond


def place_at(secs: float) -> int:
    return round(secs * PLAYED_RATE) // EACH + 1


class Device:
    """A device whose time is told; what it plays is kept as seconds of the sound."""

    rate = PLAYED_RATE
    latency_secs = 0.02

    def __init__(self) -> None:
        self.now = 100.0
        self.fill = None
        self.closed = False
        self.heard = np.zeros(0, np.int16)

    def open(self, fill):
        self.fill = fill
        return self

    def pull(self, secs: float, speed: float = 1.0) -> np.ndarray:
        """Let time pass; returns what was asked for, one channel."""
        got = []
        for _ in range(round(secs * PLAYED_RATE / BLOCK)):
            out = np.full((BLOCK, 2), 7, np.int16)
            self.fill(out)
            assert np.array_equal(out[:, 0], out[:, 1])
            got.append(out[:, 0])
            self.now += speed * BLOCK / PLAYED_RATE
        return np.concatenate(got)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def device():
    return Device()


@pytest.fixture
def player(device):
    made = Player(device.open, lambda: device.now)
    # Ten seconds in which every sample says where it is.
    places = np.arange(10 * PLAYED_RATE) // EACH + 1
    made.load(np.stack([places, places], 1).astype(np.int16))
    return made


def test_it_begins_where_the_playhead_is_and_ends_when_it_stops(player, device):
    player.follow(3.0)
    heard = device.pull(0.1)
    # What is asked for now is heard a latency later.
    assert heard[0] == place_at(3.0 + device.latency_secs)
    player.follow(None)
    assert not device.pull(0.1).any()
    player.follow(8.0)
    assert device.pull(0.01)[0] == place_at(8.02)


def test_a_device_that_asks_late_begins_where_the_playhead_is_by_then(player, device):
    player.follow(3.0)
    device.now += 0.04
    assert device.pull(0.01)[0] == place_at(3.04 + device.latency_secs)


def test_an_even_clock_is_never_put_right(player, device):
    player.follow(1.0)
    heard = [device.pull(0.02)]
    for frame in range(1, 200):
        player.follow(1.0 + 0.02 * frame + 0.004 * (frame % 3))  # frames come unevenly
        heard.append(device.pull(0.02))
    assert np.isin(np.diff(np.concatenate(heard)), (0, 1)).all()


def test_drift_is_put_right_when_it_could_be_seen(player, device):
    player.follow(0.0)
    samples = 0
    for frame in range(1, 401):
        samples += len(device.pull(0.02, speed=1.02))  # a device that is 2 % slow
        player.follow(device.now - 100.0)
        off = player._secs_at(device.now) - (device.now - 100.0)
        assert abs(off) <= playing.MOST_OFF_SECS + 0.02, frame
    assert samples / PLAYED_RATE < device.now - 100.0 - 0.1


def test_a_jump_and_a_loop_are_followed_at_once(player, device):
    player.follow(9.0)
    device.pull(0.05)
    player.follow(0.0)
    assert device.pull(0.01)[0] == place_at(0.02)


def test_outside_of_the_sound_it_is_silent(player, device):
    player.follow(9.95)
    heard = device.pull(0.2)
    assert heard[0] == place_at(9.97)
    assert not heard[-BLOCK:].any()
    player.follow(-0.3)
    heard = device.pull(0.6)
    assert not heard[:BLOCK].any()
    assert heard[-1] > 0


def test_it_is_silent_until_a_sound_is_there_and_lets_the_device_go(device):
    player = Player(device.open, lambda: device.now)
    player.follow(0.0)
    assert not device.pull(0.05).any()
    player.close()
    assert device.closed


def test_why_nothing_is_heard_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(PlayingError, match=r"start with `python main\.py --sound`"):
        open_device(lambda out: None)

    class NoPortAudio:
        def find_spec(self, name, *_):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    with monkeypatch.context() as patched:
        patched.delitem(sys.modules, "sounddevice")
        patched.setattr(sys, "meta_path", [NoPortAudio(), *sys.meta_path])
        with pytest.raises(PlayingError, match="has no PortAudio; install it"):
            open_device(lambda out: None)

    def no_device(**_):
        raise RuntimeError("Error querying device -1")

    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(OutputStream=no_device))
    with pytest.raises(PlayingError, match=r"no sound device can be opened .*device -1"):
        open_device(lambda out: None)


def test_a_device_is_opened_as_sounddevice_wants_it(monkeypatch):
    made = []

    class OutputStream:
        latency = 0.03
        samplerate = 48000.0

        def __init__(self, channels, dtype, callback):
            assert (channels, dtype) == (2, "int16")
            self.callback = callback
            made.append(self)

        def start(self):
            out = np.zeros((4, 2), np.int16)
            self.callback(out, 4, None, None)
            assert out.all()

        def close(self):
            made.clear()

    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(OutputStream=OutputStream))
    stream = open_device(lambda out: out.fill(5))
    assert (stream.latency_secs, stream.rate) == (0.03, 48000)
    stream.close()
    assert made == []
