"""What the doctor found, as frozen values for window and command line; JSON can hold them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any

LEFT_OUT = "left out"
KEPT = "kept as it is"


@dataclass(frozen=True)
class Finding:
    """One thing about one file.

    problem: its kind, one of PROBLEMS.
    reason:  in words, to be read after the file's name: "only 3 px wide".
    action:  what will be done about it: "left out", "converted to RGB".
    other:   the file it is a duplicate of; None = no other is involved.
    """

    name: str
    problem: str
    reason: str
    action: str
    other: str | None = None

    @property
    def used(self) -> bool:
        """Whether the picture will be in the data set."""
        return self.action != LEFT_OUT

    @property
    def sentence(self) -> str:
        """The whole of it in one line."""
        return f"{self.name}: {self.reason} ({self.action})"


# kind -> headline when findings are grouped
PROBLEMS = {
    "unreadable": "cannot be read",
    "not-a-picture": "not pictures",
    "truncated": "damaged or cut off",
    "too-large": "too large to open",
    "too-small": "too small",
    "blank": "a single colour",
    "label-missing": "without a label",
    "label-without-file": "labels without a picture",
    "duplicate": "exact duplicates",
    "near-duplicate": "near-duplicates",
    "animated": "animated or with several pages",
    "cmyk": "CMYK",
    "deep": "more than 8 bits per channel",
    "alpha-mismatch": "transparency unlike the others",
    "colour-mismatch": "colour unlike the others",
    "rotated": "turned by their EXIF data",
    "enlarged": "smaller than the data set's resolution",
    "cropped": "lose most of their area",
}


@dataclass(frozen=True)
class ClassCount:
    """How many usable pictures a class has."""

    name: str
    count: int


@dataclass(frozen=True)
class SizeBand:
    """How many pictures have their shorter side in [low, high) pixels."""

    low: int
    high: int
    count: int

    @property
    def label(self) -> str:
        return f"{self.low}–{self.high - 1} px"


@dataclass(frozen=True)
class Report:
    """What the doctor found and what an import will do.

    kept:          numbers of the entries that will be written, in order.
    channels:      1 grey, 2 grey with alpha, 3 RGB, 4 RGBA.
    resolution:    what will be written: the choice, or the suggestion.
    suggested:     the largest power of two that hardly enlarges any picture.
    sizes:         histogram of the shorter side.
    common_sizes:  the most frequent (width, height, count).
    classes:       empty = no labels.
    notes:         sentences about the set as a whole.
    bytes_needed:  about how large the zip will be.
    """

    source: str
    total: int
    kept: tuple[int, ...]
    channels: int
    resolution: int
    suggested: int
    findings: tuple[Finding, ...]
    sizes: tuple[SizeBand, ...]
    common_sizes: tuple[tuple[int, int, int], ...]
    classes: tuple[ClassCount, ...]
    labelled: bool
    notes: tuple[str, ...]
    bytes_needed: int

    @property
    def usable(self) -> int:
        """How many pictures will be in the data set."""
        return len(self.kept)

    def grouped(self) -> dict[str, tuple[Finding, ...]]:
        """Return the findings by problem, in PROBLEMS's order."""
        return {
            problem: found
            for problem in PROBLEMS
            if (found := tuple(item for item in self.findings if item.problem == problem))
        }

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each kind."""
        return dict(Counter(item.problem for item in self.findings))

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold; the numbers of the kept entries become their count."""
        plain = dataclasses.asdict(self)
        plain["kept"] = self.usable
        return plain
