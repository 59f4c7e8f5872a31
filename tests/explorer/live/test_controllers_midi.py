"""MIDI without a device: mido's own parser, and a loopback where the driver would be."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from explorer.live.controllers import midi
from explorer.live.controllers.messages import ControlChange
from tests.explorer.live import loopback

PORT = "nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0"
KNOB = "midi:nanoKONTROL2 MIDI 1/ch1/cc21"


@pytest.fixture(autouse=True)
def _no_devices(monkeypatch):
    monkeypatch.setattr(midi, "LOOK_SECS", 0.01)
    loopback.plugged.clear()
    loopback.refused.clear()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.fixture
def heard():
    return []


@pytest.fixture
def inputs(heard):
    made = midi.MidiInputs(heard.append, lambda: None, backend=loopback.__name__)
    yield made
    made.close()


@pytest.mark.parametrize(
    "data, name, value",
    [
        ((0xB0, 21, 127), "ch1/cc21", 1.0),
        ((0xBF, 7, 64), "ch16/cc7", 64 / 127),
        ((0xE1, 0x7F, 0x7F), "ch2/pitch", 1.0),
        ((0xE1, 0x00, 0x00), "ch2/pitch", 0.0),
        ((0x90, 60, 127), "ch1/note60", 1.0),
        ((0x90, 60, 0), "ch1/note60", 0.0),  # a note with velocity 0 is a key let go
        ((0x80, 60, 90), "ch1/note60", 0.0),
        ((0xD0, 127), "ch1/pressure", 1.0),
    ],
)
def test_what_a_device_sends_becomes_an_address_and_a_value(inputs, heard, data, name, value):
    loopback.plugged.append("Pad")
    wait_for(lambda: "Pad" in loopback.opened)
    loopback.opened["Pad"].play(*data)

    assert heard == [ControlChange(f"midi:Pad/{name}", value)]


def test_what_is_no_knob_is_not_heard(inputs, heard):
    loopback.plugged.append("Pad")
    wait_for(lambda: "Pad" in loopback.opened)
    loopback.opened["Pad"].play(0xF8, 0xFE, 0xC0, 5, 0xF0, 1, 2, 3, 0xF7, 0x33, 0x44)

    assert heard == []


def test_devices_come_and_go(inputs, heard):
    wait_for(lambda: inputs.status == midi.MidiStatus())
    loopback.plugged.append(PORT)
    wait_for(lambda: inputs.status.devices == ("nanoKONTROL2 MIDI 1",))
    loopback.opened[PORT].play(0xB0, 21, 0)
    loopback.plugged.remove(PORT)
    wait_for(lambda: inputs.status.devices == () and PORT not in loopback.opened)
    again = PORT.replace("20:0", "24:0")  # ALSA numbers it anew
    loopback.plugged.append(again)
    wait_for(lambda: again in loopback.opened)
    loopback.opened[again].play(0xB0, 21, 127)

    assert heard == [ControlChange(KNOB, 0.0), ControlChange(KNOB, 1.0)]


def test_a_device_that_is_in_use_is_named_and_tried_again(inputs):
    loopback.plugged += [PORT, "Pad"]
    loopback.refused.add(PORT)
    wait_for(lambda: inputs.status.devices == ("Pad",) and inputs.status.problem != "")
    assert inputs.status.problem == (
        "nanoKONTROL2 MIDI 1 cannot be opened: close the program that uses it, or plug it in again."
    )
    loopback.refused.clear()
    wait_for(lambda: set(inputs.status.devices) == {"nanoKONTROL2 MIDI 1", "Pad"})
    assert inputs.status.problem == ""


def test_closing_closes_every_device(heard):
    loopback.plugged += [PORT, "Pad"]
    inputs = midi.MidiInputs(heard.append, lambda: None, backend=loopback.__name__)
    wait_for(lambda: len(loopback.opened) == 2)
    inputs.close()

    assert loopback.opened == {}


def test_a_backend_that_cannot_be_loaded_is_said():
    said = []
    inputs = midi.MidiInputs(lambda _: None, lambda: said.append(1), backend="tests.no_such_driver")
    wait_for(lambda: bool(said))

    assert "tests.no_such_driver" in inputs.status.problem
    inputs.close()


@pytest.mark.parametrize(
    "port, name",
    [
        (PORT, "nanoKONTROL2 MIDI 1"),
        ("Midi Through:Midi Through Port-0 14:0", "Midi Through Port-0"),
        ("IAC Driver Bus 1", "IAC Driver Bus 1"),
        ("a/b", "a b"),
        ("", "device"),
    ],
)
def test_a_port_keeps_its_name_when_its_number_changes(port, name, monkeypatch):
    monkeypatch.setattr(midi.sys, "platform", "linux")
    assert midi.device_name(port) == name


def test_windows_counts_its_ports(monkeypatch):
    monkeypatch.setattr(midi.sys, "platform", "win32")
    assert midi.device_name("Launch Control 2") == "Launch Control"


def test_without_the_libraries_the_command_that_installs_them_is_said(monkeypatch):
    monkeypatch.setattr(midi.importlib.util, "find_spec", lambda name: None)
    reason = midi.missing_reason()

    assert "python main.py --midi" in reason
    assert "mido" in reason
    monkeypatch.setattr(midi.sys, "platform", "linux")
    monkeypatch.setattr(midi, "WITHOUT_WHEELS", (3, 11))
    assert "needs a C++ compiler and libasound2-dev)." in midi.missing_reason()
    monkeypatch.setattr(midi, "WITHOUT_WHEELS", (4, 0))
    assert midi.missing_reason().endswith("installs them.")


def test_linux_without_a_sequencer_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(midi.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(midi.sys, "platform", "linux")
    monkeypatch.setattr(midi, "_SEQUENCER", tmp_path / "seq")
    assert "modprobe snd-seq" in midi.missing_reason()
    (tmp_path / "seq").touch()
    assert midi.missing_reason() == ""
