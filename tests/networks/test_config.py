"""Configurations: JSON there and back, and every wrong value named."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from networks.config import (
    DiscriminatorConfig,
    MappingConfig,
    StyleGAN2Config,
    StyleGAN3Config,
    StyleGAN3Layer,
)
from networks.info import LayerInfo, ModelInfo, Source
from networks.stylegan3_schedule import compute_layers

EXAMPLES = [
    StyleGAN2Config(64, c_dim=3, architecture="resnet", conv_clamp=None, channels=(8, 8, 4, 4, 2)),
    StyleGAN3Config(64, mapping=MappingConfig(num_layers=3, embed_features=5)),
    StyleGAN3Config(32, layers=compute_layers(StyleGAN3Config(32))),
    DiscriminatorConfig(16, cmap_dim=7, c_dim=2, mbstd_group_size=None, freeze_layers=3),
    compute_layers(StyleGAN3Config(32))[3],
    MappingConfig(w_avg_beta=None),
    ModelInfo(
        architecture="stylegan2",
        resolution=8,
        img_channels=3,
        z_dim=4,
        c_dim=0,
        w_dim=4,
        num_ws=4,
        layers=(LayerInfo("b4.conv1", 4, 8, (0,), ("noise",)),),
        parameters=10,
        source=Source("a.pkl", "00"),
        class_names=("cat",),
        has_noise=True,
    ),
]


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_json_there_and_back_is_the_same(value: Any):
    assert type(value).from_json(json.loads(json.dumps(value.to_json()))) == value


@pytest.mark.parametrize(
    "cls, change, sentence",
    [
        (StyleGAN2Config, {"resolution": 48}, r"resolution must be a power of two in \[4, 4096\]"),
        (StyleGAN2Config, {"resolution": 2**20}, "resolution must be a power of two"),
        (StyleGAN2Config, {"resolution": True}, "resolution must be a power of two"),
        (StyleGAN2Config, {"z_dim": 10**9}, r"z_dim must be an integer in \[0, 8192\]"),
        (StyleGAN2Config, {"z_dim": 0}, "must not both be 0"),
        (StyleGAN2Config, {"w_dim": 0.5}, r"w_dim must be an integer in \[1, 8192\], got 0.5"),
        (StyleGAN2Config, {"conv_clamp": float("nan")}, "conv_clamp must be a number"),
        (StyleGAN2Config, {"architecture": "vgg"}, "architecture must be one of skip, resnet"),
        (StyleGAN2Config, {"use_noise": 1}, "use_noise must be true or false"),
        (StyleGAN2Config, {"channels": [8]}, "channels must be a list of 3 to 3"),
        (StyleGAN2Config, {"resample_filter": []}, "resample_filter must be a list"),
        (StyleGAN2Config, {"mapping": {"num_layers": -1}}, r"mapping.num_layers must be"),
        (StyleGAN2Config, {"mapping": 3}, "mapping must be an object"),
        (StyleGAN2Config, {"zdim": 3}, "StyleGAN2Config has no field zdim; its fields are"),
        (StyleGAN3Config, {"num_layers": 65}, r"num_layers must be an integer in \[1, 64\]"),
        (StyleGAN3Config, {"num_critical": 14}, r"num_critical must be an integer in \[0, 13\]"),
        (StyleGAN3Config, {"filter_size": 10**6}, "filter_size must be"),
        (StyleGAN3Config, {"layers": [{}] * 65}, "layers must be a list of 1 to 64"),
        (StyleGAN3Config, {"layers": [{}]}, "StyleGAN3Layer lacks the field name"),
        (StyleGAN3Config, {"layers": []}, "layers must be a list of 1 to 64"),
        (DiscriminatorConfig, {"mbstd_group_size": 0}, "mbstd_group_size must be"),
        (DiscriminatorConfig, {"c_dim": 3, "cmap_dim": 0}, "cmap_dim must be"),
        (DiscriminatorConfig, {"activation": "magic"}, "activation must be one of linear, relu"),
    ],
)
def test_a_wrong_value_is_named(cls: Any, change: dict[str, Any], sentence: str):
    with pytest.raises(ValueError, match=sentence):
        cls.from_json({"resolution": 16} | change)


def test_layers_that_do_not_fit_together_are_refused():
    layers = [layer.to_json() for layer in compute_layers(StyleGAN3Config(16))]
    layers[2]["in_channels"] += 1
    with pytest.raises(ValueError, match=r"L2_36_512 takes 513 channels .* L1_36_512 gives 512"):
        StyleGAN3Config.from_json({"resolution": 16, "layers": layers})
    with pytest.raises(ValueError, match="padding must be a list of 4 to 4"):
        StyleGAN3Layer.from_json(layers[0] | {"padding": [1, 2]})
    with pytest.raises(ValueError, match="name must be 1 to 64 letters"):
        StyleGAN3Layer.from_json(layers[0] | {"name": "a.b"})


def test_missing_and_shapeless_json_is_refused():
    with pytest.raises(ValueError, match="lacks the field resolution"):
        StyleGAN2Config.from_json({})
    with pytest.raises(ValueError, match="must be an object with named fields"):
        StyleGAN2Config.from_json([1])


def test_info_config_and_errors_do_not_import_torch():
    code = (
        "import sys, networks, networks.config, networks.info, networks.errors\n"
        "assert 'torch' not in sys.modules\n"
        "assert 'create_model' in dir(networks)\n"
        "networks.create_model\n"
        "assert 'torch' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
