"""Names and meanings that scripts outside this repository rely on: they may grow, not change."""

import dataclasses
import inspect

import pytest
import torch

import cuda_ops
import networks
from cuda_ops import bias_act, filtered_lrelu, upfirdn2d
from explorer.cli import COMMANDS
from networks import ModelFileError, create_model, load_model, save_model

SMALL = {"resolution": 16, "z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8}
NAMES = ("stylegan2", "stylegan3-t", "stylegan3-r")
SYNTHESIS = {
    "noise": "const",
    "noise_seed": 0,
    "noise_strength": 1.0,
    "input_transform": None,
    "lod": None,
}


def defaults(function):
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


def positional(function):
    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and name != "self"
    ]


def test_what_networks_offers():
    assert issubclass(ModelFileError, Exception)
    assert networks.ModelFileError is ModelFileError
    assert {"create_model", "load_model", "save_model", "ModelFileError"} <= set(networks.__all__)
    with pytest.raises(ModelFileError, match=r"no-such\.pkl"):
        load_model("no-such.pkl")


@pytest.mark.parametrize("name", NAMES)
def test_signatures(name):
    generator = create_model(name, seed=0, randomise=False, **SMALL).generator
    assert positional(generator.mapping.forward)[:4] == ["z", "c", "psi", "cutoff"]
    assert defaults(generator.mapping.forward) == {"c": None, "psi": 1.0, "cutoff": None}
    assert positional(generator.synthesis.forward)[0] == "ws"
    assert positional(generator.synthesis.forward)[1:] == list(SYNTHESIS)
    assert SYNTHESIS.items() <= defaults(generator.synthesis.forward).items()
    assert positional(generator.capture) == ["ws", "layer"]
    model = create_model(name, **SMALL)
    assert positional(model.discriminator.forward)[:3] == ["img", "c", "lod"]


@pytest.mark.parametrize("name", NAMES)
def test_info_says_what_a_model_is_and_cannot_be_changed(name):
    model = create_model(name, **SMALL, c_dim=3, img_channels=4)
    info = model.info
    assert info.architecture == name
    assert (info.resolution, info.img_channels) == (16, 4)
    assert (info.z_dim, info.c_dim, info.w_dim) == (8, 3, 8)
    assert info.num_ws == (6 if name == "stylegan2" else 16)
    assert info.parameters == sum(p.numel() for p in model.generator.parameters())
    assert info.source is None
    assert [layer.name for layer in info.layers][-1] == "output"
    assert all(layer.resolution > 0 and layer.channels > 0 for layer in info.layers)
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.resolution = 32  # type: ignore[misc]
    hash(info)


@pytest.mark.parametrize("name", NAMES)
def test_capture_takes_what_synthesis_takes(name):
    generator = create_model(name, randomise=True, **SMALL).generator
    ws = torch.ones(2, generator.num_ws, 8)
    options = SYNTHESIS | {"noise": "random", "noise_seed": [3, 4], "noise_strength": 0.5}
    img = generator.synthesis(ws, **options)
    assert torch.equal(generator.capture(ws, "output", **options), img)
    assert torch.equal(generator.synthesis(ws, "random", [3, 4], 0.5, None, None), img)
    assert img.dtype == torch.float32
    if name == "stylegan2":
        assert not torch.equal(img[0], img[1])
        assert not torch.equal(img, generator.synthesis(ws))


def test_published_defaults():
    two = create_model("stylegan2", resolution=64, channel_base=512).generator.config
    assert (two.z_dim, two.w_dim, two.mapping.num_layers) == (512, 512, 8)
    assert (two.num_fp16_res, two.conv_clamp, two.architecture) == (4, 256, "skip")
    assert (two.mapping.lr_multiplier, two.mapping.w_avg_beta) == (0.01, 0.998)
    plain = type(two)(256)
    assert (plain.channel_base, plain.channel_max, plain.resample_filter) == (
        32768,
        512,
        (1, 3, 3, 1),
    )
    for name, kernel, radial in (("stylegan3-t", 3, False), ("stylegan3-r", 1, True)):
        config = create_model(name, resolution=64, channel_base=512).generator.config
        assert (config.z_dim, config.w_dim, config.mapping.num_layers) == (512, 512, 2)
        assert (config.num_layers, config.num_critical, config.margin_size) == (14, 2, 10)
        assert (config.first_cutoff, config.output_scale) == (2, 0.25)
        assert (config.first_stopband, config.last_stopband_rel) == (2**2.1, 2**0.3)
        assert (config.filter_size, config.lrelu_upsampling) == (6, 2)
        assert (config.conv_kernel, config.use_radial_filters) == (kernel, radial)
        assert (config.num_fp16_res, config.conv_clamp) == (4, 256)


def test_fields_may_be_written_as_the_published_code_does():
    mapping_kwargs = {"num_layers": 3, "embed_features": 5, "layer_features": 6}
    fields = SMALL | {"c_dim": 2, "mapping_kwargs": mapping_kwargs, "resample_filter": [1, 2, 1]}
    model = create_model("stylegan2", **fields, num_fp16_res=0, conv_clamp=None)
    config = model.generator.config
    assert (config.mapping.num_layers, config.mapping.embed_features) == (3, 5)
    assert config.mapping.layer_features == 6
    assert config.resample_filter == (1, 2, 1)
    assert (model.discriminator.config.num_fp16_res, model.discriminator.config.conv_clamp) == (
        0,
        None,
    )
    with pytest.raises(ValueError, match="mapping has no field depth"):
        create_model("stylegan2", **SMALL, mapping_kwargs={"depth": 3})


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_saved(name, tmp_path):
    model = create_model(name, randomise=True, seed=5, c_dim=2, **SMALL)
    save_model(model, tmp_path / "a.safetensors")
    again = load_model(tmp_path / "a.safetensors")
    for role in ("generator", "discriminator"):
        ours, theirs = getattr(again, role).state_dict(), getattr(model, role).state_dict()
        assert list(ours) == list(theirs)
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
        buffers = {name for name, _ in getattr(model, role).named_buffers()}
        assert buffers <= set(theirs), "a buffer that is not saved is not exact"


def test_operators_and_their_status():
    for function in (bias_act, upfirdn2d, filtered_lrelu):
        assert defaults(function)["impl"] == "auto"
    names = {op.op for op in cuda_ops.status().ops}
    assert names == {"bias_act", "upfirdn2d", "filtered_lrelu", "modulated_conv2d"}
    assert all(op.reason for op in cuda_ops.status().ops)


def test_commands():
    assert {"test", "inspect", "convert", "render"} <= set(COMMANDS)
