"""Tabs of docked panels: titles as long as all of them can be read."""

from __future__ import annotations

from tests.widgets.headless import desk
from widgets.tabs import Tab, bar_width, tab_texts

TITLES = ("Layers", "History", "Capture", "Performance")


def texts(room: float, chosen: str) -> list[str]:
    tabs = [Tab(title, "*", 1, room, title == chosen) for title in TITLES]
    with desk() as table:
        found = table.settle(lambda: tab_texts(tabs))
    return [found[title] for title in TITLES]


def widths(chosen: str) -> tuple[float, float]:
    full = [f"* {title}" for title in TITLES]
    short = [f"* {title}" if title == chosen else "*" for title in TITLES]
    with desk() as table:
        return table.settle(lambda: (bar_width(full), bar_width(short)))


def test_titles_are_written_out_or_left_away_never_cut():
    full, short = widths("History")
    assert short < full
    assert texts(full, "History") == ["* Layers", "* History", "* Capture", "* Performance"]
    assert texts(full - 1, "History") == ["*", "* History", "*", "*"]
    assert texts(short, "History") == ["*", "* History", "*", "*"]
    assert texts(short - 1, "History") == ["*", "*", "*", "*"]


def test_each_tab_bar_is_fitted_by_itself():
    wide, narrow = Tab("Controls", "*", 1, 900.0, True), Tab("Library", "*", 2, 20.0, True)
    with desk() as table:
        found = table.settle(lambda: tab_texts((wide, narrow)))
    assert found == {"Controls": "* Controls", "Library": "*"}
