"""Configurations: published defaults, refusals in sentences, JSON."""

import json

import pytest

from train.checks import pipe
from train.config import FIELDS, DataShape, TrainConfig, field_type
from train.errors import ConfigError
from train.presets import PRESETS
from train.start import prepare

SHAPE = DataShape(256, 3, 10, 5000)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_possible_and_survives_json(name):
    shape = DataShape({"cifar": 32, "paper512": 512, "paper1024": 1024}.get(name, 256))
    config = prepare(TrainConfig(config=name), shape)

    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert prepare(config, shape) == config


def test_published_defaults():
    t = prepare(TrainConfig(config="stylegan3-t"), SHAPE)
    ada = prepare(TrainConfig(config="stylegan2-ada"), SHAPE)
    two = prepare(TrainConfig(config="stylegan2"), SHAPE)

    assert (t.g_lr, t.d_lr, t.gamma, t.map_depth, t.pl_weight) == (0.0025, 0.002, 2.0, 2, 0)
    assert (ada.batch, ada.ema_kimg, ada.gamma) == (16, 5.0, pytest.approx(0.0002 * 256**2 / 16))
    assert (two.gamma, two.map_depth, two.style_mixing, two.channel_base) == (10, 8, 0.9, 32768)
    assert prepare(TrainConfig(config="stylegan3-r"), SHAPE).blur_fade_kimg == 200


def test_starting_from_a_model_quickens_ada_and_drops_blur(tmp_path):
    (tmp_path / "m.pkl").touch()
    warm = TrainConfig(config="stylegan3-r", transfer=str(tmp_path / "m.pkl"))
    config = prepare(warm, SHAPE)

    assert (config.ada_kimg, config.blur_sigma, config.ema_rampup) == (100, 0, 0)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"config": "stylegan4"}, "config must be one of"),
        ({"batch": 7, "gpus": 2}, "batch 7 cannot be shared evenly by 2 processes"),
        ({"batch": 32, "batch_gpu": 5}, "batch 32 cannot be made of 1 x batch_gpu 5"),
        ({"batch_gpu": 8, "batch": 16, "mbstd_group": 3}, "choose mbstd_group among the divisors"),
        ({"resolution": 128}, "dataset ... --resolution 128"),
        ({"gamma": -1.0}, r"gamma must be a number in \[0"),
        ({"gamma": float("nan")}, "gamma must be a finite number"),
        ({"augment": "always"}, "augment must be one of none, ada, fixed"),
        ({"augment_pipe": "bgx"}, "augment_pipe must be one of"),
        ({"freeze_d": 4}, "needs a model to transfer from"),
        ({"transfer": "/nowhere.pkl"}, "there is no file"),
        ({"config": "stylegan3-t", "use_noise": False}, "no noise inputs"),
        ({"layers": 8}, "those of stylegan2 follow from the resolution"),
        ({"config": "stylegan3-t", "layers": 2}, r"layers must be an integer in \[3, 64\]"),
        ({"batch": "8"}, "batch must be of type int, got '8'"),
    ],
)
def test_impossible_is_refused_in_a_sentence(fields, words):
    with pytest.raises(ConfigError, match=words):
        prepare(TrainConfig(**fields), SHAPE)


def test_refusals_that_depend_on_the_data():
    with pytest.raises(ConfigError, match="needs labels"):
        prepare(TrainConfig(conditional=True), DataShape(64))
    with pytest.raises(ConfigError, match="2 channels; take bg"):
        prepare(TrainConfig(config="stylegan2-ada"), DataShape(64, 2))
    with pytest.raises(ConfigError, match="power of two"):
        prepare(TrainConfig(), DataShape(48))
    with pytest.raises(ConfigError, match="at least 16 pixels"):
        prepare(TrainConfig(config="stylegan3-t"), DataShape(8))


def test_every_field_has_a_group_a_meaning_and_a_type():
    for name, field in FIELDS.items():
        assert field.metadata["help"]
        assert field.metadata["group"]
        assert field_type(name)[0] in (bool, int, float, str)


def test_pipes():
    assert pipe("bgc") == ("blit", "geom", "color")
    assert pipe("noise, cutout") == ("noise", "cutout")
