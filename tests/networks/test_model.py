"""New models: sizes, seeds, fields, and what randomise leaves at 0 or 1."""

from __future__ import annotations

import pytest
import torch

from networks import create_model
from networks.config import StyleGAN3Config
from networks.model import build_discriminator, build_generator, new_configs
from networks.stylegan3 import SynthesisLayer
from networks.stylegan3_schedule import compute_layers
from tests.networks.random_models import KINDS, SMALL, random_labels, random_model

# name, resolution, channel_base, parameters of G, buffers of G, parameters of D
SIZES = [
    ("stylegan2", 256, 32768, 30_034_338, 175_568, 28_864_129),
    ("stylegan2", 256, 16384, 24_767_458, 175_568, 24_001_089),
    ("stylegan2", 512, 32768, 30_276_583, 699_904, 28_982_849),
    ("stylegan2", 1024, 32768, 30_370_060, 2_797_104, 29_012_513),
    ("stylegan3-t", 256, 32768, 28_472_133, 2_456, 28_864_129),
    ("stylegan3-t", 256, 16384, 23_320_443, 2_456, 24_001_089),
    ("stylegan3-t", 512, 32768, 24_873_519, 2_468, 28_982_849),
    ("stylegan3-t", 1024, 32768, 22_313_167, 2_480, 29_012_513),
    ("stylegan3-r", 256, 32768, 18_816_387, 5_576, 28_864_129),
    ("stylegan3-r", 256, 16384, 15_779_565, 5_576, 24_001_089),
    ("stylegan3-r", 512, 32768, 16_665_594, 5_588, 28_982_849),
    ("stylegan3-r", 1024, 32768, 15_093_151, 5_600, 29_012_513),
]


@pytest.mark.parametrize("name, resolution, channel_base, g, buffers, d", SIZES)
def test_sizes_are_the_published_ones(
    name: str, resolution: int, channel_base: int, g: int, buffers: int, d: int
):
    configs = new_configs(name, resolution=resolution, channel_base=channel_base)
    with torch.device("meta"):
        generator, discriminator = build_generator(configs[0]), build_discriminator(configs[1])
    assert sum(p.numel() for p in generator.parameters()) == g
    assert sum(b.numel() for b in generator.buffers()) == buffers
    assert sum(p.numel() for p in discriminator.parameters()) == d


def test_layer_table_of_stylegan3_t_256():
    layers = compute_layers(StyleGAN3Config(256))
    assert " ".join(layer.name for layer in layers) == (
        "L0_36_512 L1_36_512 L2_36_512 L3_52_512 L4_52_512 L5_84_512 L6_84_512 L7_148_512 "
        "L8_148_512 L9_148_362 L10_276_256 L11_276_181 L12_276_128 L13_256_128 L14_256_3"
    )
    third = layers[3]
    assert (third.up_factor, third.down_factor) == (4, 2)
    assert (third.up_taps, third.down_taps) == (24, 12)
    assert third.padding == (-6, -9, -6, -9)
    assert third.out_cutoff == pytest.approx(5.6569, abs=1e-4)
    assert third.out_half_width == pytest.approx(10.3431, abs=1e-4)
    assert [layer.use_fp16 for layer in layers] == [False] * 3 + [True] * 12
    assert [layer.is_critically_sampled for layer in layers] == [False] * 12 + [True] * 3


