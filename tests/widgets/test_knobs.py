"""Number controls and knobs: what is asked for is given back, and while learning nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from imgui_bundle import imgui

from explorer.control_state import Reach
from explorer.settings import Settings
from tests.widgets.fake_state import full_settings, full_state, stylegan2_info, stylegan3_info
from tests.widgets.headless import Desk, Held, desk
from tests.widgets.panels import all_panels
from widgets.controls import disabled, id_scope
from widgets.fields import integer, number
from widgets.knobs import KnobFrame, knobs
from widgets.mix_rows import rows_ui
from widgets.sliders import int_slider, power_slider, slider
from widgets.transform_panel import TransformPanel


def frame(asks: Mapping[str, float] | None = None, **fields: Any) -> KnobFrame:
    """Return a frame in which a knob asks for each of these values once."""
    waiting = dict(asks or {})
    return KnobFrame(lambda control, value, reach: waiting.pop(control, None), **fields)


def psi(value: float) -> float:
    return slider("Psi", "psi", value, -1.0, 2.0, default=1.0)


def speed(value: float) -> float:
    return power_slider(
        "Speed", "speed", value, 5.0, power=3.0, default=0.25, fmt="%.2f", unit="seeds"
    )


def count(value: float) -> float:
    return int_slider("Count", "count", int(value), 0, 9, default=3)


def angle(value: float) -> float:
    reach = Reach(-1.0, 1.0, (-9.0, 9.0), unit=360.0)
    return number("Angle", "angle", value, default=0.0, step=1.0, fmt="%.2f", reach=reach)


def seed(value: float) -> float:
    return integer("Seed", "seed", int(value), default=0)


CONTROLS: dict[str, tuple[Callable[[float], float], float, float]] = {
    "psi": (psi, 0.123456, 0.123456),
    "speed": (speed, -1.5, -1.5),
    "count": (count, 7.0, 7),
    "angle": (angle, 0.25, 90.0),
    "seed": (seed, 120.0, 120),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_becomes_what_its_knob_asks_for_and_stays_there(name):
    draw, asked, expected = CONTROLS[name]
    with desk() as table:
        held = Held(1, draw)
        table.settle(held)
        asking = frame({name: asked})
        with knobs(asking):
            table.frame(held)
        assert held.value == expected
        assert type(held.value) is type(expected)
        assert asking.drawn == {name}
        with knobs(frame()):
            assert table.settle(held) == expected


@pytest.mark.parametrize("name", CONTROLS)
def test_a_knob_does_not_move_what_is_disabled(name):
    draw, asked, _ = CONTROLS[name]

    def shut(value: float) -> float:
        with disabled("Not now"):
            return draw(value)

    with desk() as table:
        held = Held(1, shut)
        asking = frame({name: asked})
        with knobs(asking):
            table.settle(held)
        assert held.value == 1
        assert asking.drawn == {name}


@pytest.mark.parametrize("name", CONTROLS)
def test_while_learning_a_click_or_a_drag_chooses_and_changes_nothing(name):
    draw = CONTROLS[name][0]
    with desk() as table:
        held = Held(1, draw)
        learning = frame(learning=True)
        with knobs(learning):
            table.settle(held)
            item = table.last
            table.drag(held, item.at(0.2), item.at(0.9))
            assert held.value == 1
            assert learning.chosen is not None
            assert (learning.chosen.control, learning.drawn) == (name, {name})
        with knobs(frame()):  # it is the control again
            table.settle(held, 40)  # long enough for the next click not to be a double one
            table.drag(held, item.at(0.2), item.at(0.6))
        if name in ("psi", "count", "angle"):
            assert held.value != 1


@pytest.mark.parametrize("name", CONTROLS)
def test_knobs_move_their_controls_also_while_others_are_learned(name):
    draw, asked, expected = CONTROLS[name]
    with desk() as table:
        held = Held(1, draw)
        with knobs(frame({name: asked}, learning=True, bound={name: "/knob"})):
            table.settle(held)
    assert held.value == expected


def test_a_right_click_unlearns_what_is_bound_and_nothing_else():
    with desk() as table:
        held = Held(1.0, psi)
        for bound, expected in ({}, ""), ({"psi": "/psi"}, "psi"):
            learning = frame(learning=True, bound=bound)
            with knobs(learning):
                table.settle(held)
                table.click(held, table.last.at(), button=1)
            assert (learning.unlearned, learning.chosen, held.value) == (expected, None, 1.0)


def test_while_learning_a_stroke_over_rows_chooses_and_paints_nothing():
    info = stylegan2_info()
    weights = ((0, 1.0), (1, 0.5))
    place: list[tuple[float, float]] = []

    def draw(value):
        low = imgui.get_cursor_screen_pos()
        place[:] = [(low.x + 10.0, low.y + 5.0), (low.x + 12.0, low.y + 20.0)]
        return rows_ui(value, info, 300.0)

    with desk() as table:
        held = Held(weights, draw)
        learning = frame(learning=True)
        with knobs(learning):
            table.settle(held)
            table.drag(held, *place)
        assert held.value is weights
        assert learning.chosen is not None
        assert learning.chosen.control == "row0"


def test_names_are_told_with_their_scope():
    def draw() -> None:
        with id_scope(3), id_scope("inner"):
            psi(1.0)
        psi(1.0)

    with desk() as table:
        seen = frame()
        with knobs(seen):
            table.frame(draw)
    assert seen.drawn == {"3/inner/psi", "psi"}


@pytest.mark.parametrize("info", [stylegan2_info(), stylegan3_info()], ids=lambda i: i.architecture)
@pytest.mark.parametrize("learning", [False, True])
def test_every_number_of_the_panels_has_a_name_and_a_label_of_its_own(info, learning):
    """Also a guard that a panel's numbers go through what knobs can move."""
    state = full_state(info)
    named: list[str] = []
    with desk(420, 4000) as table:
        for name, draw in all_panels().items():
            seen = frame(learning=learning)
            with knobs(seen):
                drawn = table.settle(lambda d=draw: d(state.settings, state, lambda action: None))
            assert drawn is state.settings, name
            named += sorted(seen.drawn)
    assert len(named) == len(set(named))
    expected = {"psi", "cutoff", "seed", "latent_x", "latent_y", "gain_db", "grid_columns"}
    expected |= {"0/mix_seed", "0/mix_weight", "0/row0", "1/row9", "threads"}
    if info.c_dim:
        expected |= {"0/class_weight", "1/class_weight"}
    assert expected <= set(named)


