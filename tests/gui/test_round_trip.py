"""A picture saved from the window is rendered again, pixel for pixel, by another process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.arrays import ArrayStore
from explorer.launcher.requirements import PROJECT_DIR
from explorer.png import read_session
from explorer.session import session_from_json
from explorer.settings import ClassChoice, LayerView, Settings
from tests.fixtures.recipes import FOLDER
from tests.gui.harness import Driver, drive

RENDER_SECS = 120


def test_stylegan2_with_everything_moved(home: Path, tmp_path: Path):
    model = copied("stylegan2-resnet-labels", tmp_path)
    saved: list[Saved] = []

    def script(d: Driver) -> None:
        d.type("Controls/##seed", 21)
        d.type("Controls/##latent_x", 21.375)
        d.type("Controls/##psi", 0.6)
        d.type("Controls/##cutoff", 4)
        blend = ClassChoice("blend", ((0, 0.25), (2, 0.75)))
        d.app.apply(replace(d.settings, classes=blend), "Classes")
        d.click("Controls/###noise_mode_random")
        d.type("Controls/##noise_seed", 77)
        d.type("Controls/##noise_strength", 1.75)
        d.click("Style mixing/###mix_add_seed")
        d.type("Style mixing/**/##mix_seed", 9)
        d.type("Style mixing/**/##mix_weight", 0.5)
        assert d.settings.mixing.sources[0].seed == 9
        saved.append(captured(d, home))

        d.show("Layers/x")
        d.click("Layers/**/###layer_b8.conv1")
        d.type("Layers/##gain_db", 6.0)
        d.click("Layers/###layer_mode_mosaic")
        saved.append(captured(d, home))

        view = LayerView(layer="b16.skip", mode="mono", base_channel=2, spectrum=True)
        d.app.apply(replace(d.settings, layer=view), "Spectrum")
        saved.append(captured(d, home))

    drive(script, model)
    picture, mosaic, spectrum = saved
    assert picture.settings.noise.seed == 77
    assert picture.settings.classes.mode == "blend"
    assert mosaic.settings.layer.layer == "b8.conv1"
    assert mosaic.settings.layer.gain_db == 6.0
    assert spectrum.pixels.shape[1] > spectrum.pixels.shape[0]  # the spectrum is beside it
    for each in saved:
        assert_renders_again(each, tmp_path)


def test_stylegan3_moved_turned_and_resampled_back(home: Path, tmp_path: Path):
    model = copied("stylegan3-t-odd", tmp_path)
    saved: list[Saved] = []

    def script(d: Driver) -> None:
        d.type("Controls/##seed", 5)
        d.type("Controls/##psi", -0.7)
        d.type("Transform/##translate_x", 0.13)
        d.type("Transform/##rotate", 30.0)
        saved.append(captured(d, home))
        d.click("Transform/##untransform")
        saved.append(captured(d, home))
        layer = next(layer.name for layer in d.app.models.info.layers if layer.name[:2] == "L3")
        d.app.apply(replace(d.settings, layer=LayerView(layer=layer, normalise=True)), "Layer")
        saved.append(captured(d, home))

    drive(script, model)
    moved, back, layer = saved
    assert moved.settings.transform.rotate_turns == pytest.approx(1 / 12)
    assert back.settings.transform.untransform
    assert not np.array_equal(moved.pixels, back.pixels)
    assert layer.settings.layer.normalise
    for each in saved:
        assert_renders_again(each, tmp_path)


def test_a_grey_picture_on_a_machine_that_keeps_the_model_elsewhere(home: Path, tmp_path: Path):
    model = copied("stylegan2-orig-grey", tmp_path)
    saved: list[Saved] = []

    def script(d: Driver) -> None:
        d.drag("Canvas/##canvas", 70, 30)
        saved.append(captured(d, home))

    drive(script, model)
    assert saved[0].pixels.ndim == 2
    elsewhere = str(FOLDER / "stylegan2-orig-grey.safetensors")
    assert_renders_again(saved[0], tmp_path, "--model", elsewhere, home=tmp_path / "another-home")


class Saved:
    """A captured picture: the file, its pixels, the settings it carries."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with Image.open(path) as picture:
            self.pixels = np.asarray(picture).copy()
        self.text = read_session(path)
        assert self.text is not None
        self.settings: Settings = session_from_json(self.text, ArrayStore()).settings


def copied(name: str, tmp_path: Path) -> str:
    """Copy a model to where only this test knows it."""
    folder = tmp_path / "models of someone"
    folder.mkdir()
    return str(shutil.copy(FOLDER / f"{name}.safetensors", folder))


def captured(d: Driver, home: Path) -> Saved:
    """Press the button of the Capture panel; return what it saved."""
    folder = home / "captures"
    pixels, settings, before = d.picture(), d.settings, set(folder.glob("*.png"))
    d.click("Capture/###save_picture")
    d.wait(lambda: set(folder.glob("*.png")) > before, "the picture")
    (path,) = set(folder.glob("*.png")) - before
    saved = Saved(path)
    shown = pixels[..., 0] if saved.pixels.ndim == 2 else pixels[..., : saved.pixels.shape[2]]
    assert np.array_equal(saved.pixels, shown)
    assert saved.settings == replace(settings, model=replace(settings.model, path=""))
    return saved


def assert_renders_again(
    saved: Saved, tmp_path: Path, *words: str, home: Path | None = None
) -> None:
    """Render a picture's session with the command line; all pixels and the session are the same."""
    out = tmp_path / f"again-{saved.path.stem}"
    environment = dict(os.environ)
    if home is not None:
        environment["LATENT_EXPLORER_HOME"] = str(home)
    command = [sys.executable, "main.py", "render", "--session", str(saved.path), *words]
    result = subprocess.run(
        [*command, "--out", str(out)],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RENDER_SECS,
    )
    assert result.returncode == 0, result.stderr
    assert "identical pixels expected" in result.stderr
    (path,) = out.iterdir()
    again = Saved(path)
    assert again.pixels.shape == saved.pixels.shape
    assert np.array_equal(again.pixels, saved.pixels)
    assert again.settings == saved.settings
    for picture in (saved, again):
        assert_names_no_folder(picture, tmp_path)


def assert_names_no_folder(picture: Saved, tmp_path: Path) -> None:
    assert picture.text is not None
    private = [str(tmp_path), "models of someone", "/home"]
    if Path.home() != Path("/"):
        private.append(str(Path.home()))
    for word in private:
        assert word not in picture.text
        assert word.encode() not in picture.path.read_bytes()