@pytest.mark.parametrize("name", ["stylegan2", "stylegan3-t", "stylegan3-r"])
@pytest.mark.parametrize("resolution", [4, 8, 16, 64, 128])
def test_any_power_of_two(name: str, resolution: int):
    fields = {"num_layers": 4} if name != "stylegan2" else {}
    model = create_model(
        name, resolution=resolution, randomise=True, **(SMALL | {"channel_max": 4} | fields)
    )
    assert model.discriminator is not None
    ws = model.generator.mapping(torch.randn(2, 16, generator=torch.Generator().manual_seed(0)))
    img = model.generator.synthesis(ws)
    assert img.shape == (2, 3, resolution, resolution)
    assert bool(img.isfinite().all())
    assert model.discriminator(img).shape == (2, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_follow_from_the_seed_and_leave_torchs_generator_alone(kind: str):
    name, resolution, fields = KINDS[kind]

    def states(seed: int) -> list[torch.Tensor]:
        model = create_model(
            name, resolution=resolution, seed=seed, randomise=True, **SMALL, **fields
        )
        assert model.discriminator is not None
        return [*model.generator.state_dict().values(), *model.discriminator.state_dict().values()]

    before = torch.get_rng_state()
    first, again, other = states(3), states(3), states(4)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_randomise_leaves_no_trained_number_at_0_or_1(kind: str):
    model = random_model(kind)
    assert model.discriminator is not None
    for network in (model.generator, model.discriminator):
        for name, tensor in network.state_dict().items():
            if name.endswith(("_filter", "input.transform")):
                continue
            assert bool(((tensor != 0) & (tensor != 1)).all()), name
            assert bool(tensor.isfinite().all()), name


def test_without_randomise_the_network_starts_as_published():
    model = create_model("stylegan3-t", resolution=16, num_layers=4, **SMALL)
    state = model.generator.state_dict()
    assert bool((state["mapping.w_avg"] == 0).all())
    assert state["synthesis.L0_36_12.magnitude_ema"] == 1
    assert bool((state["synthesis.input.affine.weight"] == 0).all())
    assert state["synthesis.input.affine.bias"].tolist() == [1, 0, 0, 0]
    assert bool((state["synthesis.L0_36_12.affine.bias"] == 1).all())
    # lr multiplier 0.01: weights are stored 100 times as large as they act.
    assert state["mapping.fc0.weight"].std() == pytest.approx(100, rel=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_models_come_ready_for_use(kind: str):
    model = random_model(kind)
    assert model.discriminator is not None
    for network in (model.generator, model.discriminator):
        assert not network.training
        assert not any(p.requires_grad for p in network.parameters())
        assert all(p.dtype == torch.float32 for p in network.parameters())
    img = torch.zeros(2, model.info.img_channels, model.info.resolution, model.info.resolution)
    assert model.discriminator(img, random_labels(model)).shape == (2, 1)


def test_an_unknown_field_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"stylegan2 has no field chanel_base; .*channel_base"):
        create_model("stylegan2", resolution=16, chanel_base=3)
    with pytest.raises(ValueError, match="no architecture 'stylegan4'; there are stylegan2, "):
        create_model("stylegan4", resolution=16)
    with pytest.raises(ValueError, match=r"power of two in \[4, 4096\], got 24"):
        create_model("stylegan2", resolution=24)


def test_r_doubles_the_generators_widths_only():
    g, d = new_configs("stylegan3-r", resolution=64, channel_base=2048, channel_max=32)
    assert isinstance(g, StyleGAN3Config)
    assert (g.channel_base, g.channel_max, g.conv_kernel) == (4096, 64, 1)
    assert g.use_radial_filters
    assert (d.channel_base, d.channel_max) == (2048, 32)
    g, d = new_configs("stylegan3-r", resolution=64)
    assert (g.channel_base, g.channel_max, d.channel_base) == (65536, 1024, 32768)


def test_discriminator_fields_have_their_prefix():
    _, d = new_configs("stylegan2", resolution=16, c_dim=2, d_architecture="orig", map_depth=3)
    assert (d.architecture, d.c_dim, d.mapping.num_layers) == ("orig", 2, 8)


def test_layers_given_by_a_file_win_over_the_formulas():
    config = StyleGAN3Config(16, num_layers=4, z_dim=8, w_dim=8, channel_base=128, channel_max=8)
    layers = compute_layers(config)
    fields = config.to_json() | {"layers": [layer.to_json() for layer in layers]}
    fields["layers"][1]["name"] = "special"
    fields["layers"][1]["conv_clamp"] = 0.01
    generator = build_generator(StyleGAN3Config.from_json(fields))
    assert [step.name for step in generator.steps()][2] == "special"
    special = generator.synthesis.get_submodule("special")
    assert isinstance(special, SynthesisLayer)
    assert special.layer.conv_clamp == 0.01


def test_strict_loading_by_name():
    model = random_model("stylegan2-skip")
    twin = build_generator(new_configs("stylegan2", resolution=32, map_depth=2, **SMALL)[0])
    twin.load_state_dict(model.generator.state_dict())
    ws = torch.ones(1, model.info.num_ws, model.info.w_dim)
    with torch.no_grad():  # where gradients are wanted, layers are computed in pieces
        assert torch.equal(twin.synthesis(ws), model.generator.synthesis(ws))
