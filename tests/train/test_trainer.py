"""The trainer as a whole: what it learns, what it leaves alone, what surrounds it."""

from typing import Any

import numpy as np
import pytest
import torch

from networks import create_model, save_model
from tests.train.tiny import config_of, pictures, trainer_of
from train import checkpoint
from train.data_set import ArrayPictures
from train.errors import ConfigError, RunError
from train.estimate import check_memory, forecast, measure
from train.layout import numbered
from train.metrics.frechet import frechet_distance
from train.score import gaussian
from train.sheet import diversity, make_pictures
from train.trainer import frozen
from train.transfer import transfer


def state(network):
    return {key: value.clone() for key, value in network.state_dict().items()}


def test_a_step_leaves_no_gradients_and_thaws_everything():
    trainer, feed = trainer_of(pictures())
    trainer.step(feed.take())

    networks = trainer.networks
    for network in (networks.generator, networks.discriminator):
        assert all(p.grad is None and p.requires_grad for p in network.parameters())
    assert not any(p.requires_grad for p in networks.average.parameters())
    assert trainer.cur_nimg == 4


def test_frozen_network_gets_no_gradients():
    layer = torch.nn.Linear(2, 2)
    with frozen(layer):
        assert not layer(torch.ones(1, 2)).requires_grad
    assert layer(torch.ones(1, 2)).requires_grad


def test_sheets_and_scores_leave_the_training_alone():
    one, feed = trainer_of(pictures())
    other, other_feed = trainer_of(pictures())
    for _ in range(2):
        one.step(feed.take())
        other.step(other_feed.take())
        before = state(one.networks.generator)
        make_pictures(one.networks.average, 3, 5, None)
        measure(one.config, pictures().shape, max_secs=0.0)
        assert all(torch.equal(before[k], v) for k, v in state(one.networks.generator).items())

    a, b = checkpoint.state_tensors(one), checkpoint.state_tensors(other)
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_freeze_d_keeps_the_first_layers(tmp_path):
    data = pictures()
    model = create_model("stylegan2", resolution=8, z_dim=8, w_dim=8, channel_base=64)
    save_model(model, tmp_path / "m.safetensors")
    fields = {"transfer": str(tmp_path / "m.safetensors"), "freeze_d": 3}
    trainer, feed = trainer_of(data, **fields)
    before = state(trainer.networks.discriminator)
    trainer.step(feed.take())
    after = state(trainer.networks.discriminator)

    same = {key for key in before if torch.equal(before[key], after[key])}
    assert {"b8.fromrgb.weight", "b8.conv0.weight", "b8.conv1.weight"} <= same
    assert "b8.skip.weight" not in same
    assert "b4.conv.weight" not in same


def test_transfer_takes_what_fits_and_reports_the_rest(tmp_path):
    fields: dict[str, Any] = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8}
    source = create_model("stylegan2", resolution=16, seed=9, c_dim=2, map_depth=3, **fields)
    save_model(source, tmp_path / "m.safetensors")
    trainer, _ = trainer_of(pictures())

    reports = {r.network: r for r in transfer(tmp_path / "m.safetensors", trainer.networks)}

    g = reports["generator"]
    assert "synthesis.b8.conv1.weight" in g.taken
    assert "mapping.fc0.weight" in g.misshapen  # the source maps labels, too
    assert g.missing == ()
    mine, theirs = trainer.networks.generator, source.generator
    key = "synthesis.b8.conv1.weight"
    assert torch.equal(mine.state_dict()[key], theirs.state_dict()[key])
    assert "another shape: mapping.fc0.weight" in g.sentence()


def test_a_model_without_classes_goes_into_one_with_classes_and_keeps_its_variety(tmp_path):
    fields: dict[str, Any] = {"z_dim": 8, "w_dim": 8, "channel_base": 64, "channel_max": 8}
    source = create_model("stylegan2", resolution=8, seed=9, map_depth=2, **fields)
    save_model(source, tmp_path / "m.safetensors")
    trainer, _ = trainer_of(pictures(c_dim=3), conditional=True, map_depth=2)

    report = transfer(tmp_path / "m.safetensors", trainer.networks)[0]

    assert report.widened == ("mapping.fc0.weight",)
    assert "made wider for the classes" in report.sentence()
    z, c = torch.randn(3, 8), torch.eye(3)
    mine = trainer.networks.generator.mapping.w(z, c)
    torch.testing.assert_close(mine, source.generator.mapping.w(z))
    # The classes begin without weight, but not without gradient.
    mine.square().sum().backward()
    weight = trainer.networks.generator.mapping.get_parameter("fc0.weight")
    assert weight.grad is not None
    assert weight.grad[:, 8:].abs().max() > 0


