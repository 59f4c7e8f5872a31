"""Which channels are shown, how mosaics are laid out, and the numbers beside them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.render.activation_display import Display
from explorer.render.layer_view import (
    MAX_MOSAIC_PX,
    histogram,
    mosaic,
    picture_of,
    select_channels,
    statistics,
)
from explorer.settings import LayerView

VIEW = LayerView(layer="b8.conv1")


def ramp(channels, size=4):
    levels = torch.arange(channels, dtype=torch.float32)[:, None, None]
    return levels.expand(channels, size, size).contiguous()


def shown(activation, view):
    return select_channels(activation, view)[:, 0, 0].tolist()


def test_colour_shows_three_channels_from_the_base_on():
    assert shown(ramp(8), replace(VIEW, base_channel=2)) == [2, 3, 4]
    assert shown(ramp(8), replace(VIEW, base_channel=7)) == [5, 6, 7]


@pytest.mark.parametrize("channels", [1, 2])
def test_colour_falls_back_to_one_channel(channels):
    assert shown(ramp(channels), replace(VIEW, base_channel=9)) == [channels - 1]


def test_mono_and_mosaic():
    assert shown(ramp(8), replace(VIEW, mode="mono", base_channel=3)) == [3]
    assert len(shown(ramp(8), replace(VIEW, mode="mosaic"))) == 8


def test_a_picture_with_four_channels_keeps_its_alpha():
    picture = torch.zeros(4, 2, 2)
    assert picture_of(picture, LayerView())[0, 0].tolist() == [128, 128, 128, 128]
    assert picture_of(picture, VIEW)[0, 0].tolist() == [128, 128, 128, 255]


def test_normalise_and_gain():
    activation = torch.tensor([[[4.0, -2.0]], [[0.0, 0.0]], [[1.0, 1.0]]])
    normal = picture_of(activation, replace(VIEW, normalise=True))
    assert normal[0, :, :3].tolist() == [[255, 128, 255], [64, 128, 255]]
    quiet = picture_of(activation, replace(VIEW, normalise=True, gain_db=-20.0))
    assert quiet[0, 0, :3].tolist() == [140, 128, 140]


def test_mosaic_is_near_square_with_gaps_of_one_pixel():
    picture = mosaic(ramp(5, size=3) / 10)
    assert picture.shape == (2 * 4 - 1, 3 * 4 - 1, 4)
    tiles = [picture[4 * (k // 3) + 1, 4 * (k % 3) + 1, 0] for k in range(5)]
    assert tiles == [int(12.75 * k + 128) for k in range(5)]
    assert np.all(picture[3, :, 0] == 24)
    assert np.all(picture[4:, 8:, 0] == 24)


def test_mosaic_of_a_wide_layer_still_fits_a_texture():
    picture = mosaic(torch.zeros(1024, 148, 148))
    assert picture.shape == (32 * 75 - 1, 32 * 75 - 1, 4)
    assert mosaic(torch.zeros(1024, 127, 127)).shape[0] == MAX_MOSAIC_PX - 1


def test_statistics():
    numbers = statistics(torch.tensor([1.0, 2.0, 3.0, -6.0]))
    assert numbers.mean == 0
    assert numbers.std == pytest.approx(np.std([1, 2, 3, -6], ddof=1))
    assert numbers.max_abs == 6
    assert statistics(torch.tensor([2.0])).std == 0


def test_histogram_counts_finite_values():
    counts, bounds = histogram(torch.tensor([0.0, 0.1, 1.0, float("inf"), float("nan")]))
    assert bounds == pytest.approx((0, 1))
    assert counts.sum() == 3
    assert counts[0] == 1
    assert counts[-1] == 1
    counts, _ = histogram(torch.arange(1024.0).repeat(1024))
    assert counts.sum() == pytest.approx(2**17, rel=0.2)
    assert counts.std() < 0.01 * counts.mean()
    counts, bounds = histogram(torch.full((3,), 2.0))
    assert bounds == (1.5, 2.5)
    assert counts.sum() == 3


def test_display_keeps_what_a_change_does_not_reach(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "explorer.render.activation_display.power_spectrum",
        lambda x, kaiser_beta: calls.append(x.shape[0]) or torch.ones(4, 4),
    )
    display, batch = Display(), ramp(8)[None]
    view = replace(VIEW, spectrum=True)
    pixels, report = display.show(batch, view, "b8.conv1")
    assert pixels.shape == (4, 8, 4)
    assert report.radial_spectrum_db is not None
    assert (report.channels, report.height, report.width) == (8, 4, 4)
    display.show(batch, replace(view, gain_db=6.0, base_channel=2), "b8.conv1")
    display.show(batch, replace(view, spectrum_range_db=20.0), "b8.conv1")
    assert calls == [8]
    display.show(batch, replace(view, spectrum_all_channels=False), "b8.conv1")
    assert calls == [8, 3]
    display.show(batch.clone(), view, "b8.conv1")
    assert calls == [8, 3, 8]


def test_report_tells_all_from_selected():
    _, report = Display().show(ramp(8)[None], replace(VIEW, mode="mono", base_channel=6), "x")
    assert report.all_channels.mean == 3.5
    assert report.selected.mean == 6
    assert report.radial_spectrum_db is None


def test_spectrum_stands_beside_the_picture():
    activation = torch.randn(1, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    pixels, _ = Display().show(activation, replace(VIEW, spectrum=True), "x")
    plain, _ = Display().show(activation, VIEW, "x")
    assert pixels.shape == (16, 32, 4)
    assert np.array_equal(pixels[:, :16], plain)
    mosaic_pixels, _ = Display().show(activation, replace(VIEW, mode="mosaic", spectrum=True), "x")
    assert mosaic_pixels.shape == (16, 33 + 16, 4)
