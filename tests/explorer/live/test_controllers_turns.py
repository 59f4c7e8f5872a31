"""From what a knob sends to a control's value, also of controls that are not shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.control_state import Binding, Reach, address_text, kinds_of
from explorer.live.controllers.hidden import PATHS, hidden_control
from explorer.live.controllers.turns import Turn, asked, learned, merged, passes, told, turn_of
from explorer.settings import MixSource, Noise, Settings, StyleMixing
from explorer.timeline.properties import property_of
from tests.test_architecture import first_to_bring
from tests.widgets.fake_state import stylegan2_info, stylegan3_info

KNOB = "midi:Pad/ch1/cc21"
PSI = Reach(-1.0, 2.0)


def bound(kind: str = "range", low: float = -1.0, high: float = 2.0, address=KNOB) -> Binding:
    return Binding("psi", "Psi", address, low, high, kind)  # type: ignore[arg-type]


def value(binding: Binding, *values: float, current: float = 0.5, reach: Reach = PSI, last=None):
    """Return what the control becomes after the knob sent `values`."""
    turn = turn_of(binding, {binding.address: values}, last or {})
    return None if turn is None else reach.clamped(asked(turn, binding, current, reach))


@pytest.mark.parametrize("sent, expected", [(0.0, -1.0), (1.0, 2.0), (0.5, 0.5)])
def test_a_knobs_way_is_the_range(sent, expected):
    assert value(bound(), 0.3, sent) == expected
    assert value(bound(low=2.0, high=-1.0), sent) == pytest.approx(1.0 - expected)


@pytest.mark.parametrize("sent", [-7.0, 5.0, 1e12, -1e12])
@pytest.mark.parametrize("kind", ["range", "sent"])
def test_what_is_beyond_the_range_stops_at_its_end(kind, sent):
    assert value(bound(kind, address="osc:/psi"), sent) == (2.0 if sent > 0 else -1.0)


def test_a_number_as_sent_is_the_value():
    assert value(bound("sent", address="osc:/psi"), 0.75) == 0.75


@pytest.mark.parametrize(
    "address, first, kind",
    [("osc:/psi", 0.5, "range"), ("osc:/seed", 42.0, "sent"), (KNOB, 1.0, "range")],
)
def test_learning_takes_a_number_beyond_a_faders_as_the_value_itself(address, first, kind):
    assert learned("psi", "Psi", PSI, address, first) == bound(kind, address=address)


@pytest.mark.parametrize(
    "kind, sent, steps",
    [
        ("steps", (1,), 1),
        ("steps", (127,), -1),
        ("steps", (3, 1, 126), 2),
        ("steps_64", (65,), 1),
        ("steps_64", (63, 62), -3),
    ],
)
def test_an_endless_encoder_steps_from_where_the_control_is(kind, sent, steps):
    turned = value(bound(kind), *(number / 127 for number in sent))
    assert turned == pytest.approx(0.5 + 3.0 * steps / 127, abs=1e-5)
    assert value(bound(kind), *[sent[0] / 127] * 200, current=1.99 if steps > 0 else -0.99) == (
        2.0 if steps > 0 else -1.0
    )


def test_steps_too_small_for_a_whole_number_add_up():
    reach, binding = Reach(0, 14, whole=True), bound("steps", 0.0, 14.0)
    exact = 5.0
    for _ in range(10):  # of 14/127 each
        exact = asked(Turn(step=1 / 127), binding, exact, reach)
    assert reach.clamped(exact) == 6.0


def test_fourteen_bits_come_in_two_parts():
    binding, low = bound("fine", 0.0, 1.0), "midi:Pad/ch1/cc53"
    reach = Reach(0.0, 1.0)

    def fine(moved, last):
        turn = turn_of(binding, moved, last)
        assert turn is not None
        return asked(turn, binding, 0.0, reach) * 16383

    assert fine({KNOB: (1.0,), low: (1.0,)}, {}) == pytest.approx(16383, abs=0.02)
    assert fine({low: (3 / 127,)}, {KNOB: 2 / 127}) == pytest.approx(2 * 128 + 3, abs=0.02)
    assert fine({KNOB: (2 / 127,)}, {low: 5 / 127}) == pytest.approx(2 * 128 + 5, abs=0.02)
    assert turn_of(binding, {"midi:Pad/ch1/cc22": (1.0,)}, {}) is None


def test_a_switch_goes_to_the_other_end_with_each_press():
    press = (1.0, 0.0)
    assert value(bound("switch"), *press, current=-1.0) == 2.0
    assert value(bound("switch"), *press, current=2.0) == -1.0
    assert value(bound("switch"), *press, *press, current=2.0) == 2.0
    assert value(bound("switch"), 0.0) is None
    assert value(bound("switch"), 1.0, last={KNOB: 1.0}) is None  # still held


def test_a_control_whose_middle_is_fine_is_fine_for_a_knob():
    reach, binding = Reach(-5.0, 5.0, power=3.0), bound(low=-5.0, high=5.0)
    assert value(binding, 0.5, reach=reach) == 0.0
    assert value(binding, 0.75, reach=reach) == pytest.approx(0.625)  # 5 · 0.5³
    assert value(binding, 1.0, reach=reach) == 5.0


def test_turns_that_wait_become_one():
    step, place = Turn(step=0.25), Turn(place=0.5)
    assert merged(step, step) == Turn(step=0.5)
    assert merged(None, step) == step
    assert merged(step, place) == place
    assert merged(Turn(presses=1), Turn(presses=2)) == Turn(presses=3)


@given(st.floats(0, 1), st.floats(-1, 2), st.floats(-1, 2), st.sampled_from(["range", "switch"]))
def test_a_knob_never_leaves_its_own_range(sent, low, high, kind):
    turned = value(bound(kind, low, high), sent)
    if turned is not None:
        assert min(low, high) - 1e-6 <= turned <= max(low, high) + 1e-6


def test_a_knob_has_reached_a_value_when_it_passes_it_or_is_near():
    binding = bound(low=0.0, high=1.0)
    assert not passes(None, 0.2, 0.5, binding)
    assert not passes(0.2, 0.4, 0.5, binding)
    assert passes(0.4, 0.6, 0.5, binding)
    assert passes(0.6, 0.4, 0.5, binding)
    assert passes(None, 0.51, 0.5, binding)


@pytest.mark.parametrize(
    "address, kinds",
    [
        ("osc:/cc7", ("range", "sent", "switch")),
        ("midi:Pad/ch1/cc7", ("range", "fine", "steps", "steps_64", "switch")),
        ("midi:Pad/ch1/cc32", ("range", "steps", "steps_64", "switch")),
        ("midi:Pad/ch1/note7", ("range", "switch")),
        ("midi:Pad/ch1/pitch", ("range", "switch")),
        ("nonsense", ("range", "switch")),
    ],
)
def test_which_ways_there_are_to_read_a_knob(address, kinds):
    assert kinds_of(address) == kinds


def test_a_fine_part_that_cannot_be_is_read_as_a_plain_knob():
    """Preferences are a file that can be edited."""
    assert value(bound("fine", address="midi:Pad/ch1/note7"), 1.0) == 2.0


def test_a_control_can_be_told_by_its_name():
    binding = told("osc:/set/0/mix_weight")
    assert binding is not None
    assert binding.control == "0/mix_weight"
    reach = Reach(0.0, 1.0)
    assert value(binding, 0.25, current=0.5, reach=reach) == 0.25
    assert value(binding, 7.0, current=0.5, reach=reach) == 1.0
    for other in ("osc:/set/", "osc:/set", "osc:/psi", "midi:Pad/set/psi"):
        assert told(other) is None


def test_addresses_are_written_for_people():
    assert address_text(KNOB) == "Pad · ch1 · cc21"
    assert address_text("osc:/a/b#2") == "/a/b#2"


# Controls that are not shown.


def settings() -> Settings:
    sources = (
        MixSource(7, weights=((0, 0.5), (1, 0.5))),
        MixSource(8, weights=((0, 0.5), (1, 1.0))),
    )
    return replace(Settings(), mixing=StyleMixing(sources), noise=Noise("random", 3, 0.5))


@pytest.mark.parametrize("control", [*PATHS, "0/mix_seed", "0/mix_weight", "1/row0", "1/row5"])
def test_every_hidden_control_writes_what_it_reads(control):
    info = stylegan3_info() if PATHS.get(control, "").startswith("transform") else stylegan2_info()
    hidden = hidden_control(control, settings(), info)
    assert hidden is not None
    assert property_of(hidden.path) is not None
    wanted = 4.0 if hidden.whole else 0.25
    changed = hidden.write(settings(), wanted)
    assert hidden.read(changed) == wanted
    assert changed != settings()
    assert hidden.limits[0] <= wanted <= hidden.limits[1]


@pytest.mark.parametrize(
    "control, why",
    [
        ("translate_x", "StyleGAN2 has no transform"),
        ("1/mix_weight", "its rows differ and would become equal"),
        ("5/mix_seed", "there is no such source"),
        ("1/row40", "there is no such row"),
        ("latent_speed", "not in the timeline's table"),
        ("99999/mix_seed", "no control"),
        ("nonsense", "no control"),
    ],
)
def test_what_would_mean_nothing_waits_for_its_panel(control, why):
    assert hidden_control(control, settings(), stylegan2_info()) is None


def test_noise_that_is_off_is_not_turned_behind_its_panel():
    stored = replace(settings(), noise=Noise("const"))
    off = replace(settings(), noise=Noise("none"))
    assert hidden_control("noise_seed", stored, stylegan2_info()) is None
    assert hidden_control("noise_strength", stored, stylegan2_info()) is not None
    assert hidden_control("noise_strength", off, stylegan2_info()) is None
    assert hidden_control("noise_seed", settings(), stylegan3_info()) is None
    assert hidden_control("psi", settings(), None) is None


def test_a_cutoff_of_all_rows_is_that_of_its_slider():
    info = stylegan2_info()
    hidden = hidden_control("cutoff", settings(), info)
    assert hidden is not None
    assert hidden.read(settings()) == info.num_ws
    few = hidden.write(settings(), 5.0)
    assert few.truncation.cutoff == 5
    assert hidden.write(few, float(info.num_ws)).truncation.cutoff is None


def test_controllers_need_neither_the_window_nor_torch():
    modules = [
        f"explorer.live.controllers.{name}"
        for name in ("hidden", "messages", "midi", "osc", "turns")
    ]
    for unwanted in ("imgui_bundle", "torch", "mido"):
        assert first_to_bring(unwanted, modules) == ""
