"""Labels of pictures: from dataset.json as StyleGAN's tools write it, or from sub-folders."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from train.errors import DataError

Label = int | tuple[float, ...]
_BUCKET = re.compile(r"\d{4,}")  # 00000/img00000000.png: folders that only split a long list


@dataclass(frozen=True)
class Labels:
    """Labels of a source's pictures.

    of:          name -> label; a name that is missing has none.
    class_names: by class number; empty = unknown or no classes.
    origin:      "dataset.json", "sub-folders" or "" for no labels.
    stray:       labelled names that are no picture of the source.
    """

    of: Mapping[str, Label]
    class_names: tuple[str, ...] = ()
    origin: str = ""
    stray: tuple[str, ...] = ()


def find_labels(names: Sequence[str], json_text: bytes | None, mode: str, where: str) -> Labels:
    """Return the labels of `names` by choice `mode`, one of choices.LABELS; raises DataError."""
    if mode == "none":
        return Labels({})
    if mode == "json" and json_text is None:
        raise DataError(f"{where} has no dataset.json; choose labels from folders, or none")
    if mode == "json" or (mode == "auto" and json_text is not None):
        assert json_text is not None
        found = labels_from_json(json_text, names, where)
        if mode == "json" and not found.of:
            raise DataError(f"dataset.json in {where} holds no labels for its pictures")
        return found
    found = labels_from_folders(names)
    if mode == "folders" and not found.of:
        raise DataError(f"{where} has no sub-folders with pictures, so there are no labels there")
    looks_meant = len(found.class_names) > 1 and not all(map(_BUCKET.fullmatch, found.class_names))
    return found if mode == "folders" or looks_meant else Labels({})


def labels_from_folders(names: Sequence[str]) -> Labels:
    """Every first-level folder is a class, numbered in their order by name."""
    folder_of = {name: name.split("/", 1)[0] for name in names if "/" in name}
    classes = sorted(set(folder_of.values()), key=_natural)
    number = {folder: index for index, folder in enumerate(classes)}
    of = {name: number[folder] for name, folder in folder_of.items()}
    return Labels(of, tuple(classes), "sub-folders" if classes else "")


def labels_from_json(text: bytes, names: Sequence[str], where: str) -> Labels:
    """Read {"labels": [[name, label], ...] | {name: label} | null, "class_names": [...]}."""
    try:
        root = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"dataset.json in {where} is not valid JSON: {error}") from None
    entries = root.get("labels") if isinstance(root, dict) else None
    if entries is None:
        return Labels({})
    try:
        pairs = dict(entries)
    except (TypeError, ValueError):
        raise DataError(f'dataset.json in {where}: "labels" is no list of [name, label]') from None
    class_names = _class_names(root.get("class_names"))
    words = sorted({value for value in pairs.values() if isinstance(value, str)}, key=_natural)
    if words:
        class_names = tuple(words)
    number = {word: index for index, word in enumerate(words)}
    here = set(names)
    of = {name: _label(value, number, where) for name, value in pairs.items() if name in here}
    kinds = {len(label) if isinstance(label, tuple) else 0 for label in of.values()}
    if len(kinds) > 1:
        raise DataError(f"dataset.json in {where} mixes class numbers with vectors, or lengths")
    stray = tuple(sorted(str(name) for name in pairs if name not in here))
    return Labels(of, class_names, "dataset.json" if of else "", stray)


def class_name(label: int, class_names: Sequence[str]) -> str:
    """Return a class's name, or its number in words."""
    return class_names[label] if label < len(class_names) else f"class {label}"


def _label(value: object, number: Mapping[str, int], where: str) -> Label:
    if isinstance(value, str):
        return number[value]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000:
        return value
    if isinstance(value, list) and _is_vector(value):
        return tuple(float(item) for item in value)
    raise DataError(
        f"dataset.json in {where} has the label {str(value)[:40]!r}; labels are class numbers "
        "from 0, class names, or lists of numbers"
    )


def _is_vector(value: list) -> bool:
    numbers = all(isinstance(item, (int, float)) and abs(item) < 1e30 for item in value)
    return numbers and 0 < len(value) <= 100_000


def _class_names(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(item[:200] for item in value)
    return ()


def _natural(text: str) -> list[tuple[int, int | str]]:
    """Sort key: class10 after class9."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", text)]
