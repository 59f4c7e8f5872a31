"""How pictures become a data set: every choice, its preview, and what is no choice."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.gui.harness import Driver, drive
from widgets.training_panel import training_ui

ORANGE = (255, 128, 0)


@pytest.fixture
def pictures(tmp_path) -> Path:
    """Eight pictures, 24 wide and 12 high, half of each transparent."""
    folder = tmp_path / "stickers"
    folder.mkdir()
    rng = np.random.default_rng(2)
    for index in range(8):
        pixels = rng.integers(0, 256, [12, 24, 4], np.uint8)
        pixels[:, :12, 3], pixels[:, 12:, 3] = 0, 255
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder


def watch_previews(d: Driver) -> dict[str, np.ndarray]:
    """Return what becomes the newest pixels of each preview."""
    shown: dict[str, np.ndarray] = {}
    take = d.app.pictures.take_sheet

    def taken(key: str, rgba: np.ndarray) -> None:
        shown[key] = rgba
        take(key, rgba)

    d.app.pictures.take_sheet = taken
    return shown


def refused(name: str) -> str:
    return training_ui.__self__.new.data.choices.typed.problem(name)


def choose(d: Driver, combo: str, option: str) -> None:
    d.click(f"Training/##{combo}")
    d.ctx.item_click(f"//$FOCUSED/###{combo}_{option}")
    d.frames(3)


def test_background_shape_and_crop_are_previewed_and_imported(pictures):
    def script(d: Driver) -> None:
        def state():
            return d.app.state.training

        def corner(*, x: int = 0, y: int = 0) -> tuple[int, ...]:
            return tuple(previews["preview 0"][y, x, :3].tolist())

        previews = watch_previews(d)
        d.click("Training/###training_page_new")
        d.type("Training/##data_path", str(pictures))
        d.wait(lambda: len(state().previews) == 4, f"the previews ({state().said})")
        choose(d, "data_channels", "rgb")
        choose(d, "data_resolution", "16")
        d.wait(lambda: previews["preview 0"].shape[0] == 16, "the size")
        assert corner(y=8) == (255, 255, 255)  # white behind what is transparent

        d.type("Training/##data_background", "orange")
        assert refused("data_background") == (
            "The background must be a colour such as ffffff, got orange"
        )
        assert state().draft.background == "ffffff"
        d.type("Training/##data_background", "#FF8000")
        assert (state().draft.background, refused("data_background")) == ("ff8000", "")
        d.wait(lambda: corner(y=8) == ORANGE, "the colour in the preview")
        d.click("Training/###crop_fit")
        d.wait(lambda: corner() == ORANGE, "the colour in the bars")

        d.click("Training/###crop_wide")
        d.wait(lambda: corner() == (0, 0, 0), "black bars")
        d.type("Training/##data_aspect", "0:1")
        assert refused("data_aspect") == (
            "The shape must be like 16:9 or 1.78, from 1 to 100, got 0:1"
        )
        bars = int((previews["preview 0"][:, 15, :3].sum(-1) == 0).sum())
        d.type("Training/##data_aspect", "4:1")
        assert state().draft.aspect == 4.0
        d.wait(
            lambda: int((previews["preview 0"][:, 15, :3].sum(-1) == 0).sum()) > bars, "more bars"
        )
        d.click("Training/###reset_data_aspect")
        assert state().draft.aspect == pytest.approx(16 / 9)

        d.click("Training/###crop_fit")
        d.click("Training/##data_copies")
        assert state().draft.keep_copies
        d.click("Training/###data_import")
        d.wait(lambda: state().facts is not None, f"the data set ({state().said})")
        assert (state().facts.channels, state().facts.resolution) == (3, 16)
        with zipfile.ZipFile(state().facts.path) as archive:
            name = next(n for n in archive.namelist() if n.endswith(".png"))
            with Image.open(io.BytesIO(archive.read(name))) as image:
                assert image.convert("RGB").getpixel((0, 0)) == ORANGE

    drive(script, size=(1280, 1300))


def test_a_wrong_value_of_the_configuration_is_said_and_changes_nothing():
    def script(d: Driver) -> None:
        def problem(name: str) -> str:
            return training_ui.__self__.new.config.typed.problem(f"field_{name}")

        d.click("Training/###training_page_new")
        for name, typed, sentence in (
            ("batch", "many", "Batch must be a whole number such as 32, got many"),
            ("batch", "2.5", "Batch must be a whole number such as 32, got 2.5"),
            ("kimg", "nan", "Kimg must be a number such as 0.5, got nan"),
            ("gamma", "1,5", "Gamma (R1) must be a number such as 0.5, got 1,5"),
        ):
            d.type(f"Training/##field_{name}", typed)
            assert problem(name) == sentence
            assert d.app.state.training.draft.wish(name) is None
        d.type("Training/##field_batch", "-3")  # a number, but none that works
        assert problem("batch") == ""
        assert "batch" in d.app.state.training.problem
        d.click("Training/###reset_field_batch")
        assert d.app.state.training.draft.wish("batch") is None

    drive(script, size=(1280, 900))
