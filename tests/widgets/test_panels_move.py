"""Panels moved by hand: the plane of seeds, painted rows, classes, the translate pad."""

from __future__ import annotations

from dataclasses import replace

import pytest
from imgui_bundle import imgui

from explorer.settings import ArrayRef, InputTransform, Latent, MixSource, Settings, row_ranges
from tests.widgets.fake_state import empty_state, full_state, stylegan2_info
from tests.widgets.headless import Desk, Held, desk
from widgets.capture_panel import seed_list_check
from widgets.class_panel import class_labels, shares, with_weight
from widgets.equivariance import decibels
from widgets.jobs import duration_text, job_fraction, job_text
from widgets.latent_panel import LatentPanel, PlaneView, moved, plane_ui
from widgets.library_panel import unusable_reason
from widgets.mix_rows import filled, master_weight, painted, row_text, rows_ui, with_master
from widgets.mixing_panel import moved_source
from widgets.model_facts import count_text, size_text
from widgets.pictures import thumbnail_key, thumbnail_source
from widgets.shortcuts_ui import found_by
from widgets.status_bar import status_parts
from widgets.transform_panel import translate_pad_ui
from widgets.truncation_panel import cutoff_text

INFO = stylegan2_info()


def test_dragging_the_plane_moves_x_and_y_by_whole_cells():
    view = PlaneView(cell_ems=4.0)
    held = Held(Latent(), lambda v: plane_ui(v, view))
    with desk() as table:
        table.settle(held)
        x, y = table.last.at()
        table.drag(held, (x, y), (x + 64, y - 32))  # 16 px font: a cell is 64 px
    assert held.value.x == pytest.approx(1.0)
    assert held.value.y == pytest.approx(-0.5)


def test_a_long_drag_goes_beyond_the_pad_and_the_view_follows():
    view = PlaneView()
    held = Held(Latent(), lambda v: plane_ui(v, view))
    with desk() as table:
        table.settle(held)
        x, y = table.last.at()
        table.drag(held, (x, y), (x + 1000, y))
    assert held.value.x > 10
    assert abs(view.centre_x - held.value.x) < 4


def test_an_untouched_plane_returns_the_same_latent():
    latent = Latent(12.5, -3.25)
    with desk() as table:
        assert table.settle(lambda: plane_ui(latent, PlaneView())) is latent
    assert moved(latent, 0.0, 0.0) is latent


def test_back_to_seeds_leaves_the_saved_latent_and_keeps_the_place():
    start = Latent(5.0, 1.0, ArrayRef("ab" * 32, (14, 512)), "Cat", 5.0, 1.0)
    state = empty_state()
    panel = LatentPanel()
    held = Held(Settings(latent=start), lambda s: panel.draw(s, state, print))
    with desk(400) as table:
        table.settle(held)
        table.click(held, (370, 20))
    assert held.value.latent == Latent(5.0, 1.0)


def painted_over(table: Desk, *places: tuple[float, float]) -> dict[int, float]:
    """Drag over the bars at fractions of width and height; return the weights by row."""
    held = Held((), lambda v: rows_ui(v, INFO, 380.0))
    table.settle(held)
    low, high = table.last.low, table.last.high
    bars = table.last.__class__(low, (high[0], low[1] + 3.2 * 16))
    points = [bars.at(*place) for place in places]
    table.drag(held, points[0], *points[1:])
    return dict(held.value)


def test_painting_over_all_rows_fills_them():
    with desk(420) as table:
        weights = painted_over(table, (0.01, 0.02), (0.99, 0.02))
    assert weights == dict.fromkeys(range(14), 1.0)


def test_painting_a_slope_gives_falling_weights():
    with desk(420) as table:
        weights = painted_over(table, (0.01, 0.05), (0.5, 0.95))
    values = [weights.get(row, 0.0) for row in range(7)]
    assert values[0] > 0.8
    assert values == sorted(values, reverse=True)
    assert 13 not in weights


def test_painting_at_the_bottom_removes_a_row():
    held = Held(filled(range(14)), lambda v: rows_ui(v, INFO, 380.0))
    with desk(420) as table:
        table.settle(held)
        low = table.last.low
        table.click(held, (low[0] + 5, low[1] + 3.2 * 16 - 2))
    assert [row for row, _ in held.value] == list(range(1, 14))


def test_right_click_switches_a_row_and_untouched_rows_are_the_same_object():
    weights = filled(range(3))
    held = Held(weights, lambda v: rows_ui(v, INFO, 380.0))
    with desk(420) as table:
        table.settle(held)
        assert held.value is weights
        low = table.last.low
        table.click(held, (low[0] + 5, low[1] + 10), button=1)
    assert dict(held.value) == {1: 1.0, 2: 1.0}


