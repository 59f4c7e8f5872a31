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


def child(path, jobs):
    ranks = distributed.join("cpu")
    torch.save([train(ranks, *job) for job in jobs], f"{path}/{ranks.rank}.pt")
    ranks.close()


def in_two(folder, jobs):
    """Do jobs in two processes that stay in step, and return the results of the first."""
    distributed.spawn(2, child, (str(folder), jobs))
    first, second = (torch.load(folder / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(one[0][key], other[0][key]) for key in one[0])
    return first


REGULAR = {"dtype": "float64", "r1_interval": 2, "pl_interval": 2}
DOUBLE = (3, 8, {**SG2, **REGULAR})
SINGLE = (1, 8, SG2)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return in_two(tmp_path_factory.mktemp("two"), [DOUBLE, SINGLE])


def assert_same_weights(one, two):
    assert one[0].keys() == two[0].keys()
    worst = max(float((one[0][k].double() - two[0][k].double()).abs().max()) for k in one[0])
    assert worst < 1e-6
    assert one[2] == two[2]


def test_float64_weights_after_three_steps_with_regularisation(two):
    assert_same_weights(train(Ranks(), *DOUBLE), two[0])


@pytest.mark.slow
def test_float64_weights_of_stylegan3(tmp_path):
    job = (3, 16, {**SG3, **REGULAR})
    assert_same_weights(train(Ranks(), *job), in_two(tmp_path, [job])[0])


def test_float32_gradients_of_the_first_step(two):
    _, gradients, _ = train(Ranks(), *SINGLE)

    assert len(gradients) == len(two[1][1]) == 4
    for a, b in zip(gradients[0], two[1][1][0], strict=True):
        largest = max(float(g.abs().max()) for g in gradients[0])
        assert float((a - b).abs().max()) < 1e-5 * largest


@pytest.mark.parametrize("resolution, fields", [(8, SG2), (16, SG3)])
def test_rounds_within_one_process_change_nothing(resolution, fields):
    fields = {**fields, **REGULAR}
    at_once, _, _ = train(Ranks(), 3, resolution, fields)
    in_rounds, _, _ = train(Ranks(), 3, resolution, {**fields, "batch_gpu": 2})

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
