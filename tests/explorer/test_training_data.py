"""The choices of an import reach the importer, and what a person sees of a source follows them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.app.training_data import choices_of, look, previews
from explorer.app.training_work import Ticket
from explorer.training_state import NewRun, Work


def ticket() -> Ticket:
    return Ticket(Work("examine", "Looking"), lambda: None)


def test_every_choice_of_the_panel_reaches_the_importer():
    draft = NewRun(
        crop="wide", filter="box", channels="rgb", labels="none", resolution=64,
        background="ff8000", aspect=2.0, fps=2.5, max_images=7, keep_near=False, keep_copies=True,
    )  # fmt: skip
    choices = choices_of(draft)
    assert (choices.crop, choices.filter, choices.channels) == ("wide", "box", "rgb")
    assert (choices.labels, choices.resolution, choices.max_images) == ("none", 64, 7)
    assert (choices.background, choices.aspect, choices.fps) == ((255, 128, 0), 2.0, 2.5)
    assert (choices.keep_duplicates, choices.keep_near_duplicates) == (True, False)
    plain = choices_of(NewRun())
    assert (plain.fps, plain.max_images, plain.resolution) == (None, None, None)
    assert plain.background == (255, 255, 255)


@pytest.fixture
def film(tmp_path) -> Path:
    """A video of two seconds at 10 frames each, no two alike."""
    import imageio_ffmpeg

    folder = tmp_path / "film"
    folder.mkdir()
    rng = np.random.default_rng(2)
    frames = rng.integers(0, 256, [20, 6, 8, 3], np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
    ]
    command += ["-s", "64x48", "-r", "10", "-i", "-", "-pix_fmt", "yuv420p"]
    path = folder / "film.mp4"
    subprocess.run([*command, str(path)], input=frames.tobytes(), check=True, timeout=60)
    return path


def test_frames_per_second_are_asked_of_videos_only(film, tmp_path):
    whole = look(NewRun(source=str(film)), ticket()).findings
    few = look(NewRun(source=str(film), fps=1.0), ticket()).findings
    assert whole is not None
    assert few is not None
    assert whole.video
    assert (whole.total, few.total) == (20, 2)
    rng = np.random.default_rng(3)
    Image.fromarray(rng.integers(0, 256, [8, 8, 3], np.uint8)).save(tmp_path / "a.png")
    pictures = look(NewRun(source=str(tmp_path)), ticket()).findings
    assert pictures is not None
    assert not pictures.video


def test_a_preview_has_the_background_behind_transparency():
    sample = np.zeros((8, 8, 4), np.uint8)
    (shown,) = previews((sample,), NewRun(channels="rgb", background="204060"), 8, 4)
    np.testing.assert_array_equal(shown[0, 0], (0x20, 0x40, 0x60, 255))
    (kept,) = previews((sample,), NewRun(channels="rgba", background="204060"), 8, 4)
    assert kept[0, 0, 3] == 0
