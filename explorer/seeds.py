"""Lists of seeds as people type them: "0-7, 12, 100-110"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from explorer.errors import UserError
from explorer.settings import SEED_MODULUS

MAX_SEEDS = 100_000
_PART = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


class SeedListError(UserError):
    """A list of seeds cannot be read; the text names the part that is wrong."""


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds `text` lists, in its order, repeated ones once.

    Parts are separated by commas or white space; "a-b" counts from a to b with both ends. Raises
    SeedListError for anything else, for seeds of 2^32 and above, and beyond 100,000 seeds.
    """
    seeds: dict[int, None] = {}
    for part in _parts(text):
        match = _PART.fullmatch(part)
        if match is None:
            raise SeedListError(f"“{part[:40]}” is not a seed or a range such as 0-7")
        first = _seed(match[1])
        last = first if match[2] is None else _seed(match[2])
        if last < first:
            raise SeedListError(f"the range {part} counts backwards: write {last}-{first}")
        if len(seeds) + (last - first + 1) > MAX_SEEDS:
            raise SeedListError(f"more than {MAX_SEEDS:,} seeds are listed")
        seeds.update(dict.fromkeys(range(first, last + 1)))
    if not seeds:
        raise SeedListError("no seeds are listed: write for example 0-7, 12")
    return tuple(seeds)


def format_seeds(seeds: Sequence[int]) -> str:
    """Return the shortest text that `parse_seeds` reads back as `seeds`: runs become ranges."""
    runs: list[tuple[int, int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], seed)
        else:
            runs.append((seed, seed))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _parts(text: str) -> list[str]:
    joined = re.sub(r"\s*-\s*", "-", text.strip())
    return [part for part in re.split(r"[,;\s]+", joined) if part]


def _seed(digits: str) -> int:
    if len(digits) > 10 or int(digits) >= SEED_MODULUS:
        raise SeedListError(f"seeds end at {SEED_MODULUS - 1}, got {digits[:24]}")
    return int(digits)
