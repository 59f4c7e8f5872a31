"""Two processes compute what one does."""

import pytest
import torch
import torch.multiprocessing

from tests.train.tiny import pictures, trainer_of
from train import distributed
from train.checkpoint import state_tensors
from train.distributed import Ranks, shard_samples

SG2 = {"augment": "fixed", "augment_p": 0.7, "batch": 8, "mbstd_group": 2, "conditional": True}
SG3 = {"config": "stylegan3-t", "augment": "ada", "batch": 4, "mbstd_group": 2, "blur_sigma": 2.0}


def train(ranks, steps, resolution, fields):
    """Return the weights after some steps and the gradients of the first two phases."""
    torch.set_num_threads(1)
    c_dim = 2 if fields.get("conditional") else 0
    data = pictures(resolution=resolution, c_dim=c_dim)
    trainer, feed = trainer_of(data, ranks, gpus=ranks.world, **fields)
    seen = []

    def keep(network, gradients):
        seen.append([gradient.clone() for gradient in gradients])

    trainer.gradients_ready = keep
    for _ in range(steps):
        trainer.step(feed.take())
    controller = trainer.controller.to_json()
    return state_tensors(trainer), seen, controller


def child(path, steps, resolution, fields):
    ranks = distributed.join("cpu")
    result = train(ranks, steps, resolution, fields)
    torch.save(result, f"{path}/{ranks.rank}.pt")
    ranks.close()


def in_two(tmp_path, steps, resolution, fields):
    distributed.spawn(2, child, (str(tmp_path), steps, resolution, fields))
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    assert all(torch.equal(first[0][key], second[0][key]) for key in first[0])
    return first


@pytest.mark.parametrize(
    "fields, resolution",
    [
        pytest.param(SG2, 8, id="stylegan2"),
        pytest.param(SG3, 16, id="stylegan3", marks=pytest.mark.slow),
    ],
)
def test_float64_weights_after_three_steps_with_regularisation(tmp_path, fields, resolution):
    fields = {**fields, "dtype": "float64", "r1_interval": 2, "pl_interval": 2}
    one, _, one_ada = train(Ranks(), 3, resolution, fields)
    two, _, two_ada = in_two(tmp_path, 3, resolution, fields)

    assert one.keys() == two.keys()
    worst = max(float((one[key].double() - two[key].double()).abs().max()) for key in one)
    assert worst < 1e-6
    assert one_ada == two_ada


def test_float32_gradients_of_the_first_step(tmp_path):
    _, one, _ = train(Ranks(), 1, 8, SG2)
    _, two, _ = in_two(tmp_path, 1, 8, SG2)

    # All four phases of step 0; later ones already see the update of the first.
    assert len(one) == len(two) == 4
    largest = max(float(g.abs().max()) for g in one[0])
    for a, b in zip(one[0], two[0], strict=True):
        assert float((a - b).abs().max()) < 1e-5 * largest


def test_rounds_within_one_process_change_nothing():
    fields = {**SG2, "dtype": "float64", "r1_interval": 2, "pl_interval": 2}
    at_once, _, _ = train(Ranks(), 3, 8, fields)
    in_rounds, _, _ = train(Ranks(), 3, 8, {**fields, "batch_gpu": 2})

    worst = max(float((at_once[k] - in_rounds[k]).abs().max()) for k in at_once)
    assert worst < 1e-9


@pytest.mark.parametrize("batch, shards, group", [(8, 2, 2), (16, 4, 4), (12, 3, 2)])
def test_interleaved_shards_keep_the_deviation_groups(batch, shards, group):
    """Sample n is in group n mod (N / G), of the batch and, translated, of its shard."""
    whole = {frozenset(range(k, batch, batch // group)) for k in range(batch // group)}
    parts = set()
    for shard in range(shards):
        samples = list(shard_samples(batch, shards, shard))
        groups = len(samples) // group
        parts |= {frozenset(samples[k::groups]) for k in range(groups)}

    assert parts == whole
