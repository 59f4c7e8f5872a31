"""The session between starts, in files and in pictures."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from imgui_bundle import imgui
from PIL import Image

from explorer.actions import Capture, OpenPath, SaveSeedList
from explorer.png import read_session
from explorer.settings import MixSource, StyleMixing
from tests.gui.harness import Driver, drive

CTRL, SHIFT = imgui.Key.mod_ctrl, imgui.Key.mod_shift


def test_the_next_start_shows_the_same_picture(stylegan2):
    pictures = []

    def first(d: Driver) -> None:
        d.type("Controls/##psi", 0.55)
        d.type("Controls/##seed", 12)
        pictures.append(d.picture_bytes())
        d.app.view = replace(d.app.view, sampling="nearest")

    def second(d: Driver) -> None:
        d.wait_current()
        assert d.settings.truncation.psi == 0.55
        assert d.app.view.sampling == "nearest"
        pictures.append(d.picture_bytes())

    drive(first, stylegan2)
    drive(second)
    assert pictures[0] == pictures[1]


def test_a_change_is_saved_two_seconds_later(home, stylegan2):
    path = home / "data" / "last-session.json"

    def script(d: Driver) -> None:
        d.type("Controls/##psi", 0.25)
        d.wait(path.exists, "the session", 10)
        assert json.loads(path.read_text())["settings"]["truncation"]["psi"] == 0.25

    drive(script, stylegan2)


def test_after_a_start_that_did_not_finish_the_window_asks(home, stylegan2):
    marker = home / "data" / "restoring"
    drive(lambda d: d.type("Controls/##psi", 0.25), stylegan2)
    assert not marker.exists()
    marker.write_text("")

    def fresh(d: Driver) -> None:
        assert d.app.asking_restore
        assert d.settings.model is None
        d.click("###restore/###restore_no")
        d.wait(lambda: d.settings.model is not None, "the recent model")
        d.wait_current()
        assert d.settings.truncation.psi == 1.0

    saved = (home / "data" / "last-session.json").read_text()
    drive(fresh)
    assert (home / "data" / "last-session-old.json").read_text() == saved
    shutil.copy(home / "data" / "last-session-old.json", home / "data" / "last-session.json")
    marker.write_text("")

    def restore(d: Driver) -> None:
        d.click("###restore/###restore_yes")
        d.wait_current()
        assert d.settings.truncation.psi == 0.25
        assert not marker.exists()

    drive(restore)


def test_a_damaged_session_does_not_keep_the_window_from_starting(home):
    (home / "data").mkdir(parents=True)
    (home / "data" / "last-session.json").write_text('{"format": "latent-explorer-session"')

    def script(d: Driver) -> None:
        assert d.app.models.status.kind == "empty"
        assert "last-session-old.json" in d.app.notices.shown()[0].text

    drive(script)


def test_a_captured_picture_holds_the_pixels_and_the_session(home, stylegan2):
    def script(d: Driver) -> None:
        d.type("Controls/##seed", 21)
        d.type("Controls/##psi", 0.5)
        pixels = d.picture()
        d.keys(CTRL | imgui.Key.e)
        path = home / "captures" / "stylegan2-seed0021.png"
        d.wait(path.exists, "the picture")
        assert np.array_equal(np.asarray(Image.open(path)), pixels[..., :3])
        text = read_session(path)
        assert text is not None
        assert str(Path(stylegan2).parent) not in text  # no folder of this machine
        d.wait(lambda: bool(d.app.notices.shown()), "the notice")
        assert d.app.notices.shown()[-1].reveal == str(path)
        d.menu("Edit/###reset_truncation")
        d.type("Controls/##seed", 4)
        assert d.picture_bytes() != pixels.tobytes()
        d.window.dropped([str(path)])
        d.frames(2)
        assert d.settings.latent.seed == 21
        assert d.picture_bytes() == pixels.tobytes()

    drive(script, stylegan2)


def test_the_window_is_captured_whole(home, stylegan2):
    def script(d: Driver) -> None:
        d.app.emit(Capture("window"))
        path = home / "captures" / "window.png"
        d.wait(path.exists, "the picture of the window")
        pixels = np.asarray(Image.open(path))
        assert pixels.shape == (800, 1280, 3)
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 500  # not black, not one colour

    drive(script, stylegan2)


def test_sessions_are_saved_and_opened_as_files(home, tmp_path, stylegan2):
    path = tmp_path / "mine.json"

    def script(d: Driver) -> None:
        d.type("Controls/##psi", 0.8)
        mixing = StyleMixing((MixSource(seed=5, weights=((0, 1.0), (1, 0.5))),))
        d.apply(replace(d.settings, mixing=mixing), "Mix")
        picture, settings = d.picture_bytes(), d.settings
        d.menu("File/###save_session_as")
        d.type("###file_dialog/##dialog_folder", str(tmp_path))
        d.type("###file_dialog/##dialog_name", "mine")
        if d.app.dialogs.open:
            d.click("###file_dialog/###dialog_ok")
        d.wait(path.exists, "the session file")
        d.wait(lambda: d.app.sessions.name == str(path), "the name")
        d.menu("File/###new_session")
        assert d.settings.truncation.psi == 1.0
        assert d.app.sessions.name == ""
        d.app.emit(OpenPath(str(path)))
        d.frames(2)
        assert d.settings == settings
        assert d.picture_bytes() == picture

    drive(script, stylegan2)


def test_a_list_of_seeds_is_saved(home, stylegan2):
    def script(d: Driver) -> None:
        d.type("Controls/##psi", 0.5)
        d.type("Controls/##seed", 2)
        third = d.picture()
        d.app.emit(SaveSeedList("0-2, 7"))
        folder = home / "captures"
        d.wait(lambda: len(list(folder.glob("seed*.png"))) == 4, "four pictures")
        saved = np.asarray(Image.open(folder / "seed0002.png"))
        assert np.array_equal(saved, third[..., :3])

    drive(script, stylegan2)


def test_files_that_are_nothing_of_ours_are_refused_in_a_sentence(tmp_path, stylegan2):
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    plain = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(plain)

    def script(d: Driver) -> None:
        before = d.settings
        for path, word in ((text, "cannot be opened"), (plain, "carries no session")):
            d.window.dropped([str(path)])
            d.frames(2)
            assert word in d.app.notices.shown()[-1].text
        assert d.settings == before

    drive(script, stylegan2)
