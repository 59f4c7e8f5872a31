"""Controls by name: each changes the settings it should, and the picture if it should."""

from __future__ import annotations

from imgui_bundle import imgui

from tests.gui.harness import Driver, drive


def test_latent_controls_move_the_picture(stylegan2):
    def script(d: Driver) -> None:
        first = d.picture_bytes()
        d.type("Controls/##seed", 7)
        assert d.settings.latent.seed == 7
        seventh = d.picture_bytes()
        assert seventh != first
        d.click("Controls/###seed_plus")
        assert d.settings.latent.seed == 8
        d.click("Controls/###seed_minus")
        assert d.picture_bytes() == seventh
        d.type("Controls/##latent_x", 7.5)
        assert d.settings.latent.x == 7.5
        assert d.picture_bytes() != seventh
        d.click("Controls/###latent_snap")
        assert d.settings.latent.x == 8
        d.drag("Controls/###latent_drag_fast", 60, 30)
        assert d.settings.latent.x > 8
        assert d.settings.latent.y > 0
        d.drag("Controls/##seed_plane", 40, 20)
        d.click("Controls/###latent_reset")
        assert d.picture_bytes() == first
        d.click("Controls/###random")
        assert d.settings.latent.seed != 0

    drive(script, stylegan2)


def test_truncation_and_noise(stylegan2):
    def script(d: Driver) -> None:
        first = d.picture_bytes()
        d.type("Controls/##psi", 0.5)
        assert d.settings.truncation.psi == 0.5
        half = d.picture_bytes()
        assert half != first
        d.type("Controls/##cutoff", 2)
        assert d.settings.truncation.cutoff == 2
        assert d.picture_bytes() not in (first, half)
        d.click("Controls/###noise_mode_none")
        assert d.settings.noise.mode == "none"
        quiet = d.picture_bytes()
        d.click("Controls/###noise_mode_random")
        random = d.picture_bytes()
        assert random != quiet
        d.type("Controls/##noise_seed", 5)
        assert d.settings.noise.seed == 5
        assert d.picture_bytes() != random

    drive(script, stylegan2)


def test_undo_brings_back_the_very_picture(stylegan2):
    def script(d: Driver) -> None:
        first = d.picture_bytes()
        d.type("Controls/##psi", 0.3)
        third = d.picture_bytes()
        d.drag("Canvas/##canvas", 80, 10)
        assert d.settings.latent.x > 0
        assert len(d.app.history.labels) == 4  # a drag is one edit
        d.keys(imgui.Key.mod_ctrl | imgui.Key.z)
        assert d.picture_bytes() == third
        d.menu("Edit/###undo")
        assert d.picture_bytes() == first
        d.menu("Edit/###redo")
        assert d.picture_bytes() == third
        d.click("History/**/###history_1")
        assert d.picture_bytes() == first

    drive(script, stylegan2)