def test_ctrl_click_asks_for_an_exact_weight():
    held = Held((), lambda v: rows_ui(v, INFO, 380.0))
    with desk(420) as table:
        table.settle(held)
        low = table.last.low
        io = imgui.get_io()
        io.add_key_event(imgui.Key.mod_ctrl, True)
        table.click(held, (low[0] + 5, low[1] + 10))
        io.add_key_event(imgui.Key.mod_ctrl, False)
        assert held.value == ()
        table.settle(held)
        io.add_input_characters_utf8("0.25")
        table.settle(held)
        io.add_key_event(imgui.Key.enter, True)
        table.settle(held)
    assert held.value == ((0, 0.25),)


def test_master_weight_scales_rows_in_proportion_and_comes_back_from_zero():
    weights = ((0, 1.0), (3, 0.5))
    half = with_master(weights, 0.5, 14)
    assert half == ((0, 0.5), (3, 0.25))
    nothing = with_master(weights, 0.0, 14)
    assert master_weight(nothing) <= 0.001
    assert dict(with_master(nothing, 1.0, 14))[3] == pytest.approx(0.5, abs=0.01)
    assert with_master((), 0.4, 3) == ((0, 0.4), (1, 0.4), (2, 0.4))


def test_painted_weights_stay_within_zero_and_one_and_zeros_are_dropped():
    assert painted((), 2, 1.7) == ((2, 1.0),)
    assert painted(((2, 1.0),), 2, -0.4) == ()


def test_rows_say_their_group_and_the_layers_they_feed():
    assert row_text(INFO, 1) == "Row 1 · coarse\nb4.torgb (4 px), b8.conv0 (8 px)"
    assert all(name in row_text(INFO, rows[0]) for name, rows in row_ranges(14).items())


def test_sources_move_up_and_down_and_stop_at_the_ends():
    a, b = MixSource(1), MixSource(2)
    assert moved_source((a, b), 0, 1) == (b, a)
    sources = (a, b)
    assert moved_source(sources, 0, -1) is sources


def test_shares_of_a_class_blend_sum_to_one():
    parts = shares(((3, 1.0), (5, 0.5), (7, 0.5)))
    assert parts == [0.5, 0.25, 0.25]
    assert shares(((3, 0.0),)) == [0.0]


def test_a_class_blend_never_becomes_empty():
    assert with_weight(((3, 1.0),), 0, 0.0) == ((3, 0.01),)
    assert with_weight(((3, 1.0), (4, 1.0)), 0, 0.0) == ((3, 0.0), (4, 1.0))


def test_classes_are_listed_by_number_and_name():
    assert class_labels(INFO)[3] == "3  cat"
    assert class_labels(replace(INFO, class_names=()))[3] == "Class 3"


def test_dragging_the_translate_pad_moves_the_picture():
    held = Held(InputTransform(), translate_pad_ui)
    with desk() as table:
        table.settle(held)
        x, y = table.last.at()
        table.drag(held, (x, y), (x + 40, y + 20))
    assert held.value.translate_x == pytest.approx(2 * held.value.translate_y, rel=1e-3)
    assert held.value.translate_x > 0.2


def test_seed_lists_are_counted_or_explained():
    assert seed_list_check("0-7, 12") == (9, "")
    assert seed_list_check("0-")[0] == 0
    assert seed_list_check("0-")[1]


def test_jobs_tell_progress_and_time_left():
    running, waiting, unknown = full_state().jobs
    assert job_text(running) == "Saving seeds · 3 of 8 · 12 s left"
    assert job_text(waiting) == "Rendering thumbnails · waiting · 0 of 4"
    assert job_fraction(running) == 0.375
    assert job_fraction(unknown) is None
    assert [duration_text(s) for s in (0.4, 59.7, 185, 7800)] == [
        "0 s", "1 min", "3 min 5 s", "2 h 10 min",
    ]  # fmt: skip


def test_thumbnails_are_found_whatever_the_rows_of_a_source():
    source = MixSource(1000, enabled=False, weights=((0, 1.0),))
    assert thumbnail_key(source) == MixSource(1000)
    state = full_state()
    saved = state.settings.library[0]
    assert thumbnail_source(saved) == thumbnail_key(MixSource(5, saved=saved.ws, name="x"))


def test_latents_of_another_shape_say_why_they_cannot_be_used():
    state = full_state()
    own, other = state.settings.library
    assert unusable_reason(own, state) is None
    assert "8 × 512" in (unusable_reason(other, state) or "")


def test_the_status_line_tells_an_idle_from_an_old_picture():
    state = full_state()
    assert status_parts(state)[1][1] == "idle, 187 ms"
    assert status_parts(replace(state, current=False))[1][1] == "earlier picture, 187 ms"
    assert status_parts(replace(state, rendering=True))[1][1] == "rendering, last 187 ms"
    assert status_parts(empty_state())[0][1] == "No model"


def test_texts_of_numbers():
    assert [cutoff_text(c, 14) for c in (0, 5, 14)] == ["none", "5 of 14", "all"]
    assert [count_text(n) for n in (950, 28_274_000)] == ["950", "28.3 M"]
    assert size_text(352_000_000) == "352 MB"
    assert [decibels(v) for v in (63.14, float("inf"), float("nan"))] == ["63.1 dB", "∞ dB", "–"]
    assert found_by("undo ctrl", "Edit", "Ctrl+Z", "Undo")
