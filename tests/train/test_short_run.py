"""A few kimg on portraits of 16 pixels: pictures come nearer to the reals than structured noise."""

import numpy as np
import pytest
import torch

from tests.train.tiny import trainer_of
from train.data.demo.drawn import draw_many
from train.data_set import ArrayPictures
from train.metrics.frechet import frechet_distance
from train.score import gaussian
from train.sheet import make_pictures

COUNT, RESOLUTION = 512, 16
KIMG = 3.2
RECIPE = {
    "config": "stylegan2",
    "augment": "none",
    "mirror": True,
    "batch": 16,
    "mbstd_group": 4,
    "z_dim": 32,
    "w_dim": 32,
    "map_depth": 2,
    "channel_base": 512,
    "channel_max": 32,
    "gamma": 0.05,
    "pl_weight": 0.0,
    "style_mixing": 0.0,
    "g_lr": 0.004,
    "d_lr": 0.004,
    "ema_kimg": 0.5,
}


@pytest.fixture(scope="module")
def pixels():
    """uint8 [N, 3, R, R]."""
    return draw_many("toon-head", range(COUNT), RESOLUTION).transpose(0, 3, 1, 2)


def distance_to(pixels, img):
    return frechet_distance(gaussian(img), gaussian(as_floats(pixels)))


def as_floats(pixels):
    return torch.from_numpy(np.ascontiguousarray(pixels)).float() / 127.5 - 1


def mean_plus_noise(pixels):
    """The mean picture with noise of each pixel's own variance: all that needs no learning."""
    reals = as_floats(pixels)
    noise = torch.randn(reals.shape, generator=torch.Generator().manual_seed(0))
    return reals.mean(dim=0) + noise * reals.std(dim=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_short_run_is_nearer_than_the_mean_picture_with_noise(pixels, seed):
    trainer, feed = trainer_of(ArrayPictures(pixels), seed=seed, **RECIPE)
    while trainer.cur_nimg < KIMG * 1000:
        trainer.step(feed.take())
    made = make_pictures(trainer.networks.average, 0, COUNT, None)

    assert distance_to(pixels, made) < distance_to(pixels, mean_plus_noise(pixels))
