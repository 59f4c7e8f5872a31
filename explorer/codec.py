"""Frozen dataclasses to plain JSON values and back, checked against their declared types.

Sessions come from strangers, inside pictures: a value of the wrong type is a `ValueError` that
names the field, unknown fields are ignored (a newer version may have written them), missing ones
take their defaults.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

MAX_ITEMS = 100_000
MAX_TEXT = 100_000
MAX_NUMBER = 1e12


def to_plain(value: Any) -> Any:
    """Return `value` as dicts, lists, strings, numbers and None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: to_plain(getattr(value, item.name)) for item in dataclasses.fields(value)
        }
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return value


def from_plain(cls: type[T], data: Any, name: str = "") -> T:
    """Build the frozen dataclass `cls` from what `to_plain` gave; ValueError names the field."""
    if not isinstance(data, Mapping):
        raise ValueError(f"{name or cls.__name__} must be an object, got {_shown(data)}")
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(cls):  # type: ignore[arg-type]
        if item.name in data:
            place = f"{name}.{item.name}" if name else item.name
            values[item.name] = _decode(hints[item.name], data[item.name], place)
    try:
        return cls(**values)
    except TypeError as error:
        raise ValueError(f"{name or cls.__name__} lacks a required field: {error}") from None


def _decode(kind: Any, data: Any, name: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        options = typing.get_args(kind)
        if data is None and types.NoneType in options:
            return None
        (kind,) = (option for option in options if option is not types.NoneType)
        return _decode(kind, data, name)
    if origin is typing.Literal:
        if data not in typing.get_args(kind) or isinstance(data, bool):
            allowed = ", ".join(map(str, typing.get_args(kind)))
            raise ValueError(f"{name} must be one of {allowed}, got {_shown(data)}")
        return data
    if origin is tuple:
        return _decode_tuple(typing.get_args(kind), data, name)
    if dataclasses.is_dataclass(kind):
        return from_plain(typing.cast(type[Any], kind), data, name)
    return _decode_scalar(kind, data, name)


def _decode_tuple(kinds: tuple[Any, ...], data: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(data, Sequence) or isinstance(data, str | bytes):
        raise ValueError(f"{name} must be a list, got {_shown(data)}")
    if len(data) > MAX_ITEMS:
        raise ValueError(f"{name} has {len(data)} items, at most {MAX_ITEMS} are read")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], item, f"{name}[{i}]") for i, item in enumerate(data))
    if len(data) != len(kinds):
        raise ValueError(f"{name} must have {len(kinds)} items, got {len(data)}")
    pairs = zip(kinds, data, strict=True)
    return tuple(_decode(kind, item, f"{name}[{i}]") for i, (kind, item) in enumerate(pairs))


def _decode_scalar(kind: Any, data: Any, name: str) -> Any:
    if kind is bool:
        if isinstance(data, bool):
            return data
    elif kind is int:
        if isinstance(data, int) and not isinstance(data, bool) and abs(data) <= MAX_NUMBER:
            return data
    elif kind is float:
        if isinstance(data, int | float) and not isinstance(data, bool) and _is_sane(data):
            return float(data)
    elif kind is str:
        if isinstance(data, str) and len(data) <= MAX_TEXT:
            return data
    else:
        raise TypeError(f"codec cannot read {kind} for {name}")
    raise ValueError(f"{name} must be {_words(kind)}, got {_shown(data)}")


def _is_sane(number: float) -> bool:
    return math.isfinite(number) and abs(number) <= MAX_NUMBER


def _words(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a finite number", str: "a text"}[
        kind
    ]


def _shown(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 40 else text[:37] + "…"
