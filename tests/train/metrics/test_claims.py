"""What the distances say about pictures everyone can judge: the demonstration set, spoilt."""

import numpy as np
import pytest

from train.data.choices import ImportChoices
from train.data.sources import open_source
from train.metrics.features import extractors, gaussians
from train.metrics.frechet import frechet_distance

COUNT = 48


@pytest.fixture(scope="module")
def portraits():
    """Return uint8 [96, 3, 64, 64]."""
    with open_source("demo:toon-head", ImportChoices(resolution=64), count=2 * COUNT) as source:
        pixels = [np.asarray(source.read(index))[..., :3] for index in range(2 * COUNT)]
    return np.stack(pixels).transpose(0, 3, 1, 2)


def blurred(pictures):
    """Return the average of every 5 x 5 pixels: colours and layout stay."""
    padded = np.pad(pictures.astype(float), ((0, 0), (0, 0), (2, 2), (2, 2)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), axis=(2, 3))
    return windows.mean(axis=(4, 5)).round().astype(np.uint8)


def shuffled(pictures):
    """Return pictures whose 4 x 4 tiles of 16 pixels lie in another order each."""
    rng = np.random.default_rng(0)
    tiles = pictures.reshape(-1, 3, 4, 16, 4, 16).transpose(0, 2, 4, 1, 3, 5)
    tiles = tiles.reshape(-1, 16, 3, 16, 16)
    mixed = np.stack([rng.permutation(picture) for picture in tiles])
    mixed = mixed.reshape(-1, 4, 4, 3, 16, 16).transpose(0, 3, 1, 4, 2, 5)
    return mixed.reshape(pictures.shape)


def test_spoilt_pictures_are_further_away_than_held_out_ones(portraits):
    reference, held_out = portraits[::2], portraits[1::2]
    sets = {
        "held out": held_out,
        "blurred": blurred(held_out),
        "shuffled": shuffled(held_out),
        "one": np.repeat(held_out[:1], COUNT, axis=0),
    }
    features = extractors(["fd_mobilenetv2", "fd_4x4"])
    real = gaussians(reference, features)
    found = {name: gaussians(pictures, features) for name, pictures in sets.items()}
    deep, flat = (
        {name: frechet_distance(of[measure], real[measure]) for name, of in found.items()}
        for measure in features
    )

    assert min(deep["blurred"], deep["shuffled"], deep["one"]) > 1.5 * deep["held out"]
    assert min(flat["shuffled"], flat["one"]) > 1.5 * flat["held out"]
    assert flat["blurred"] < 1.2 * flat["held out"]  # it does not see detail, as it says


def test_blocks_count_like_the_whole(portraits, monkeypatch):
    features = extractors(["fd_4x4"])
    (whole,) = gaussians(portraits, features).values()
    monkeypatch.setattr("train.metrics.features._BLOCK", 7)
    (parts,) = gaussians(portraits, features).values()

    assert parts.count == whole.count == 2 * COUNT
    np.testing.assert_allclose(parts.mean, whole.mean, atol=1e-12)
    np.testing.assert_allclose(parts.covariance, whole.covariance, atol=1e-12)


def test_fd_4x4_reads_the_mean_colours_of_sixteenths(portraits):
    (found,) = gaussians(portraits[:1], extractors(["fd_4x4"])).values()
    expected = portraits[0].reshape(3, 4, 16, 4, 16).mean(axis=(2, 4)) / 127.5 - 1

    np.testing.assert_allclose(found.mean, expected.ravel(), atol=1e-5)
    assert expected.std() > 0.1
