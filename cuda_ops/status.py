"""What runs where, and why: how a user learns that an operator is slower than it could be."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cuda_ops import cuda
from cuda_ops.cpu import library
from cuda_ops.dispatch import on_cpu

OPS = ("bias_act", "upfirdn2d", "filtered_lrelu", "modulated_conv2d")


@dataclass(frozen=True)
class OpStatus:
    """One operator on one kind of device.

    op:             "bias_act", "upfirdn2d", "filtered_lrelu" or "modulated_conv2d".
    device:         "cpu" or "cuda".
    implementation: what impl="auto" runs: "reference" (plain PyTorch) or "native".
    reason:         one sentence saying why.
    isa:            the instruction set of native kernels on the CPU, "avx512"; otherwise "".
    """

    op: str
    device: str
    implementation: str
    reason: str
    isa: str = ""

    @property
    def variant(self) -> str:
        """What decides the last bits: "reference", "native", "native avx512"."""
        return f"{self.implementation} {self.isa}".rstrip()


@dataclass(frozen=True)
class Status:
    """All operators on all devices of this machine.

    devices: the device kinds torch can use, "cpu" first.
    ops:     one entry per operator and device.
    """

    devices: tuple[str, ...]
    ops: tuple[OpStatus, ...]

    @property
    def native(self) -> bool:
        """True if every operator runs natively on every device."""
        return all(op.implementation == "native" for op in self.ops)


def status() -> Status:
    """Return which implementation of each operator runs on which device, and why.

    The first call loads the kernels, and builds them where that is still to be done: seconds.
    """
    ops = [_on_cpu(op) for op in OPS]
    if not torch.cuda.is_available():
        return Status(("cpu",), tuple(ops))
    native, reason = cuda.available()
    implementation = "native" if native else "reference"
    ops += [OpStatus(op, "cuda", implementation, reason) for op in OPS]
    return Status(("cpu", "cuda"), tuple(ops))


def _on_cpu(op: str) -> OpStatus:
    native, reason = on_cpu(op)
    if not native:
        return OpStatus(op, "cpu", "reference", reason)
    return OpStatus(op, "cpu", "native", reason, library.current().isa)
