"""Notices of any length: what does not fit is cut at a line's end and can be read in the log."""

from __future__ import annotations

import pytest
from imgui_bundle import imgui

from explorer.app.notices import Notice
from tests.widgets.headless import desk
from widgets.toasts import MOST_LINES, cut_to_lines, toasts_ui


@pytest.mark.parametrize("text", ["word " * 400, "x" * 2000, "line\n" * 500])
def test_a_long_notice_keeps_its_beginning(text: str):
    with desk() as table:

        def lines() -> tuple[str, float]:
            cut = cut_to_lines(text, 300.0)
            extent = imgui.calc_text_size(cut, wrap_width=300.0)
            return cut, extent.y / imgui.get_text_line_height()

        cut, count = table.settle(lines)
    assert text.startswith(cut.removesuffix("…"))
    assert len(cut) > 100 or "\n" in text
    assert MOST_LINES - 1 <= count <= MOST_LINES + 0.5


def test_a_short_notice_is_left_alone_and_none_asks_for_anything():
    with desk(500, 800) as table:
        assert table.settle(lambda: cut_to_lines("Saved a.png", 300.0)) == "Saved a.png"
        notices = [Notice("Saved a.png", "good", "/x/a.png"), Notice("y" * 2000, "bad")]
        asked: list[object] = []
        table.settle(lambda: toasts_ui(notices, 20.0, asked.append, asked.append))
        assert asked == []
