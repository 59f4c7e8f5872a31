"""Small parts of the window's panels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dearpygui.dearpygui as dpg

Item = int | str
boxes: Any = dpg  # whose context managers are annotated as the items they give


@dataclass
class Kit:
    """What all panels share: one em in pixels, fonts by name, and themes made so far."""

    em: float
    fonts: dict[str, Item]
    _themes: dict[object, Item] = field(default_factory=dict)

    def px(self, em: float) -> int:
        """Return a length in pixels."""
        return round(em * self.em)

    def font(self, item: Item, name: str) -> None:
        """Give an item a font, if it could be loaded."""
        if name in self.fonts:
            dpg.bind_item_font(item, self.fonts[name])

    def line_theme(self, colour: tuple[int, int, int], alpha: int, weight: float) -> Item:
        """Return the theme of a curve."""
        key = (colour, alpha, weight)
        if key not in self._themes:
            plots = dpg.mvThemeCat_Plots
            with boxes.theme() as theme, boxes.theme_component(dpg.mvLineSeries):
                dpg.add_theme_color(dpg.mvPlotCol_Line, (*colour, alpha), category=plots)
                dpg.add_theme_style(dpg.mvPlotStyleVar_LineWeight, weight, category=plots)
            self._themes[key] = theme
        return self._themes[key]

    def fill_theme(self, colour: tuple[int, ...]) -> Item:
        """Return the theme of a child window or a progress bar in another colour."""
        key = ("fill", colour)
        if key not in self._themes:
            with boxes.theme() as theme, boxes.theme_component(dpg.mvAll):
                dpg.add_theme_color(dpg.mvThemeCol_ChildBg, colour)
                dpg.add_theme_color(dpg.mvThemeCol_PlotHistogram, colour)
            self._themes[key] = theme
        return self._themes[key]


@contextmanager
def tooltip(item: Item) -> Iterator[None]:
    """Show what is made inside while the mouse rests on an item."""
    with boxes.tooltip(item, delay=0.4):
        yield


def hint(item: Item, text: str) -> None:
    """Explain an item."""
    with tooltip(item):
        dpg.add_text(text)


class Shown:
    """Sets an item's text or configuration only when it changes."""

    def __init__(self) -> None:
        self._values: dict[tuple[Item, str], object] = {}

    def text(self, item: Item, value: object) -> None:
        """Set an item's value."""
        if self._changed(item, "", value):
            dpg.set_value(item, value)

    def configure(self, item: Item, **values: object) -> None:
        """Configure an item."""
        changed = {k: v for k, v in values.items() if self._changed(item, k, v)}
        if changed:
            dpg.configure_item(item, **changed)

    def forget(self) -> None:
        """Start anew: items were deleted."""
        self._values.clear()

    def _changed(self, item: Item, key: str, value: object) -> bool:
        before = self._values.get((item, key), self)
        self._values[item, key] = value
        return before is self or before != value
