"""The discriminator: every architecture, labels, minibatch deviation, gradients, Freeze-D."""

from __future__ import annotations

import pytest
import torch

from networks.config import DiscriminatorConfig, MappingConfig
from networks.initialise import initialise, randomise, seeded
from networks.model import build_discriminator
from networks.stylegan2_discriminator import StyleGAN2Discriminator, minibatch_std


def _discriminator(**fields: object) -> StyleGAN2Discriminator:
    config = DiscriminatorConfig(
        **({"resolution": 16, "channel_base": 128, "channel_max": 8} | fields)  # type: ignore[arg-type]
    )
    network, rng = build_discriminator(config), seeded(0)
    initialise(network, rng)
    randomise(network, rng)
    network.requires_grad_(False)
    return network


def _images(count: int, channels: int = 3, size: int = 16) -> torch.Tensor:
    return torch.randn([count, channels, size, size], generator=seeded(1))


@pytest.mark.parametrize("architecture", ["resnet", "skip", "orig"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_logits_depend_on_picture_and_label(architecture: str, channels: int):
    network = _discriminator(
        architecture=architecture,
        img_channels=channels,
        c_dim=3,
        mapping=MappingConfig(num_layers=2, w_avg_beta=None),
    )
    img, c = _images(2, channels), torch.eye(3)[:2]
    logits = network(img, c)
    assert logits.shape == (2, 1)
    assert not torch.allclose(logits, network(img, c.flip(0)))
    assert not torch.allclose(logits, network(img * 0.5, c))


def test_groups_are_strided_through_the_batch():
    network = _discriminator(mbstd_group_size=2)
    img = _images(4)
    logits = network(img)
    # Samples 0, 2 and 1, 3 share a group: swapping the pairs swaps the logits.
    torch.testing.assert_close(network(img[[1, 0, 3, 2]]), logits[[1, 0, 3, 2]])
    changed = img.clone()
    changed[2] *= 2
    difference = (network(changed) - logits).abs().flatten()
    assert difference[0] > 1e-6
    assert difference[1] == difference[3] == 0


def test_minibatch_std_of_equal_samples_is_nearly_0_and_known_otherwise():
    x = torch.stack([torch.zeros(2, 1, 1), torch.full([2, 1, 1], 2.0)])
    assert minibatch_std(x, None, 1)[:, 2].flatten().tolist() == pytest.approx([1, 1])
    assert minibatch_std(x, 1, 2).shape == (2, 4, 1, 1)
    assert minibatch_std(x, 1, 1)[:, 2].abs().max() < 1e-3
    with pytest.raises(ValueError, match="a batch of 6 cannot be split into groups of 4"):
        minibatch_std(torch.zeros(6, 2, 1, 1), 4, 1)


def test_no_deviation_maps_make_samples_independent():
    network = _discriminator(mbstd_num_channels=0)
    img = _images(3)
    torch.testing.assert_close(network(img)[:1], network(img[:1]))


def test_gradient_penalty_differentiates_to_the_weights():
    network = _discriminator().requires_grad_(True)
    img = _images(2).requires_grad_()
    (grad,) = torch.autograd.grad(network(img).sum(), img, create_graph=True)
    grad.square().sum().backward()
    weight = network.get_parameter("b16.conv1.weight")
    assert weight.grad is not None
    assert weight.grad.abs().max() > 0


@pytest.mark.parametrize("count", [0, 1, 3, 5, 60])
def test_freeze_layers_turns_that_many_layers_into_buffers(count: int):
    network = build_discriminator(
        DiscriminatorConfig(16, channel_base=128, channel_max=8, freeze_layers=count)
    )
    parameters = {name for name, _ in network.named_parameters()}
    order = [
        *("b16.fromrgb", "b16.conv0", "b16.conv1", "b16.skip"),
        *("b8.conv0", "b8.conv1", "b8.skip"),
    ]
    for index, layer in enumerate(order):
        assert (f"{layer}.weight" in parameters) == (index >= count), layer
    assert "b4.out.weight" in parameters
    names = set(network.state_dict())
    assert names == set(_discriminator().state_dict())


def test_errors_say_what_is_allowed():
    network = _discriminator()
    with pytest.raises(
        ValueError, match=r"img must have shape \[N, 3, 16, 16\], got \[1, 3, 8, 8\]"
    ):
        network(_images(1, size=8))
    with pytest.raises(ValueError, match="takes no label"):
        network(_images(1), torch.ones(1, 2))
    with pytest.raises(ValueError, match="needs a label c"):
        _discriminator(c_dim=2)(_images(1))
    with pytest.raises(ValueError, match="lod must be None"):
        network(_images(1), lod=1.0)
