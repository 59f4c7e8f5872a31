"""Controls: untouched they return the same value, dragged or clicked the new one."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from tests.widgets.headless import Held, desk
from widgets.choices import matching, segmented, toggle
from widgets.controls import Button, button_row, ellipsis, em, progress
from widgets.fields import decimals, integer, number
from widgets.sliders import fraction, int_slider, power_slider, slider

MODES = (("none", "Off", ""), ("const", "Stored", ""), ("random", "Random", ""))


def psi(value: float) -> float:
    return slider("Psi", "psi", value, -1.0, 2.0, default=1.0)


def test_dragging_a_slider_to_its_end_returns_the_end():
    held = Held(0.7, psi)
    with desk() as table:
        table.settle(held)
        assert held.value == 0.7
        table.drag(held, table.last.at(0.5), table.last.at(1.2))
    assert held.value == 2.0


def test_slider_values_are_rounded_to_what_is_shown():
    held = Held(0.7, psi)
    with desk() as table:
        table.settle(held)
        table.drag(held, table.last.at(0.5), table.last.at(0.4137))
    assert held.value != 0.7
    assert held.value == round(held.value, 2)


def test_reset_appears_only_beside_a_changed_value_and_restores_it():
    held = Held(0.5, psi)
    with desk() as table:
        table.settle(held)
        control = table.last
        beside = control.low[0] - em(1), control.at()[1]
        table.click(held, beside)
        assert held.value == 1.0
        table.click(held, beside)
        assert held.value == 1.0


def test_whole_slider_returns_an_int():
    held = Held(4, lambda v: int_slider("Cutoff", "cutoff", v, 0, 14, default=14))
    with desk() as table:
        table.settle(held)
        table.drag(held, table.last.at(0.3), table.last.at(-0.1))
    assert held.value == 0
    assert isinstance(held.value, int)


def test_dragging_a_number_moves_it_and_alt_moves_it_a_hundredth():
    moved = []
    for alt in (False, True):
        held = Held(0.0, lambda v: number("X", "x", v, default=0.0, step=0.01, fmt="%.5f"))
        with desk() as table:
            table.settle(held)
            imgui.get_io().add_key_event(imgui.Key.mod_alt, alt)
            x, y = table.last.at()
            table.drag(held, (x, y), (x + 80, y))
        moved.append(held.value)
    assert moved[0] > 0.5
    assert moved[1] == pytest.approx(moved[0] / 100, rel=0.05)


def test_power_slider_is_fine_in_the_middle_and_reaches_its_limit():
    def draw(value: float) -> float:
        return power_slider(
            "Speed", "speed", value, 5.0, power=3.0, default=0.25, fmt="%.2f", unit="seeds a second"
        )

    held = Held(0.0, draw)
    with desk() as table:
        table.settle(held)
        exact = table.last
        middle = exact.at()[1]
        left, right = em(7), exact.low[0] - em(1)
        quarter = (left + 3 * right) / 4
        table.drag(held, ((left + right) / 2, middle), (quarter, middle))
        assert 0.1 < held.value < 1.5  # half the way is far less than half the speed
        table.drag(held, (quarter, middle), (right + 200, middle))
    assert held.value == 5.0


def test_steps_of_a_whole_number_wrap_around():
    held = Held(0, lambda v: integer("Seed", "seed", v, default=0))
    with desk() as table:
        table.settle(held)
        plus = table.last
        minus = plus.low[0] - em(1), plus.at()[1]
        table.click(held, minus)
        assert held.value == 2**32 - 1
        table.settle(held)
        table.click(held, table.last.at())
    assert held.value == 0


def test_typing_a_whole_number_takes_effect_with_enter():
    held = Held(7, lambda v: integer("Seed", "seed", v, default=0))
    with desk() as table:
        table.settle(held)
        field = table.last.low[0] - em(4), table.last.at()[1]
        table.click(held, field)
        imgui.get_io().add_input_characters_utf8("4242")
        table.settle(held)
        assert held.value == 7
        imgui.get_io().add_key_event(imgui.Key.enter, True)
        table.settle(held)
    assert held.value == 4242


def test_joined_buttons_return_the_pressed_option():
    held = Held("none", lambda v: segmented("mode", v, MODES, 240))
    with desk() as table:
        table.settle(held)
        assert held.value == "none"
        table.click(held, table.last.at())
    assert held.value == "random"


def test_a_switch_turns_on_and_off():
    held = Held(False, lambda v: toggle("Animate", "animate", v))
    with desk() as table:
        table.settle(held)
        table.click(held, table.last.at())
        assert held.value is True
        table.click(held, table.last.at())
        assert held.value is False


def test_a_disabled_button_cannot_be_pressed_and_an_enabled_one_can():
    for reason, expected in ((None, "go"), ("Nothing to do", None)):
        with desk() as table:

            def draw(reason: str | None = reason) -> str | None:
                return button_row((Button("go", "Go", disabled_reason=reason),))

            table.settle(draw)
            pressed = [value for value in table.click(draw, table.last.at()) if value]
        assert (pressed[0] if pressed else None) == expected


def test_button_rows_wrap_and_stay_within_the_width():
    buttons = [Button(f"b{i}", f"Button number {i}") for i in range(6)]
    with desk(300) as table:
        table.settle(lambda: button_row(buttons))
        assert table.used[0] <= table.inner[0] + 1
        assert table.used[1] > 60  # several lines


def test_the_measure_of_width_sees_an_item_that_is_too_wide():
    with desk(300) as table:
        table.settle(lambda: imgui.button("wide", (400, 0)))
        assert table.used[0] > table.inner[0] + 1


def test_ellipsis_keeps_short_texts_and_cuts_long_ones():
    with desk() as table:

        def check() -> None:
            assert ellipsis("short", 500) == "short"
            cut = ellipsis("a rather long name of a model.pkl", 80)
            assert cut.endswith("…")
            assert imgui.calc_text_size(cut).x <= 80
            assert ellipsis("abc", 0) == "…"

        table.settle(check)


def test_progress_draws_known_and_unknown_progress():
    with desk() as table:
        table.settle(lambda: (progress(0.4, "Saving"), progress(None, "Measuring")))


def test_search_finds_by_words_and_puts_an_exact_number_first():
    labels = [f"{i}  {name}" for i, name in enumerate(("tabby cat", "tiger cat", "dog 1"))]
    assert matching(labels, "") == [0, 1, 2]
    assert matching(labels, "CAT ti") == [1]
    assert matching(labels, "1")[0] == 1
    assert matching(labels, "zebra") == []


def test_formats_tell_their_decimals():
    assert [decimals(f) for f in ("%.2f", "%+.1f dB", "%d", "%.4f")] == [2, 1, 0, 4]
    assert fraction(0.0, -1.0, 1.0) == 0.5
    assert fraction(1.0, 1.0, 1.0) == 0.0
