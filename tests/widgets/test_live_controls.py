"""The Controllers section: it fits, it says why something is not there, and asks for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.control_state import Binding, ControlOptions, ControlState
from explorer.panel_state import PanelState
from explorer.view_state import Preferences
from tests.widgets.fake_state import full_state
from tests.widgets.headless import desk
from widgets.live_controls import controllers_ui

LONG = "A MIDI device with a very long name indeed"
BINDINGS = (
    Binding("psi", "Psi", "osc:/fader", 2.0, -1.0),
    Binding("0/mix_weight", "Mix 1 weight", f"midi:{LONG}/ch16/cc21", 0.0, 1.0, "steps_64"),
    Binding("seed", "Seed", "osc:/a/long/address/of/a/number#12", 0.0, 127.0, "sent"),
    Binding("odd", "From an edited file", "nonsense", -1e9, 1e9, "fine"),
)
SENTENCE = "A sentence that says what is wrong here, and which command to run to put it right."


def state(options: ControlOptions, controls: ControlState) -> PanelState:
    return replace(full_state(), preferences=Preferences(controls=options), controls=controls)


STATES = {
    "off": state(ControlOptions(), ControlState()),
    "without MIDI": state(ControlOptions(midi=True), ControlState(midi_missing=SENTENCE)),
    "problems": state(
        ControlOptions(midi=True, osc=True),
        ControlState(midi_problem=SENTENCE, osc_problem=SENTENCE, devices=(LONG,)),
    ),
    "bound": state(
        ControlOptions(midi=True, osc=True, osc_port=65535, bindings=BINDINGS),
        ControlState(
            learning=True, waiting="Noise strength", devices=(LONG, "Another"),
            osc_place="127.0.0.1:65535", last=f"{LONG} · ch1 · cc21   0.5",
            asleep=frozenset({"odd"}),
        ),
    ),
}  # fmt: skip


def no_action(action: object) -> None:
    pytest.fail(f"nothing was touched, and yet {action} was asked for")


@pytest.mark.parametrize("width, font_px", [(300, 12), (300, 16), (450, 24), (260, 24), (500, 16)])
@pytest.mark.parametrize("name", STATES)
def test_the_section_fits_and_asks_for_nothing_by_itself(name, width, font_px):
    shown = STATES[name]
    with desk(width, 4000, font_px) as table:
        drawn = table.settle(lambda: controllers_ui(shown.settings, shown, no_action))
        assert drawn is shown.settings
        assert table.used[0] <= table.inner[0] + 1, f"{table.used} of {table.inner}"
