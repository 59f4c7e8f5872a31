"""Opening, changing and losing models while the settings stay."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.actions import LocateModel, OpenPath, Quit, UseModelAnyway
from explorer.app import opening
from explorer.settings import LayerView
from explorer.shipped import shipped_models
from tests.gui.harness import Driver, drive


def test_the_first_start_shows_the_model_that_ships(home, monkeypatch):
    monkeypatch.undo()
    shipped = opening.default_model()
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(home))
    assert Path(shipped).parent == Path(opening.ASSETS) / "models"

    def script(d: Driver) -> None:
        picture = d.picture()
        assert d.settings.model.name == Path(shipped).name
        assert picture.shape == (64, 64, 4)
        assert len(np.unique(picture[:, :, :3])) > 50

    drive(script)


def test_every_model_that_comes_along_is_offered_and_opens(home):
    def script(d: Driver) -> None:
        shipped = d.app.state.shipped
        assert [model.title for model in shipped] == [m.title for m in shipped_models()]
        for index, model in enumerate(shipped):
            d.click("Model/###model_recent")
            d.frames(3)
            d.ctx.item_click(f"//$FOCUSED/###shipped_{index}")
            name = Path(model.path).name
            d.wait(
                lambda name=name: d.settings.model is not None and d.settings.model.name == name,
                name,
            )
            d.wait_current()
            assert d.app.result.error is None
        assert shipped

    drive(script)


def test_without_a_model_the_window_says_how_to_get_one(home, stylegan2):
    def script(d: Driver) -> None:
        assert d.app.models.status.kind == "empty"
        assert d.exists("Canvas/**/###canvas_open")
        d.click("Canvas/**/###canvas_open")
        assert d.app.dialogs.open
        d.type("###file_dialog/##dialog_folder", stylegan2)
        d.click("###file_dialog/###dialog_ok")
        d.wait_current()
        assert d.settings.model.name == "stylegan2.safetensors"
        assert d.app.preferences.recent_models == (stylegan2,)

    drive(script)


def test_another_model_keeps_the_settings_and_undo_goes_back(stylegan2, stylegan3):
    def script(d: Driver) -> None:
        d.type("Controls/##psi", 0.7)
        d.apply(replace(d.settings, layer=LayerView(layer="b8.conv1")), "Layer")
        first = d.picture_bytes()
        d.app.emit(OpenPath(stylegan3))
        d.wait(lambda: d.settings.model.name == "stylegan3-r.safetensors", "the other model")
        d.wait_current()
        assert d.settings.truncation.psi == 0.7
        assert d.settings.layer.layer is None  # StyleGAN3 has no layer of that name
        d.menu("Edit/###undo")
        assert d.settings.model.name == "stylegan2.safetensors"
        assert d.settings.layer.layer == "b8.conv1"
        assert d.picture_bytes() == first

    drive(script, stylegan2)


def test_a_file_that_is_no_model_is_said_and_retried(tmp_path, stylegan2):
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(b"nothing of the kind")

    def script(d: Driver) -> None:
        d.app.emit(OpenPath(str(bad)))
        d.wait(lambda: d.app.models.status.kind == "failed", "the failure")
        assert "bad.pkl" in d.app.models.status.text
        assert d.exists("Canvas/**/###canvas_retry")
        shutil.copy(stylegan2, tmp_path / "good.safetensors")
        os.replace(tmp_path / "good.safetensors", tmp_path / "bad.safetensors")
        d.click("Canvas/**/###canvas_retry")
        d.wait(lambda: d.app.models.status.kind == "failed", "the failure again")
        d.app.emit(OpenPath(str(tmp_path / "bad.safetensors")))
        d.wait_current()

    drive(script)


def test_a_file_that_changes_on_disk_is_loaded_again(tmp_path, stylegan2, stylegan3):
    path = tmp_path / "network.safetensors"
    shutil.copy(stylegan2, path)

    def script(d: Driver) -> None:
        d.type("Controls/##psi", 0.6)
        before = d.picture_bytes()
        old = d.settings.model
        other = tmp_path / "next.safetensors"
        shutil.copy(stylegan3, other)
        os.replace(other, path)
        d.wait(lambda: d.settings.model.sha256 != old.sha256, "the new content")
        assert d.picture_bytes() != before
        assert d.settings.truncation.psi == 0.6
        d.menu("Edit/###undo")  # the old content is gone: undo keeps to the new one
        d.wait_current()
        assert d.settings.truncation.psi == 1.0
        assert d.settings.model.sha256 != old.sha256

    drive(script, str(path))


def test_a_missing_model_is_asked_for_and_settings_survive(tmp_path, home, stylegan2, stylegan3):
    path = tmp_path / "gone.safetensors"
    shutil.copy(stylegan2, path)
    drive(lambda d: d.type("Controls/##psi", 0.4), str(path))
    path.rename(tmp_path / "moved.safetensors")

    def script(d: Driver) -> None:
        d.wait(lambda: d.app.models.status.kind == "missing", "the question")
        assert d.settings.truncation.psi == 0.4
        assert d.exists("Canvas/**/###canvas_locate")
        d.app.emit(LocateModel(stylegan3))
        d.wait(lambda: "another model" in d.app.models.status.text, "the wrong content")
        d.app.emit(LocateModel(str(tmp_path / "moved.safetensors")))
        d.wait_current()
        assert d.settings.truncation.psi == 0.4
        assert Path(d.settings.model.path).name == "moved.safetensors"

    drive(script)


def test_another_model_may_be_used_in_place_of_a_missing_one(tmp_path, stylegan2, stylegan3):
    path = tmp_path / "gone.safetensors"
    shutil.copy(stylegan2, path)
    drive(lambda d: d.type("Controls/##psi", 0.4), str(path))
    path.unlink()

    def script(d: Driver) -> None:
        d.wait(lambda: d.app.models.status.kind == "missing", "the question")
        d.app.emit(LocateModel(stylegan3))
        d.wait(lambda: "another model" in d.app.models.status.text, "the wrong content")
        d.app.emit(UseModelAnyway(stylegan3))
        d.wait_current()
        assert d.settings.truncation.psi == 0.4

    drive(script)


def test_closing_takes_less_than_a_second(stylegan2):
    closing = []

    def script(d: Driver) -> None:
        closing.append(time.monotonic())
        d.app.emit(Quit())
        d.frames(10)

    drive(script, stylegan2, quits=True)
    assert time.monotonic() - closing[0] < 1.0
