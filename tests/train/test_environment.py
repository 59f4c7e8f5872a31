"""What a checkpoint records about the machine, and what is said where another one goes on."""

from __future__ import annotations

import torch

from cuda_ops.cpu import library
from tests.cuda_ops.native import isa
from train.environment import differences, environment

__all__ = ["isa"]


def test_another_instruction_set_is_not_bit_exact(isa: str):
    then = environment(torch.device("cpu"), 1)
    assert differences(dict(then), environment(torch.device("cpu"), 1)) == []
    with library.using("reference"):
        now = environment(torch.device("cpu"), 1)
    assert differences(dict(then), now) == [f"operators reference instead of native {isa}"]


def test_a_checkpoint_from_before_the_instruction_set_was_recorded_is_read(isa: str):
    now = environment(torch.device("cpu"), 1)
    then = {**now, "implementation": "native"}
    assert differences(then, now) == [f"operators native {isa} instead of native"]
