"""Knobs in the real window: learned by a click, moved by real UDP, undone as one edit."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from imgui_bundle import imgui
from pythonosc.udp_client import SimpleUDPClient

from explorer.app import controller
from explorer.control_state import Binding
from explorer.live.controllers import midi
from tests.explorer.live import loopback
from tests.gui.harness import Driver, drive


@pytest.fixture(autouse=True)
def _slow_hands(monkeypatch):
    """A knob stays in the hand while a busy machine draws a few frames."""
    monkeypatch.setattr("explorer.app.knobs.REST_SECS", 2.0)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sender:
    """A phone: sends numbers and waits until the window has taken them in."""

    def __init__(self, d: Driver, client: SimpleUDPClient) -> None:
        self.d, self.client = d, client

    def __call__(self, address: str, *values: float) -> None:
        heard = self.d.app.knobs.heard_count
        for value in values:
            self.client.send_message(address, value)
            self.d.wait(lambda h=heard: self.d.app.knobs.heard_count > h, address, 5)
            heard = self.d.app.knobs.heard_count
        self.d.frames(2)

    def rest(self) -> None:
        """Let the knob go."""
        self.d.wait(lambda: not self.d.app.knobs.turning, "the knob to rest", 5)
        self.d.frames(2)


@contextmanager
def osc(d: Driver, **options: Any) -> Iterator[Sender]:
    """Turn OSC on, on a port of its own."""
    port = free_port()
    set_options(d, osc=True, osc_port=port, **options)
    d.wait(lambda: d.app.state.controls.osc_place == f"127.0.0.1:{port}", "the port", 5)
    with SimpleUDPClient("127.0.0.1", port) as client:
        yield Sender(d, client)


def set_options(d: Driver, **options: Any) -> None:
    preferences = d.app.preferences
    controls = replace(preferences.controls, **options)
    d.app.set_preferences(replace(preferences, controls=controls))
    d.frames(2)


def bindings(d: Driver) -> dict[str, Binding]:
    return {each.control: each for each in d.app.preferences.controls.bindings}


def test_a_knob_is_learned_and_what_it_does_is_one_edit(stylegan2):
    def script(d: Driver) -> None:
        with osc(d) as send:
            before = d.settings
            d.keys(imgui.Key.l)
            assert d.app.knobs.learning
            d.click("Controls/##psi")
            d.drag("Controls/##psi", 60)
            assert d.settings is before
            assert d.app.state.controls.waiting == "Psi"
            send("/fader", 0.5)
            assert bindings(d) == {"psi": Binding("psi", "Psi", "osc:/fader", -1.0, 2.0)}
            assert d.app.state.controls.waiting == ""
            d.keys(imgui.Key.escape)
            assert not d.app.knobs.learning

            entries = len(d.app.history.labels)
            picture = d.picture_bytes()
            send("/fader", 0.25, 0.3, 0.1)
            assert d.settings.truncation.psi == pytest.approx(-0.7)
            assert len(d.app.history.labels) == entries  # still in the hand
            send.rest()
            assert len(d.app.history.labels) == entries + 1
            assert d.picture_bytes() != picture
            d.keys(imgui.Key.mod_ctrl | imgui.Key.z)
            assert d.settings.truncation.psi == 1.0
            assert d.picture_bytes() == picture

    drive(script, stylegan2)


def test_a_right_click_unlearns_and_the_panel_edits(stylegan2):
    def script(d: Driver) -> None:
        with osc(d) as send:
            d.click("Live/###learn")
            for control in ("psi", "grid_columns"):
                d.click(f"Controls/##{control}")
                send(f"/{control}", 0.5)
            assert set(bindings(d)) == {"psi", "grid_columns"}
            d.click("Controls/##psi", button=1)
            assert set(bindings(d)) == {"grid_columns"}
            d.menu("Edit/###learn_knobs")
            assert not d.app.knobs.learning

            d.type("Live/grid_columns/##high", 5)
            d.click("Live/grid_columns/###swap")
            assert bindings(d)["grid_columns"].low == 5.0
            send("/grid_columns", 0.0)
            assert d.settings.grid.columns == 5
            d.keys(imgui.Key.l)
            d.click("Controls/##grid_columns")
            send("/another", 0.5)
            d.keys(imgui.Key.escape)
            another = Binding("grid_columns", "Columns", "osc:/another", 5.0, 1.0)
            assert bindings(d) == {"grid_columns": another}  # in the range chosen before
            d.click("Live/grid_columns/###unlearn")
            assert bindings(d) == {}
            send("/another", 1.0)
            assert d.settings.grid.columns == 5

    drive(script, stylegan2, size=(1280, 1400))


def test_bindings_stay_with_the_person(stylegan2):
    psi = Binding("psi", "Psi", "osc:/fader", 0.0, 1.0)

    def first(d: Driver) -> None:
        with osc(d, bindings=(psi,)) as send:
            send("/fader", 0.5)
            assert d.settings.truncation.psi == 0.5

    def second(d: Driver) -> None:
        port = d.app.preferences.controls.osc_port
        assert bindings(d) == {"psi": psi}
        with SimpleUDPClient("127.0.0.1", port) as client:
            Sender(d, client)("/fader", 0.25)
        assert d.settings.truncation.psi == 0.25

    drive(first, stylegan2)
    drive(second, stylegan2)


def test_controls_behind_another_tab_react_or_wait_for_their_panel(stylegan2):
    psi = Binding("psi", "Psi", "osc:/psi", 0.0, 1.0)
    columns = Binding("grid_columns", "Columns", "osc:/columns", 1.0, 9.0)
    seed = Binding("seed", "Seed", "osc:/seed", 0.0, 127.0, "sent")

    def script(d: Driver) -> None:
        with osc(d, bindings=(psi, columns, seed)) as send:
            d.ctx.window_focus("//Model")
            d.frames(3)
            assert "Controls" not in d.app.drawn_panels
            entries = len(d.app.history.labels)
            send("/psi", 0.5, 0.25)
            assert d.settings.truncation.psi == 0.25
            send.rest()
            assert len(d.app.history.labels) == entries + 1
            send("/seed", 42)
            assert d.settings.latent.seed == 42
            send("/columns", 0.25)
            assert d.settings.grid.columns == 1
            assert d.app.state.controls.asleep == {"grid_columns"}
            d.ctx.window_focus("//Controls")
            d.frames(3)
            assert d.settings.grid.columns == 3
            assert d.app.state.controls.asleep == frozenset()

    drive(script, stylegan2)


def test_a_knob_that_picks_up_moves_nothing_before_it_has_reached_the_value(stylegan2):
    psi = Binding("psi", "Psi", "osc:/psi", 0.0, 1.0)

    def script(d: Driver) -> None:
        with osc(d, bindings=(psi,), pick_up=True) as send:
            d.type("Controls/##psi", 0.5)
            send("/psi", 0.0, 0.2, 0.4)
            assert d.settings.truncation.psi == 0.5
            send("/psi", 0.6)
            assert d.settings.truncation.psi == pytest.approx(0.6)
            send("/psi", 0.1)
            assert d.settings.truncation.psi == pytest.approx(0.1)
            d.type("Controls/##psi", 0.9)  # the mouse leaves the knob behind
            send("/psi", 0.2)
            assert d.settings.truncation.psi == 0.9

    drive(script, stylegan2)


def test_a_control_is_told_by_its_name_without_learning(stylegan2):
    def script(d: Driver) -> None:
        with osc(d) as send:
            d.click("Style mixing/###mix_add_seed")
            send("/set/psi", 0.25)
            send("/set/seed", 42)
            send("/set/0/mix_weight", 0.5)
            assert d.settings.truncation.psi == 0.25
            assert d.settings.latent.seed == 42
            assert {weight for _, weight in d.settings.mixing.sources[0].weights} == {0.5}
            for index in range(50):
                send(f"/set/nonsense{index}", 1.0)
            assert d.app.knobs.waiting_count == 0
            send("/set/psi", 0.5)
            assert d.settings.truncation.psi == 0.5
            d.keys(imgui.Key.l)
            d.click("Controls/##cutoff")
            send("/set/psi", 0.75)
            assert d.app.state.controls.waiting == "Cutoff"  # what names its control is no knob
            assert bindings(d) == {}

    drive(script, stylegan2)


def test_small_steps_of_an_encoder_add_up_to_whole_numbers(stylegan2):
    columns = Binding("grid_columns", "Columns", "osc:/encoder", 1.0, 9.0, "steps")

    def script(d: Driver) -> None:
        with osc(d, bindings=(columns,)) as send:
            send("/encoder", *[1 / 127] * 20)  # of 8/127 columns each
            assert d.settings.grid.columns == 2
            send("/encoder", *[1.0] * 20)  # 127 is a step back
            assert d.settings.grid.columns == 1

    drive(script, stylegan2)


def test_garbage_and_numbers_that_are_none_do_nothing(stylegan2):
    psi = Binding("psi", "Psi", "osc:/psi", 0.0, 1.0, "sent")

    def script(d: Driver) -> None:
        with osc(d, bindings=(psi,)) as send:
            before = d.settings
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for _ in range(20):
                    packet = os.urandom(64)
                    sender.sendto(packet, ("127.0.0.1", d.app.preferences.controls.osc_port))
            send.client.send_message("/psi", float("nan"))
            send.client.send_message("/psi", "0.5")
            send("/other", 0.5)
            assert d.settings is before
            send("/psi", float("inf"))
            assert d.settings.truncation.psi == 2.0
            send("/psi", -3e38)
            assert d.settings.truncation.psi == -1.0

    drive(script, stylegan2)


def test_a_port_in_use_is_said_and_another_can_be_chosen(stylegan2):
    def script(d: Driver) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            taken = other.getsockname()[1]
            set_options(d, osc=True, osc_port=taken)
            said = f"OSC port {taken} is in use by another program"
            assert d.app.state.controls.osc_problem.startswith(said)
            assert any(said in line for line in d.app.notices.lines())
            d.type("Live/##osc_port", free_port())
            d.wait(lambda: d.app.state.controls.osc_place != "", "another port", 5)
            assert d.app.state.controls.osc_problem == ""

    drive(script, stylegan2)


def test_a_midi_device_is_found_learned_and_turned(stylegan2, monkeypatch):
    """With a loopback in the driver's place: no device was at hand."""
    monkeypatch.setattr(midi, "missing_reason", lambda: "")
    monkeypatch.setattr(midi, "BACKEND", loopback.__name__)
    loopback.plugged[:] = ["Pad:Pad MIDI 1 20:0"]

    def script(d: Driver) -> None:
        d.show("Live/###learn")
        d.click("Live/##midi_on")
        d.wait(lambda: d.app.state.controls.devices == ("Pad MIDI 1",), "the device", 5)
        pad = loopback.opened["Pad:Pad MIDI 1 20:0"]
        d.click("Live/###learn")
        d.click("Controls/##psi")
        pad.play(0xB0, 21, 64)
        d.wait(lambda: "psi" in bindings(d), "the knob", 5)
        assert bindings(d)["psi"].address == "midi:Pad MIDI 1/ch1/cc21"
        pad.play(0xB0, 21, 127)
        d.wait(lambda: d.settings.truncation.psi == 2.0, "psi", 5)
        d.keys(imgui.Key.escape)
        d.click("Live/##midi_on")
        d.frames(2)
        assert loopback.opened == {}

    drive(script, stylegan2, size=(1280, 1400))


