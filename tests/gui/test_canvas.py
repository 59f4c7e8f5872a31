"""The canvas: zoom, pan, grid, full screen, and what keys do to it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from imgui_bundle import imgui

from explorer.actions import Apply
from explorer.settings import Grid
from tests.gui.harness import Driver, drive


def test_the_view_changes_without_rendering(stylegan2):
    def script(d: Driver) -> None:
        result = d.app.result
        d.ctx.mouse_move("//Canvas/##canvas")
        d.ctx.mouse_wheel_y(3)
        d.frames(2)
        assert d.app.view.fit == "free"
        zoomed = d.app.view.zoom
        d.ctx.mouse_wheel_y(-1)
        d.frames(2)
        assert d.app.view.zoom < zoomed
        d.keys(imgui.Key._1)
        assert (d.app.view.fit, d.app.view.zoom) == ("free", 1.0)
        d.keys(imgui.Key._0)
        assert d.app.view.fit == "fit"
        d.keys(imgui.Key.n)
        assert d.app.view.sampling == "nearest"
        d.ctx.mouse_move("//Canvas/##canvas")
        d.ctx.mouse_drag_with_delta(imgui.ImVec2(30, 12), 2)
        d.frames(2)
        assert d.app.view.pan_x < 0
        assert d.settings.latent.x == 0
        d.ctx.key_down(imgui.Key.space)
        d.drag("Canvas/##canvas", 20, 0)
        d.ctx.key_up(imgui.Key.space)
        d.frames(1)
        assert d.settings.latent.x == 0
        assert d.app.result is result
        assert len(d.app.history.labels) == 2

    drive(script, stylegan2)


def test_dragging_the_picture_moves_the_latent(stylegan2):
    def script(d: Driver) -> None:
        first = d.picture_bytes()
        d.drag("Canvas/##canvas", 100, -50)
        assert d.settings.latent.x > 0 > d.settings.latent.y
        assert d.picture_bytes() != first

    drive(script, stylegan2)


def test_a_cell_of_the_grid_is_where_a_click_goes(stylegan2):
    def script(d: Driver) -> None:
        d.app.emit(Apply(replace(d.settings, grid=Grid(3, 3)), "Grid"))
        d.wait(lambda: len(d.app.state.grid_cells) >= 8, "the cells")
        d.click("Canvas/##cell_2_1")
        d.frames(2)
        assert (d.settings.latent.x, d.settings.latent.y) == (1, 0)
        d.click("Canvas/##cell_1_0")
        d.frames(2)
        assert (d.settings.latent.x, d.settings.latent.y) == (1, -1)
        d.keys(imgui.Key.g)
        assert not d.settings.grid.shown
        assert d.exists("Canvas/##canvas")

    drive(script, stylegan2)


def test_full_screen_shows_only_the_picture_and_goes_back(stylegan2):
    def script(d: Driver) -> None:
        d.keys(imgui.Key.f11)
        d.frames(2)
        assert d.app.view.full_screen
        assert d.ctx.item_exists("//###full_screen/##canvas")
        d.keys(imgui.Key.f11)
        assert not d.app.view.full_screen
        assert d.exists("Canvas/##canvas")

    drive(script, stylegan2)


def test_plain_keys_do_nothing_while_a_text_is_typed(stylegan2):
    def script(d: Driver) -> None:
        d.show("Library/x")
        d.ctx.item_click("//Library/##keep_name")
        d.ctx.key_chars("run 01")
        d.frames(2)
        assert d.settings.latent.seed == 0
        assert d.app.view.sampling == "linear"

    drive(script, stylegan2)


def test_an_exception_in_a_panel_is_said_once_and_drawing_goes_on(stylegan2, monkeypatch):
    from explorer.app import panels

    def broken(*_: Any) -> Any:
        imgui.begin_child("half")
        imgui.push_id("x")
        raise RuntimeError("the panel broke")

    def script(d: Driver) -> None:
        library = panels.panel("Library")
        object.__setattr__(library, "draw", broken)
        try:
            d.show("Library/x")
            time.sleep(0.05)
            d.frames(10)
            said = [n for n in d.app.notices.shown() if "the panel broke" in n.text]
            assert len(said) == 1
            d.type("Controls/##seed", 9)
            assert d.settings.latent.seed == 9
        finally:
            object.__setattr__(library, "draw", panels.library_ui)

    drive(script, stylegan2, mistakes=True)


def test_the_palette_runs_what_is_typed(stylegan2):
    def script(d: Driver) -> None:
        d.keys(imgui.Key.mod_ctrl | imgui.Key.p)
        assert d.app.palette.open
        d.ctx.key_chars("squares")
        d.frames(2)
        d.keys(imgui.Key.enter)
        assert not d.app.palette.open
        assert d.app.view.sampling == "nearest"
        d.keys(imgui.Key.mod_ctrl | imgui.Key.p)
        d.keys(imgui.Key.escape)
        assert not d.app.palette.open

    drive(script, stylegan2)


def test_panels_are_hidden_and_shown_and_the_layout_is_reset(stylegan2):
    def script(d: Driver) -> None:
        d.menu("View/Panels/###panel_Library")
        d.frames(2)
        assert not d.window.visible("Library")
        d.menu("View/###reset_layout")
        d.frames(4)
        assert d.window.visible("Library")

    drive(script, stylegan2)
