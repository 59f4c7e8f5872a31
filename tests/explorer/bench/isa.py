"""A program for test_parts: says which instruction set our kernels and torch's run as."""

import torch

from cuda_ops.cpu import library
from explorer.bench.apart import answer


def work():
    return [library.current().isa, torch.backends.cpu.get_cpu_capability()]


if __name__ == "__main__":
    answer(work)
