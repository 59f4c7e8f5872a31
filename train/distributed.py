"""One run in several processes: who computes which samples, and what they add up.

Sample n of a batch belongs to shard n mod shards, and a shard is what one process computes at
once. Minibatch deviation puts sample n into group n mod (N / G) of a batch of N; since shards
interleave, the groups of all shards together are the groups of the whole batch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

TIMEOUT = timedelta(minutes=30)  # rank 0 may write a large checkpoint while the others wait


class Ranks:
    """This process among all processes of a run.

    rank, world: number of this process, and of all.
    """

    def __init__(self, rank: int = 0, world: int = 1) -> None:
        self.rank, self.world = rank, world

    @property
    def is_first(self) -> bool:
        """True in the process that writes files."""
        return self.rank == 0

    def sum_(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes, in one message per dtype."""
        if self.world == 1 or not tensors:
            return
        flat = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        dist.all_reduce(flat)
        position = 0
        for tensor in tensors:
            part = flat[position : position + tensor.numel()]
            tensor.copy_(part.reshape(tensor.shape))
            position += tensor.numel()

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean over processes of a value, each of an equal share of samples."""
        if self.world == 1:
            return value
        total = value.detach().clone()
        dist.all_reduce(total)
        return total / self.world

    def agree(self, value: int) -> int:
        """Return what the first process says."""
        if self.world == 1:
            return value
        box = torch.tensor([value], dtype=torch.int64, device=_message_device())
        dist.broadcast(box, src=0)
        return int(box.item())

    def close(self) -> None:
        """Leave the group."""
        if self.world > 1 and dist.is_initialized():
            dist.destroy_process_group()


def _message_device() -> torch.device:
    if dist.get_backend() == "nccl":
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")


def shard_samples(batch: int, shards: int, shard: int) -> range:
    """Return the numbers within a batch of the samples of one shard."""
    return range(shard, batch, shards)


def join(device: str) -> Ranks:
    """Join the processes that torchrun, or `spawn`, started; alone without them.

    Raises ValueError if the environment that torchrun sets is incomplete.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return Ranks()
    missing = [k for k in ("RANK", "MASTER_ADDR", "MASTER_PORT") if k not in os.environ]
    if missing:
        raise ValueError(
            f"WORLD_SIZE is {world}, but {', '.join(missing)} is not set; use torchrun"
        )
    rank = int(os.environ["RANK"])
    backend = "nccl" if device.startswith("cuda") and dist.is_nccl_available() else "gloo"
    if device.startswith("cuda"):
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group(backend, rank=rank, world_size=world, timeout=TIMEOUT)
    return Ranks(rank, world)


def spawn(count: int, body: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """Run body(*arguments) in `count` processes of this machine that can `join`.

    Raises torch.multiprocessing.ProcessRaisedException if one of them fails.
    """
    port = _free_port()
    torch.multiprocessing.start_processes(
        _child, args=(count, port, body, arguments), nprocs=count, start_method="spawn"
    )


def _child(
    rank: int, world: int, port: int, body: Callable[..., None], arguments: tuple[object, ...]
) -> None:
    os.environ.update(
        RANK=str(rank),
        LOCAL_RANK=str(rank),
        WORLD_SIZE=str(world),
        MASTER_ADDR="127.0.0.1",
        MASTER_PORT=str(port),
    )
    body(*arguments)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
