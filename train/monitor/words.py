"""Numbers as the monitor writes them."""

from __future__ import annotations

ABSENT = "–"


def duration(secs: float | None) -> str:
    """Return a length of time in at most two units: "3 h 12 min"."""
    if secs is None:
        return ABSENT
    whole = round(max(secs, 0.0))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    if whole < 86400:
        return _two(whole // 3600, "h", whole % 3600 // 60, "min")
    return _two(whole // 86400, "d", whole % 86400 // 3600, "h")


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large} {unit} {small} {small_unit}" if small else f"{large} {unit}"


def kimg(cur: float, total: float) -> str:
    """Return thousands of pictures: "1 204.0 / 5 000"."""
    return f"{_number(cur, 1)} / {_number(total, 0 if total >= 10 else 2)}"


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace(",", " ")


def speed(secs_per_kimg: float | None) -> str:
    """Return seconds per thousand pictures with three digits that count."""
    if secs_per_kimg is None:
        return ABSENT
    return f"{secs_per_kimg:.0f}" if secs_per_kimg >= 100 else f"{secs_per_kimg:.3g}"


def plural(count: int, noun: str) -> str:
    """Return "1 run", "2 runs"."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def shortened(text: str, most: int) -> str:
    """Return at most so many letters of a name: its start, which counts the runs, stays."""
    return text if len(text) <= most else text[: max(most - 1, 5)] + "…"
