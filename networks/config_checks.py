"""Strict checks and JSON forms shared by the configurations, which come from untrusted files.

Every check raises ValueError with one sentence naming the field, its value and what is allowed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

MAX_DIM = 8192
MAX_SIZE = 8192


def check_integer(field: str, value: object, low: int, high: int) -> None:
    """Require an int (not a bool) in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{field} must be an integer in [{low}, {high}], got {value!r}")


def check_real(field: str, value: object, low: float, high: float) -> None:
    """Require a finite int or float (not a bool) in [low, high]."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise ValueError(f"{field} must be a number in [{low:g}, {high:g}], got {value!r}")


def check_boolean(field: str, value: object) -> None:
    """Require True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{field} must be true or false, got {value!r}")


def check_choice(field: str, value: object, choices: Sequence[str]) -> None:
    """Require one of the given strings."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{field} must be one of {', '.join(choices)}, got {value!r}")


def check_name(field: str, value: object) -> None:
    """Require a short identifier made of letters, digits, '_' and '-'."""
    valid = isinstance(value, str) and 1 <= len(value) <= 64
    if not valid or not str(value).replace("_", "").replace("-", "").isalnum():
        raise ValueError(
            f"{field} must be 1 to 64 letters, digits, '_' or '-', got {str(value)[:80]!r}"
        )


def check_resolution(field: str, value: object, low: int = 4, high: int = 4096) -> None:
    """Require a power of two in [low, high]."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or not low <= value <= high
        or value & (value - 1)
    ):
        raise ValueError(f"{field} must be a power of two in [{low}, {high}], got {value!r}")


def check_reals(
    field: str, value: object, low: float, high: float, lengths: tuple[int, int]
) -> None:
    """Require a tuple of numbers in [low, high], its length in [lengths[0], lengths[1]]."""
    if not isinstance(value, tuple) or not lengths[0] <= len(value) <= lengths[1]:
        raise ValueError(
            f"{field} must be a list of {lengths[0]} to {lengths[1]} numbers, got {value!r:.200}"
        )
    for index, item in enumerate(value):
        check_real(f"{field}[{index}]", item, low, high)


def check_integers(
    field: str, value: object, low: int, high: int, lengths: tuple[int, int]
) -> None:
    """Require a tuple of ints in [low, high], its length in [lengths[0], lengths[1]]."""
    if not isinstance(value, tuple) or not lengths[0] <= len(value) <= lengths[1]:
        raise ValueError(
            f"{field} must be a list of {lengths[0]} to {lengths[1]} integers, got {value!r:.200}"
        )
    for index, item in enumerate(value):
        check_integer(f"{field}[{index}]", item, low, high)


def plain(value: Any) -> Any:
    """Turn dataclasses and tuples into dicts and lists, recursively: what json can write."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def from_plain(
    cls: type[T], data: object, nested: Mapping[str, Any] | None = None, where: str = ""
) -> T:
    """Build the dataclass cls from a plain dict; lists become tuples.

    Args:
        cls:    a dataclass whose __post_init__ checks its values.
        data:   dict with string keys; unknown and missing required keys are errors.
        nested: field name -> function that turns that field's plain value into its own.
        where:  what the error sentence starts with; "" = the class's name.
    """
    where = where or cls.__name__
    if not isinstance(data, Mapping):
        raise ValueError(f"{where} must be an object with named fields, got {data!r:.80}")
    fields: dict[str, dataclasses.Field[Any]] = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = [str(key)[:40] for key in data if key not in fields]
    if unknown:
        raise ValueError(
            f"{where} has no field {', '.join(unknown[:5])}; its fields are {', '.join(fields)}"
        )
    missing = [
        name
        for name, field in fields.items()
        if name not in data
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ValueError(f"{where} lacks the field {', '.join(missing)}")
    values = {}
    for name, value in data.items():
        if nested is not None and name in nested and value is not None:
            value = nested[name](value)
        elif isinstance(value, (list, tuple)):
            value = tuple(value)
        values[name] = value
    return cls(**values)