def test_without_the_libraries_the_switch_says_what_to_do(stylegan2, monkeypatch):
    monkeypatch.setattr(midi.importlib.util, "find_spec", lambda name: None)

    def script(d: Driver) -> None:
        assert "python main.py --midi" in d.app.state.controls.midi_missing
        d.show("Live/###learn")
        d.frames(2)
        d.keys(imgui.Key.l)  # nothing is listened to, so nothing can be learned
        assert not d.app.knobs.learning

    drive(script, stylegan2)


def test_a_turned_knob_sets_a_key_with_auto_key(stylegan2):
    psi = Binding("psi", "Psi", "osc:/psi", 0.0, 1.0)

    def script(d: Driver) -> None:
        from explorer.timeline.edit import key_here

        d.apply(key_here(d.settings, "truncation.psi", 0.0))
        d.app.timeline.set_view(replace(d.app.timeline.view, auto_key=True, playhead_secs=1.0))
        with osc(d, bindings=(psi,)) as send:
            send("/psi", 0.25)
            send.rest()
            keys = d.settings.timeline.track("truncation.psi").keys
            assert [(key.time, key.number) for key in keys] == [(0.0, 1.0), (1.0, 0.25)]

    drive(script, stylegan2)


def test_a_timeline_plays_on_while_a_knob_turns_something_else(stylegan2):
    psi = Binding("psi", "Psi", "osc:/psi", 0.0, 1.0)

    def script(d: Driver) -> None:
        from explorer.timeline.edit import key_here

        start = key_here(d.settings, "latent", 0.0)
        d.apply(key_here(replace(start, latent=replace(start.latent, x=5.0)), "latent", 5.0))
        with osc(d, bindings=(psi,)) as send:
            entries = len(d.app.history.labels)
            d.app.timeline.set_view(replace(d.app.timeline.view, playing=True))
            send("/psi", 0.25, 0.5, 0.75)
            send.rest()
            assert d.app.timeline.view.playing
            assert d.app.timeline.view.playhead_secs > 0
            assert d.settings.truncation.psi == 0.75
            assert len(d.app.history.labels) == entries + 1

    drive(script, stylegan2)


