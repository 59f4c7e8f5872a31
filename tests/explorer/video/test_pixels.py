"""Frames as PNGs of 8 and 16 bit, side by side and scaled."""

import io

import numpy as np
import pytest
from PIL import Image

from explorer.request import RenderResult, request_from
from explorer.settings import Settings
from explorer.slices import ModelRef
from explorer.video import png_frames
from explorer.video.pixels import (
    as_rgb,
    final_size,
    fitted_to,
    frame_pixels,
    scaled,
    strip,
    strip_rows,
    tiled,
)
from explorer.video.plan import VideoError, VideoOptions

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pngs_come_back(channels, kind):
    pixels = RNG.integers(np.iinfo(kind).max + 1, size=(5, 7, channels), dtype=kind)
    assert np.array_equal(png_frames.decode(png_frames.encode(pixels)), pixels)


def test_others_read_our_pngs():
    colours = RNG.integers(256, size=(5, 7, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(png_frames.encode(colours))) as picture:
        assert np.array_equal(np.asarray(picture), colours)
    grey = RNG.integers(65536, size=(5, 7, 1), dtype=np.uint16)
    with Image.open(io.BytesIO(png_frames.encode(grey))) as picture:
        assert np.array_equal(np.asarray(picture), grey[:, :, 0])


def test_a_frame_that_was_cut_off_is_not_whole(tmp_path):
    path = tmp_path / "000000.png"
    data = png_frames.encode(np.zeros((4, 4, 3), np.uint8))
    path.write_bytes(data)
    assert png_frames.is_whole(path)
    path.write_bytes(data[:-1])
    assert not png_frames.is_whole(path)
    with pytest.raises(VideoError, match="damaged"):
        png_frames.decode(data[:50])


def test_sixteen_bits_come_from_the_float_picture():
    img = np.linspace(-1.2, 1.2, 48, dtype=np.float32).reshape(3, 4, 4)
    request = request_from(Settings(model=ModelRef("m", "0" * 64)))
    rgba = np.zeros((4, 4, 4), np.uint8)
    pixels = frame_pixels(RenderResult(request, rgba=rgba, img=img), 16)
    expected = np.clip((img.astype(np.float64) + 1) * 32767.5, 0, 65535)
    assert pixels.dtype == np.uint16
    assert np.abs(pixels.transpose(2, 0, 1) - expected).max() <= 0.51
    assert len(np.unique(pixels)) > 35


def test_cells_lie_row_by_row_and_small_ones_are_enlarged():
    cells = [np.full((4, 4, 3), n, np.uint8) for n in range(5)]
    cells.append(np.full((2, 2, 1), 5, np.uint8))
    whole = tiled(cells, 3)
    assert whole.shape == (8, 12, 3)
    assert whole[::4, ::4, 0].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_scaling_keeps_flat_areas_and_shapes():
    flat = np.full((4, 6, 3), 300, np.uint16)
    assert (scaled(flat, 13, 9, "lanczos") == 300).all()
    steps = np.arange(4, dtype=np.uint8).reshape(2, 2, 1)
    assert scaled(steps, 4, 4, "nearest")[:, :, 0].tolist() == [
        [0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3],
    ]  # fmt: skip
    boxed = fitted_to(np.full((2, 4, 3), 9, np.uint8), 8, 8, "nearest")
    assert boxed[:, 0, 0].tolist() == [0, 0, 9, 9, 9, 9, 0, 0]


def test_transparent_is_black_and_captions_are_written():
    clear = np.full((2, 2, 4), 200, np.uint8)
    clear[0, :, 3] = 0
    assert as_rgb(clear)[0].max() == 0
    assert strip_rows(["0:00.00", "seed 5"], 512, 512) == 1
    assert strip_rows(["0:00.00", "seed 5"], 64, 64) == 2
    assert strip(["0:00.00"], 64, 64, 1).max() > 200
    assert strip_rows(["a long sentence of many words that must be broken"], 128, 64) > 2
    assert strip_rows([], 64, 64) == 1


@pytest.mark.parametrize(
    "size, options, becomes",
    [
        ((64, 64), {"at_least": 512}, (512, 512)),
        ((256, 128), {"at_least": 512}, (1024, 512)),
        ((96, 96), {"at_least": 512}, (576, 576)),
        ((1024, 1024), {"at_least": 512}, (1024, 1024)),
        ((64, 64), {"at_least": 512, "scale": 2}, (512, 512)),
        ((64, 64), {"at_least": 512, "width": 100}, (100, 100)),
        ((64, 64), {}, (64, 64)),
    ],
)
def test_small_frames_are_enlarged_by_a_whole_number(size, options, becomes):
    assert final_size(*size, VideoOptions(**options)) == becomes