def test_last_and_best_checkpoints_are_kept(tmp_path):
    trainer, _ = trainer_of(pictures())
    for nimg, score in ((4, 3.0), (8, 1.0), (12, 2.0), (16, None), (20, 5.0)):
        trainer.cur_nimg = nimg
        checkpoint.save(tmp_path, trainer, {}, keep=2, score=score)

    assert [n for n, _ in numbered(tmp_path)] == [8, 16, 20]
    assert checkpoint.best_score(tmp_path) == 1.0


def test_all_damaged_is_an_error_not_a_fresh_start(tmp_path):
    trainer, _ = trainer_of(pictures())
    path = checkpoint.save(tmp_path, trainer, {}, keep=2)
    path.write_bytes(path.read_bytes()[:500])
    said = []
    with pytest.raises(RunError, match="all 1 checkpoints of this run are damaged"):
        checkpoint.load_newest(tmp_path, trainer, said.append)
    assert len(said) == 1
    assert checkpoint.load_newest(tmp_path / "none", trainer, said.append) is None


def test_memory_forecast_and_refusal():
    shape = pictures().shape
    small = forecast(config_of(shape), shape)
    large = forecast(config_of(shape, batch=8), shape)

    assert small.fixed_bytes == large.fixed_bytes
    assert small.per_sample_bytes == large.per_sample_bytes > 8 * 8 * 8 * 4
    gigabytes = (small.needed_bytes + 1) / 2**30
    wide = config_of(shape, batch=1024, memory_gb=gigabytes)
    with pytest.raises(ConfigError, match=r"which is too much; --batch-gpu \d+ needs"):
        check_memory(wide, shape)
    with pytest.raises(ConfigError, match="fewer channels"):
        check_memory(config_of(shape, memory_gb=0.1), shape)
    assert check_memory(config_of(shape, memory_gb=gigabytes), shape).fits


def test_pictures_that_wait_for_their_round_are_forecast():
    """StyleGAN3's rounds go through each layer together (train.averages)."""
    shape = pictures(resolution=16).shape
    fields = {"config": "stylegan3-t", "batch_gpu": 2, "batch": 2}
    alone, two, four = (
        forecast(config_of(shape, **{**fields, "batch": n}), shape).needed_bytes for n in (2, 4, 8)
    )

    assert four - two == pytest.approx(2 * (two - alone), abs=2)
    assert two > alone


def test_score_and_diversity():
    rng = torch.Generator().manual_seed(0)
    a, b = (torch.randn(64, 3, 8, 8, generator=rng) for _ in range(2))

    assert frechet_distance(gaussian(a), gaussian(a)) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(gaussian(a + 1), gaussian(a)) == pytest.approx(48)
    near, far = gaussian(b), gaussian(2 * b)
    assert frechet_distance(gaussian(a), near) < frechet_distance(gaussian(a), far)
    assert diversity(a[:1].expand(5, -1, -1, -1)) == 0


@pytest.mark.slow
def test_overfits_one_batch():
    """Four pictures of two colours each: made ones come much nearer to them than their mean is."""
    rng = np.random.default_rng(0)
    pixels = np.repeat(rng.integers(0, 256, [4, 3, 2, 1]), 4, axis=2).repeat(8, axis=3)
    data = ArrayPictures(pixels.astype(np.uint8))
    reals = torch.from_numpy(pixels).float() / 127.5 - 1
    fields = {"augment": "none", "gamma": 0.05, "g_lr": 0.005, "d_lr": 0.005, "batch": 8}
    trainer, feed = trainer_of(data, **fields, channel_base=256, channel_max=32)

    def nearest(img):
        return float((img[:, None] - reals[None]).square().mean([2, 3, 4]).amin(dim=1).mean())

    for _ in range(600):
        trainer.step(feed.take())

    img = make_pictures(trainer.networks.average, 0, 32, None)
    assert nearest(img) < 0.2 * nearest(reals.mean(dim=0, keepdim=True))
