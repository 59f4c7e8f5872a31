"""What a file says about itself, reduced to short plain values that can be shown and stored."""

import math
from typing import Any

from networks.files.records import PersistentObject, PlainObject

_MAX_ITEMS = 64
_MAX_TEXT = 200
_MAX_VALUES = 1000
_GROUPS = (dict, list, tuple)


def plain_value(value: Any) -> Any:
    """A JSON-able copy of a small value; anything else becomes its type in brackets."""
    return _plain(value, 3, [_MAX_VALUES])


def _plain(value: Any, depth: int, budget: list[int]) -> Any:
    budget[0] -= 1  # what is shared within the file is copied here: without a bound it multiplies
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else str(value)  # JSON has no word for it
    if type(value) is str:
        return printable(value)
    if type(value) in _GROUPS and budget[0] > 0 and depth and len(value) <= _MAX_ITEMS:
        if type(value) is dict:
            return {
                printable(str(name)): _plain(item, depth - 1, budget)
                for name, item in value.items()
            }
        return [_plain(item, depth - 1, budget) for item in value]
    return f"[{type(value).__name__}]"


def printable(text: str) -> str:
    """A short text without control characters or lone surrogates."""
    text = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    return "".join(c if c.isprintable() else "?" for c in text)


def describe_object(module: PersistentObject | PlainObject) -> dict[str, Any]:
    """Class name, arguments and source digest of a saved object."""
    described: dict[str, Any] = {"class": printable(module.class_name)}
    if isinstance(module, PersistentObject):
        described["arguments"] = plain_value(module.state.get("_init_kwargs"))
        described["source_sha256"] = module.source_sha256
    return described


def training_set(value: Any) -> Any:
    """The data set's settings without its folder, which is nobody's business."""
    described = plain_value(value)
    if isinstance(described, dict) and isinstance(described.get("path"), str):
        described["path"] = described["path"].replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return described


def class_names(top: dict, count: int) -> tuple[str, ...]:
    """Names of the labels, where a file lists as many as the network has classes."""
    places = [top, top.get("training_set_kwargs")]
    for place in places:
        if type(place) is dict:
            for key in ("class_names", "label_names", "classes"):
                names = place.get(key)
                if (
                    isinstance(names, (list, tuple))
                    and 0 < len(names) == count
                    and all(type(name) is str for name in names)
                ):
                    return tuple(printable(name) for name in names)
    return ()
