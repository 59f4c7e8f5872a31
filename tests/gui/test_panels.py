"""Panels used as a person does: each edit can be undone, and what is said is true."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from imgui_bundle import imgui

import cuda_ops
from cuda_ops.cpu import memory
from explorer.app.background import REST_SECS
from explorer.app.panels import PANELS
from explorer.settings import Grid, SavedLatent
from tests.gui.harness import Driver, drive
from widgets.canvas_badges import pixel_text

UNDO = imgui.Key.mod_ctrl | imgui.Key.z


def test_the_grid_has_any_number_of_columns_and_rows(stylegan2):
    def script(d: Driver) -> None:
        d.type("Controls/##grid_columns", 4)
        d.type("Controls/##grid_rows", 2)
        d.type("Controls/##grid_step", 0.5)
        assert d.settings.grid == Grid(4, 2, 0.5)
        d.wait(lambda: len(d.app.state.grid_cells) >= 7, "the cells")
        d.click("Canvas/##cell_3_1")
        d.frames(2)
        assert (d.settings.latent.x, d.settings.latent.y) == (1.0, 1.0)
        for _ in range(4):
            d.keys(UNDO)
        assert d.settings.grid == Grid()
        assert d.exists("Canvas/##canvas")

    drive(script, stylegan2)


def test_a_latent_of_another_model_keeps_no_thumbnail_from_coming(stylegan2):
    def script(d: Driver) -> None:
        other = d.app.arrays.add(np.zeros((3, 512), np.float32))
        d.app.apply(replace(d.settings, library=(SavedLatent("Other", other),)), "Other")
        d.click("Library/###keep_latent")
        d.wait(lambda: len(d.settings.library) == 2, "the latent")
        own = d.settings.library[1].ws
        d.wait(lambda: any(key.saved == own for key in d.app.state.thumbnails), "its thumbnail")
        assert not d.app.notices.shown()

    drive(script, stylegan2)


def test_the_library_is_undone_step_by_step(stylegan2):
    def script(d: Driver) -> None:
        d.click("Library/###keep_latent")
        d.wait(lambda: bool(d.settings.library), "the latent")
        d.type("Library/0/##saved_name", "Smile")
        assert d.settings.library[0].name == "Smile"
        d.click("Library/0/###saved_delete")
        assert d.settings.library == ()
        d.keys(UNDO)
        assert d.settings.library[0].name == "Smile"
        d.keys(UNDO)
        assert d.settings.library[0].name == "Latent 1"
        d.keys(UNDO)
        assert d.settings.library == ()

    drive(script, stylegan2)


def test_rows_of_a_source_are_filled_by_one_click_and_weighed_by_one_slider(stylegan2):
    def script(d: Driver) -> None:
        plain = d.picture_bytes()
        d.click("Style mixing/###mix_add_random")
        coarse = d.picture_bytes()
        assert coarse != plain
        num_ws = d.app.state.info.num_ws
        d.click("Style mixing/0/###rows_all")
        assert [row for row, _ in d.settings.mixing.sources[0].weights] == list(range(num_ws))
        assert d.picture_bytes() not in (plain, coarse)
        d.type("Style mixing/0/##mix_weight", 0.5)
        assert {weight for _, weight in d.settings.mixing.sources[0].weights} == {0.5}
        d.click("Style mixing/0/###rows_fine")
        assert {weight for _, weight in d.settings.mixing.sources[0].weights} == {0.5}
        d.click("Style mixing/0/###rows_none")
        assert d.picture_bytes() == plain
        for _ in range(4):
            d.keys(UNDO)
        assert d.picture_bytes() == coarse
        d.keys(UNDO)
        assert d.settings.mixing.sources == ()

    drive(script, stylegan2)


def test_classes_are_blended_by_weight_and_undone(stylegan2):
    def script(d: Driver) -> None:
        d.click("Controls/###class_mode_blend")
        one = d.picture_bytes()
        d.click("Controls/###class_add")
        d.type("Controls/1/##class_weight", 0.25)
        assert d.settings.classes.weights == ((0, 1.0), (1, 0.25))
        assert d.picture_bytes() != one
        d.keys(UNDO)
        assert d.settings.classes.weights == ((0, 1.0), (1, 1.0))
        d.keys(UNDO)
        assert d.picture_bytes() == one

    drive(script, stylegan2)


def test_how_a_layer_is_shown_never_runs_the_network(stylegan2):
    def script(d: Driver) -> None:
        picture = d.picture_bytes()
        d.click("Layers/**/###layer_b16.conv1")
        assert d.app.result.request.layer.layer == "b16.conv1"
        d.wait_current()
        d.type("Controls/##seed", 3)
        d.wait_current()
        assert d.app.result.network_ran
        for item in ("###layer_mode_mosaic", "###layer_mode_mono", "##spectrum"):
            d.click(f"Layers/{item}")
            d.wait_current()
            assert not d.app.result.network_ran
        d.type("Layers/##gain_db", 6)
        d.wait_current()
        assert not d.app.result.network_ran
        d.menu("Render/###show_picture")
        d.wait_current()
        assert d.settings.layer.layer is None
        for _ in range(7):
            d.keys(UNDO)
        assert d.picture_bytes() == picture

    drive(script, stylegan2)


def test_moving_the_input_is_undone_and_measured_when_the_hand_rests(stylegan3):
    def script(d: Driver) -> None:
        still = d.picture_bytes()
        d.show("Transform/x")
        d.wait(lambda: len(d.app.state.equivariance) == 1, "the measure")
        d.type("Transform/##translate_x", 0.25)
        d.type("Transform/##rotate", 90)
        assert d.settings.transform.rotate_turns == 0.25
        assert d.picture_bytes() != still
        rested = time.monotonic() + 2 * REST_SECS
        d.wait(lambda: time.monotonic() > rested and not d.app.state.jobs, "nothing to do")
        assert len(d.app.state.equivariance) == 1  # the measure moves the input by itself
        d.type("Controls/##seed", 5)
        d.wait(lambda: len(d.app.state.equivariance) == 2, "the next measure")
        d.keys(UNDO)
        d.click("Transform/###transform_reset")
        assert d.picture_bytes() == still
        for _ in range(3):
            d.keys(UNDO)
        assert d.settings.transform.translate_x == 0
        assert d.picture_bytes() == still

    drive(script, stylegan3)


def test_the_capture_folder_is_named_before_it_is_chosen(home, stylegan2):
    def script(d: Driver) -> None:
        d.click("Capture/###reveal_captures")
        d.frames(2)
        assert d.app.state.capture_folder == str(home / "captures")
        assert "Nothing has been saved in captures yet" in d.app.notices.shown()[-1].text

    drive(script, stylegan2)


def test_the_performance_panel_says_what_the_kernels_hold(stylegan2):
    def script(d: Driver) -> None:
        d.show("Performance/x")
        d.wait(lambda: bool(d.app.state.operators.ops), "the operators")
        found = d.app.state.operators
        status = cuda_ops.status()
        assert [op.reason for op in found.ops] == [op.reason for op in status.ops]
        prepares = status.native and d.app.result.device == "cpu"
        assert (found.prepared_bytes > 0) == prepares
        extra = memory.empty(memory.SMALLEST)
        del extra  # kept now
        d.type("Controls/##seed", 5)
        d.wait_current()
        d.wait(lambda: d.app.state.operators.kept_bytes >= memory.SMALLEST, "the memory")

    drive(script, stylegan2)


def test_tabs_that_do_not_fit_are_icons_with_a_hint(stylegan2):
    def script(d: Driver) -> None:
        d.show("Performance/x")
        d.frames(3)
        labels = {item.title: d.window.tab_label(item.title) for item in PANELS}
        assert labels["Performance"].endswith(" Performance###Performance")
        assert " " not in labels["Capture"]
        rect = imgui.internal.find_window_by_name("###Capture").dc.dock_tab_item_rect
        d.ctx.mouse_move_to_pos(rect.get_center())
        d.frames(3)
        hint = imgui.internal.find_window_by_name("##Tooltip_00")
        assert hint is not None
        assert hint.was_active
        d.click("Library/###keep_latent")
        d.wait(lambda: bool(d.settings.library), "the latent")

    drive(script, stylegan2, size=(900, 600))


def test_the_pixel_under_the_cursor_names_the_channels_there_are(stylegan2):
    def script(d: Driver) -> None:
        d.wait_current()
        rgba = d.app.result.rgba
        text = pixel_text(d.app.result, 3, 5)
        red, green, blue = (int(value) for value in rgba[5, 3, :3])
        assert text.startswith(f"x 3  y 5  ·  R {red}  G {green}  B {blue}  ·  ")

    drive(script, stylegan2)
