"""What the tabs of docked panels say: icon and title where there is room, else icons alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from widgets.controls import em


@dataclass(frozen=True)
class Tab:
    """A panel's tab: `dock` tells tab bars apart, `chosen` is the one in front of its bar."""

    title: str
    icon: str
    dock: int
    room: float  # width of the tab bar in pixels
    chosen: bool

    @property
    def text(self) -> str:
        return f"{self.icon} {self.title}"


def tab_texts(tabs: Sequence[Tab]) -> dict[str, str]:
    """Return what each tab says, by title.

    Where a bar is too narrow for all titles only the chosen tab keeps its own: words cut to two
    letters say less than an icon. A bar too narrow even for that shows icons alone.
    """
    texts: dict[str, str] = {}
    for dock in dict.fromkeys(tab.dock for tab in tabs):
        bar = [tab for tab in tabs if tab.dock == dock]
        forms = (
            [tab.text for tab in bar],
            [tab.text if tab.chosen else tab.icon for tab in bar],
            [tab.icon for tab in bar],
        )
        room = min(tab.room for tab in bar)
        fitting = next((form for form in forms if bar_width(form) <= room), forms[-1])
        texts.update((tab.title, text) for tab, text in zip(bar, fitting, strict=True))
    return texts


def bar_width(texts: Sequence[str]) -> float:
    """Return the width of a tab bar with these texts, in pixels."""
    style = imgui.get_style()
    each = (imgui.calc_text_size(text).x + 2 * style.frame_padding.x + 2.0 for text in texts)
    return sum(each) + style.item_inner_spacing.x * (len(texts) - 1) + em(0.9)
