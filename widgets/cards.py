"""A raised ground around controls that belong together. No ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imgui_bundle import ImVec2, imgui

from widgets.controls import accent, em, u32


@contextmanager
def card(*, active: bool = False) -> Iterator[float]:
    """Draw what is inside on a raised ground over the whole width; gives the width inside.

    `active` marks the left edge in the accent colour.
    """
    draw = imgui.get_window_draw_list()
    low, width, pad = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x, em(0.55)
    draw.channels_split(2)
    draw.channels_set_current(1)
    imgui.set_cursor_screen_pos(ImVec2(low.x + pad, low.y + pad))
    imgui.begin_group()
    try:
        yield width - 2 * pad
    finally:
        imgui.end_group()
        bottom = imgui.get_item_rect_max().y + pad
        draw.channels_set_current(0)
        text = imgui.get_style_color_vec4(imgui.Col_.text)
        draw.add_rect_filled(low, (low.x + width, bottom), u32(text, 0.05), em(0.35))
        edge = u32(accent(), 0.9) if active else u32(text, 0.14)
        draw.add_rect_filled(low, (low.x + em(0.16), bottom), edge, em(0.08))
        draw.channels_merge()
        imgui.set_cursor_screen_pos(low)
        imgui.dummy(ImVec2(width, bottom - low.y))
