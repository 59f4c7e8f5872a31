"""The models that come with the program, as assets/models/index.json lists them; no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

INDEX = Path(__file__).resolve().parents[1] / "assets" / "models" / "index.json"


@dataclass(frozen=True)
class ShippedModel:
    """One of them. title: for people, "Portraits, 64 pixels"; path: of its file."""

    title: str
    path: str


def shipped_models(index: Path = INDEX) -> tuple[ShippedModel, ...]:
    """Return those that are there, the default first; none if the list cannot be read."""
    try:
        data = json.loads(index.read_text("utf-8"))
        default = str(data["default"])
        listed = [(str(each["file"]), str(each["title"])) for each in data["models"]]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    listed.sort(key=lambda pair: pair[0] != default)
    return tuple(
        ShippedModel(title, str(index.parent / file))
        for file, title in listed
        if (index.parent / file).is_file()
    )
