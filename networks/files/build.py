"""From inert descriptions to networks: modules without memory first, then the file's tensors.

Names and shapes of the empty modules' tensors are compared with the file's before anything is
allocated, so a file never makes a network larger than itself.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

from networks.errors import DamagedFileError, UnsupportedModelError
from networks.files.arrays import shorten
from networks.files.bounds import LIMITS
from networks.files.decode import float32_tensor, is_exact
from networks.files.found import FoundNetwork
from networks.files.records import TensorRecord

_SHARED = 1 << 16  # numbers that tensors may have in common: small filters


class Build(Protocol):
    """Makes an uninitialised module from a configuration."""

    def __call__(self, config, /) -> nn.Module: ...


def build_network(found: FoundNetwork, build: Build, notes: list[str]) -> nn.Module:
    """Build one network of a file, in evaluation mode and float32.

    Args:
        found: as read from the file.
        build: `build_generator` or `build_discriminator`.
        notes: sentences about conversions and non-finite values are added.

    Raises:
        UnsupportedModelError: the file holds tensors that the architecture does not have.
        DamagedFileError:      tensors are missing or of the wrong shape.
    """
    try:
        with torch.device("meta"):
            module = build(found.config)
    except (ValueError, RuntimeError, ArithmeticError) as error:
        first_line = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DamagedFileError(
            f"its {found.role} ({found.class_name}) cannot be built: {first_line}"
        ) from None
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    _compare(found, expected)
    state = {name: _decode(name, found.tensors[name]) for name in expected}
    _add_notes(found, state, notes)
    module.load_state_dict(state, assign=True, strict=True)
    module.requires_grad_(False)
    return module.eval()


def _compare(found: FoundNetwork, expected: dict[str, tuple[int, ...]]) -> None:
    what = f"its {found.role} ({found.class_name})"
    unknown = [name for name in found.tensors if name not in expected]
    if unknown:
        raise UnsupportedModelError(
            f"{what} holds {len(unknown)} tensors that the architecture does not have, such as "
            f"{shorten(unknown[0])}; it may come from another variant of StyleGAN",
            class_name=found.class_name,
        )
    missing = [name for name in expected if name not in found.tensors]
    if missing:
        raise DamagedFileError(f"{what} lacks {len(missing)} tensors, such as {missing[0]}")
    total = 0
    for name, shape in expected.items():
        record = found.tensors[name]
        if record.shape != shape:
            raise DamagedFileError(
                f"{what}: {name} has shape {shorten(record.shape)}, not {shorten(shape)}"
            )
        total += record.numel
    _check_total(found.tensors, total, what)


def _check_total(tensors: dict[str, TensorRecord], total: int, what: str) -> None:
    """All tensors together may not be larger than the storages behind them."""
    storages = {id(record.storage): record.storage for record in tensors.values()}
    held = sum(storage.numel for storage in storages.values())
    if total > held + _SHARED or total > LIMITS.parameters:
        raise DamagedFileError(
            f"{what} needs {total:,} numbers, but only {held:,} are stored; some are used twice"
        )


def _decode(name: str, record: TensorRecord) -> Tensor:
    if not record.storage.dtype.startswith(("f", "bf")) and record.numel > _SHARED:
        raise DamagedFileError(f"{name} is stored as {record.storage.dtype}, not as real numbers")
    return float32_tensor(record)


def _add_notes(found: FoundNetwork, state: dict[str, Tensor], notes: list[str]) -> None:
    """Say what was rounded and what is not finite, in one sentence each."""
    rounded = [name for name in state if not is_exact(found.tensors[name])]
    if rounded:
        kinds = ", ".join(sorted({found.tensors[name].storage.dtype for name in rounded}))
        notes.append(f"{_listed(found, rounded)} stored as {kinds} and rounded to float32")
    infinite = [name for name, tensor in state.items() if not bool(tensor.isfinite().all())]
    if infinite:
        notes.append(f"{_listed(found, infinite)} not entirely made of finite numbers")


def _listed(found: FoundNetwork, names: list[str]) -> str:
    """ "generator.mapping.w_avg is", or "generator.mapping.w_avg and 3 more are"."""
    first = f"{found.role}.{names[0]}"
    return f"{first} is" if len(names) == 1 else f"{first} and {len(names) - 1} more are"