@pytest.mark.parametrize("width, font_px", [(300, 12), (260, 24), (450, 24)])
def test_panels_fit_while_learning(width, font_px):
    state = full_state()
    with desk(width, 4000, font_px) as table:
        for name, draw in all_panels().items():
            with knobs(frame(learning=True, bound={"psi": "A very long name of a device · cc21"})):
                table.settle(lambda d=draw: d(state.settings, state, lambda action: None))
            assert table.used[0] <= table.inner[0] + 1, name


@pytest.mark.parametrize(
    "control, asked, read",
    [
        ("psi", 0.25, lambda s: s.truncation.psi),
        ("cutoff", 5.0, lambda s: s.truncation.cutoff),
        ("seed", 77.0, lambda s: s.latent.seed),
        ("latent_y", 4.5, lambda s: s.latent.y),
        ("noise_strength", 2.5, lambda s: s.noise.strength),
        ("gain_db", 12.0, lambda s: s.layer.gain_db),
        ("0/mix_weight", 0.25, lambda s: max(w for _, w in s.mixing.sources[0].weights)),
        ("0/mix_seed", 33.0, lambda s: s.mixing.sources[0].seed),
        ("0/row1", 0.75, lambda s: s.mixing.sources[0].weight(1)),
        ("0/class_weight", 0.75, lambda s: dict(s.classes.weights)[3]),
    ],
)
def test_panels_do_what_knobs_ask(control: str, asked: float, read: Callable[[Settings], float]):
    info = stylegan2_info()
    state, settings = full_state(info), full_settings(info)
    with desk(420, 4000) as table:
        asking = frame({control: asked})
        for draw in all_panels().values():
            with knobs(asking):
                settings = draw_once(table, draw, settings, state)
    assert read(settings) == asked


@pytest.mark.parametrize("unit", ["degrees", "turns"])
def test_an_angle_is_bound_in_turns_whatever_it_is_shown_in(unit):
    info = stylegan3_info()
    panel = TransformPanel()
    panel.unit = unit
    with desk(420, 4000) as table, knobs(frame({"rotate": 0.125, "translate_y": -0.5})):
        settings = draw_once(table, panel.draw, full_settings(info), full_state(info))
    assert settings.transform.rotate_turns == 0.125
    assert settings.transform.translate_y == -0.5


def draw_once(table: Desk, draw: Any, settings: Settings, state: Any) -> Settings:
    return table.frame(lambda: draw(settings, state, lambda action: None))
