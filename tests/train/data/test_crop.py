"""Crops keep what they promise; transparency is averaged as light, not as numbers."""

import numpy as np
import pytest
from PIL import Image

from tests.train.data.zoo import noise
from train.data.choices import CROPS, ImportChoices
from train.data.crop import prepare, preview, share_kept
from train.data.png import decode_png, encode_png
from train.errors import DataError


@pytest.mark.parametrize("crop", CROPS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(64, 64), (100, 40), (40, 100), (17, 31)])
def test_every_crop_of_every_kind_gives_the_asked_shape(crop, channels, size):
    choices = ImportChoices(crop=crop)
    for source_channels in (1, 2, 3, 4):
        result = prepare(noise(1, *size, source_channels), choices, 32, channels)
        assert result.shape == (32, 32, channels)
        assert result.dtype == np.uint8


def test_a_fitting_picture_is_not_touched():
    pixels = noise(1, 32, 32)

    for crop in ("centre", "fit", "stretch"):
        np.testing.assert_array_equal(prepare(pixels, ImportChoices(crop=crop), 32, 3), pixels)


def test_the_centre_is_cut_out_and_box_averages():
    pixels = np.zeros([8, 16, 3], np.uint8)
    pixels[:, 4:12] = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    choices = ImportChoices(filter="box")

    expected = pixels[:, 4:12].reshape(4, 2, 4, 2, 3).mean(axis=(1, 3))
    assert np.abs(prepare(pixels, choices, 4, 3) - expected).max() <= 0.5


def test_bars_have_the_background_or_are_black_or_transparent():
    pixels = np.full([32, 64, 3], 200, np.uint8)
    fit = ImportChoices(crop="fit", background=(255, 0, 0))

    assert prepare(pixels, fit, 64, 3)[0, 0].tolist() == [255, 0, 0]
    assert prepare(pixels, fit, 64, 3)[32, 32].tolist() == [200, 200, 200]
    assert prepare(pixels, fit, 64, 4)[0, 0].tolist() == [255, 0, 0, 0]
    wide = prepare(np.full([90, 160, 3], 200, np.uint8), ImportChoices(crop="wide"), 64, 3)
    rows = wide[:, 32, 0]
    assert (rows == 0).sum() == 28
    assert (rows == 200).sum() == 36


def test_transparent_colours_do_not_bleed():
    """A white figure before transparent black stays white at its edges."""
    pixels = np.zeros([64, 64, 4], np.uint8)
    pixels[:, 20:] = 255

    small = prepare(pixels, ImportChoices(), 16, 4)
    assert (small[small[..., 3] > 8][:, :3] > 250).all()


def test_lost_transparency_shows_the_background():
    pixels = np.zeros([16, 16, 4], np.uint8)
    choices = ImportChoices(background=(10, 20, 30))

    assert prepare(pixels, choices, 16, 3)[5, 5].tolist() == [10, 20, 30]
    assert prepare(pixels[..., 2:], choices, 16, 1)[5, 5, 0] == pytest.approx(18, abs=1)


def test_the_preview_is_what_will_be_written():
    pixels = noise(3, 90, 50, 4)
    choices = ImportChoices(crop="fit")
    shown = preview(pixels, choices, 32, 4)

    np.testing.assert_array_equal(shown, prepare(pixels, choices, 32, 4))
    assert preview(pixels, choices, 32, 1).shape == (32, 32, 4)
    assert (preview(noise(3, channels=3), choices, 32, 3)[..., 3] == 255).all()


def test_the_share_that_is_kept():
    assert share_kept(200, 100, ImportChoices()) == 0.5
    assert share_kept(200, 100, ImportChoices(crop="fit")) == 1
    assert share_kept(160, 90, ImportChoices(crop="wide")) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pngs_are_read_by_others_and_theirs_by_us(channels, tmp_path):
    pixels = noise(5, 20, 30, channels)
    ours = tmp_path / "ours.png"
    ours.write_bytes(encode_png(pixels))

    with Image.open(ours) as opened:
        np.testing.assert_array_equal(np.asarray(opened).reshape(pixels.shape), pixels)
        opened.save(tmp_path / "theirs.png", optimize=True)
    np.testing.assert_array_equal(decode_png(ours.read_bytes()), pixels)
    np.testing.assert_array_equal(decode_png((tmp_path / "theirs.png").read_bytes()), pixels)


def test_png_reading_gives_up_rather_than_guesses():
    data = encode_png(noise(1))

    assert decode_png(data[: len(data) // 2]) is None
    assert decode_png(data[:-12]) is None
    assert decode_png(b"") is None
    assert decode_png(data.replace(b"IDAT", b"tRNS")) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"resolution": 100},
        {"resolution": 2},
        {"crop": "circle"},
        {"filter": "cubic"},
        {"channels": "cmyk"},
        {"labels": "guess"},
        {"max_images": 0},
        {"fps": 0.0},
        {"aspect": 0.5},
        {"background": (0, 0, 300)},
    ],
)
def test_impossible_choices_are_refused(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        ImportChoices(**wrong)