def test_a_knob_during_motion_is_an_edit_of_its_own(stylegan2):
    psi = Binding("psi", "Psi", "osc:/psi", 0.0, 1.0)

    def script(d: Driver) -> None:
        with osc(d, bindings=(psi,)) as send:
            d.keys(imgui.Key.a)
            d.wait(lambda: d.settings.latent.x > 0.02, "motion", 10)
            send("/psi", 0.5, 0.25)
            send.rest()
            turned_at = d.settings.latent.x
            d.wait(lambda: d.settings.latent.x > turned_at + 0.02, "further motion", 10)
            d.keys(imgui.Key.a)
            d.frames(2)
            labels = d.app.history.labels
            assert sum("Psi" in label for label in labels) == 1, labels
            assert d.settings.truncation.psi == 0.25

    drive(script, stylegan2)


def test_a_movement_asks_for_a_frame(stylegan2, monkeypatch):
    """An idle window draws two frames a second; a knob does not wait for them."""
    asking: list[str] = []
    wake = controller.wake

    def noted() -> None:
        asking.append(threading.current_thread().name)
        wake()

    monkeypatch.setattr(controller, "wake", noted)

    def script(d: Driver) -> None:
        with osc(d) as send:
            assert "osc" not in asking
            send("/psi", 0.5)
            assert asking.count("osc") == 1

    drive(script, stylegan2)
