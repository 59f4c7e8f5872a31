"""Parity of every PyTorch golden file: mapping, pictures, layers, discriminator, filters."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from networks.equivariance import decibels, measure_equivariance
from networks.stylegan3 import StyleGAN3Synthesis, SynthesisLayer
from networks.stylegan3_filters import layer_filters
from networks.stylegan3_schedule import compute_layers
from tests.golden import TOLERANCE, golden_error, load_golden
from tests.networks.golden_models import NAMES, STYLEGAN3, golden_model, label

each_network = pytest.mark.parametrize("name", NAMES)
each_stylegan3 = pytest.mark.parametrize("name", STYLEGAN3)


@each_network
@pytest.mark.parametrize(
    "key, psi, cutoff", [("w", 1.0, None), ("w_psi0.7", 0.7, None), ("w_psi0.5_cutoff4", 0.5, 4)]
)
def test_mapping(name: str, key: str, psi: float, cutoff: int | None):
    model, golden = golden_model(name)
    ws = model.generator.mapping(torch.tensor(golden["z"]), label(golden), psi=psi, cutoff=cutoff)
    assert golden_error(ws, golden[key]) < TOLERANCE


@each_network
@pytest.mark.parametrize("ws, img", [("w", "img"), ("w_psi0.7", "img_psi0.7")])
def test_images(name: str, ws: str, img: str):
    model, golden = golden_model(name)
    assert (
        golden_error(model.generator.synthesis(torch.tensor(golden[ws])), golden[img]) < TOLERANCE
    )


@each_network
def test_image_without_noise(name: str):
    model, golden = golden_model(name)
    img = model.generator.synthesis(torch.tensor(golden["w"]), noise="none")
    expected = golden["img_noise_none"] if model.info.has_noise else golden["img"]
    assert golden_error(img, expected) < TOLERANCE


@each_network
def test_style_mixing(name: str):
    model, golden = golden_model(name)
    half = model.generator.num_ws // 2
    ws = torch.tensor(golden["w"])
    mixed = torch.cat([ws[:1, :half], ws[1:, half:]], dim=1)
    assert golden_error(model.generator.synthesis(mixed), golden["img_mix_half"]) < TOLERANCE


@each_network
def test_every_layer(name: str):
    model, golden = golden_model(name)
    ws = torch.tensor(golden["w"][:1])
    layers = [key[len("layer/") :] for key in golden if key.startswith("layer/")]
    assert sorted(layers) == sorted(layer.name for layer in model.info.layers)
    for layer, info in ((i.name, i) for i in model.info.layers):
        activation = model.generator.capture(ws, layer)
        assert golden_error(activation, golden[f"layer/{layer}"]) < TOLERANCE, layer
        assert activation.shape[1:] == (info.channels, info.resolution, info.resolution), layer


@each_stylegan3
@pytest.mark.parametrize("kind", ["rot30", "shift", "both"])
def test_input_transform(name: str, kind: str):
    model, golden = golden_model(name)
    ws = torch.tensor(golden["w"][:1])
    img = model.generator.synthesis(ws, input_transform=golden[f"transform/{kind}"])
    assert golden_error(img, golden[f"img_{kind}"]) < TOLERANCE


@each_network
def test_discriminator_to_first_order(name: str):
    model, golden = golden_model(name)
    assert model.discriminator is not None
    img = torch.tensor(golden["d_input"], requires_grad=True)
    logits = model.discriminator(img, label(golden, "d_label"))
    assert golden_error(logits.detach(), golden["d_logits"]) < TOLERANCE
    (grad,) = torch.autograd.grad(logits.sum(), img)
    assert golden_error(grad, golden["d_input_grad"]) < TOLERANCE
    assert golden_error(grad.square().sum([1, 2, 3]), golden["d_r1_per_image"]) < TOLERANCE


@each_network
def test_info_agrees_with_what_the_file_says(name: str):
    model, golden = golden_model(name)
    meta = golden["meta_json"]["G"]
    assert model.info.num_ws == meta["num_ws"]
    assert model.info.resolution == meta["init_kwargs"]["img_resolution"]
    assert model.info.img_channels == meta["init_kwargs"]["img_channels"]
    for field in ("z_dim", "c_dim", "w_dim"):
        assert getattr(model.info, field) == meta["init_kwargs"][field]
    assert name.startswith(model.info.architecture)
    assert model.info.has_input_transform == (name in STYLEGAN3)


@each_stylegan3
def test_computed_schedule_and_filters_equal_the_stored_ones(name: str):
    model, golden = golden_model(name)
    config = model.generator.synthesis.config
    assert isinstance(model.generator.synthesis, StyleGAN3Synthesis)
    stored = model.generator.synthesis.layers
    computed = compute_layers(config)
    names = [layer.name for layer in computed]
    assert names == [layer.name for layer in stored]
    assert names == [key[len("layer/") :] for key in golden if key.startswith("layer/L")]
    for ours, theirs in zip(computed, stored, strict=True):
        for field, value in ours.to_json().items():
            expected = theirs.to_json()[field]
            if isinstance(value, float):
                expected = pytest.approx(expected, rel=1e-12)
            assert value == expected, (ours.name, field)
        module = model.generator.synthesis.get_submodule(ours.name)
        assert isinstance(module, SynthesisLayer)
        buffers = (module.up_filter, module.down_filter)
        for f, buffer in zip(layer_filters(ours), buffers, strict=True):
            assert (f is None) == (buffer is None), ours.name
            if f is not None and buffer is not None:
                assert np.abs(f - buffer.numpy()).max() < 1e-6, ours.name


@pytest.mark.parametrize("name", ["stylegan3-t-64", "stylegan3-r-cond-32"])
def test_equivariance(name: str):
    model, _ = golden_model(name)
    golden = {
        key.split("/")[1]: value
        for key, value in load_golden("pytorch/equivariance.npz").items()
        if key.startswith(f"{name}/")
    }
    ws = model.generator.mapping(torch.tensor(golden["z"]), label(golden))
    sums = np.zeros([len(ws), 6])
    for i in range(len(ws)):
        w, t = ws[i : i + 1], tuple(float(v) for v in golden["t"][i])
        whole = measure_equivariance(model.generator, w, "eq_t", t)
        assert whole is not None
        frac = measure_equivariance(model.generator, w, "eq_t_frac", t, original=whole.original)
        turned = measure_equivariance(
            model.generator, w, "eq_r", float(golden["angle"][i]), original=whole.original
        )
        assert frac is not None
        assert turned is not None
        sums[i] = [v for m in (whole, frac, turned) for v in (m.squared_error, m.mask_sum)]
        if i == 0:
            assert golden_error(whole.original, golden["orig"]) < TOLERANCE
            assert golden_error(frac.reference, golden["frac_ref"]) < TOLERANCE
            assert golden_error(turned.reference, golden["rot_ref"]) < TOLERANCE
            assert golden_error(turned.moved, golden["rot_pseudo"]) < TOLERANCE
            np.testing.assert_array_equal(frac.mask, golden["frac_mask"])
            np.testing.assert_array_equal(turned.mask, golden["rot_mask"])
    np.testing.assert_array_equal(sums[:, 1::2], golden["sums"][:, 1::2])
    # The errors are differences of nearly equal float32 pictures (98 dB), hence the looseness.
    np.testing.assert_allclose(sums[:, ::2], golden["sums"][:, ::2], rtol=1e-2)
    total = sums.sum(axis=0)
    db = [decibels(total[i], total[i + 1]) for i in (0, 2, 4)]
    np.testing.assert_allclose(db, golden["db_eqt_eqtfrac_eqr"], atol=0.1)
