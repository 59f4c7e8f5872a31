"""Sliders in rows: filled up to the value, with a reset button and an exact value by Ctrl-click.

Ids: a slider is `##name`, its reset button `###reset_name`, the exact field of a power slider
`##name_exact`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from imgui_bundle import ImVec2, ImVec4, imgui

from explorer.control_state import Reach
from widgets.controls import accent, em, hint, inner_spacing, u32
from widgets.fields import decimals, reset_row, tip_text
from widgets.knobs import learn_ui, turned, turned_whole

_OWN_COLOURS = (
    imgui.Col_.frame_bg,
    imgui.Col_.frame_bg_hovered,
    imgui.Col_.frame_bg_active,
    imgui.Col_.slider_grab,
    imgui.Col_.slider_grab_active,
)


@contextmanager
def slider_ground(
    width: float, at: float, origin: float = 0.0, steps: int = 0, *, number: bool = True
) -> Iterator[None]:
    """Draw a slider's ground, filled between two fractions of its range; the slider goes inside.

    The fill shows the value at a glance and leaves the number readable, which a wide grab does not:
    imgui's own is as wide as a step where those are few, so it is hidden and one is drawn here.
    `steps` counts those of a slider over whole numbers; `number` is whether it shows one.
    """
    low = imgui.get_cursor_screen_pos()
    high = ImVec2(low.x + width, low.y + imgui.get_frame_height())
    hovered = imgui.is_window_hovered() and imgui.is_mouse_hovering_rect(low, high)
    style, draw = imgui.get_style(), imgui.get_window_draw_list()
    slot = imgui.Col_.frame_bg_hovered if hovered else imgui.Col_.frame_bg
    draw.add_rect_filled(low, high, imgui.get_color_u32(slot), style.frame_rounding)
    grab = em(0.32)
    wide = max(grab, (width - 4.0) / (steps + 1)) if steps else grab
    inside = width - wide - 4.0  # what imgui leaves to the middle of the grab
    first, last = sorted(min(max(t, 0.0), 1.0) for t in (at, origin))
    left = low.x if first == 0.0 else low.x + 2.0 + wide / 2 + first * inside
    right = low.x + 2.0 + wide / 2 + last * inside
    if right - left > 1.0:
        corner = (right, high.y)
        draw.add_rect_filled((left, low.y), corner, u32(accent(), 0.34), style.frame_rounding)
    handle = low.x + 2.0 + wide / 2 + min(max(at, 0.0), 1.0) * inside
    under_text = number and abs(handle - (low.x + high.x) / 2) < em(
        1
    )  # the number is in the middle
    slot = imgui.Col_.slider_grab_active if hovered else imgui.Col_.slider_grab
    draw.add_rect_filled(
        (handle - grab / 2, low.y + 2.0), (handle + grab / 2, high.y - 2.0),
        u32(imgui.get_style_color_vec4(slot), 0.5 if under_text else 1.0), grab / 2,
    )  # fmt: skip
    clear = ImVec4(0, 0, 0, 0)
    for each in _OWN_COLOURS:
        imgui.push_style_color(each, clear)
    imgui.push_style_var(imgui.StyleVar_.grab_min_size, grab)
    try:
        yield
    finally:
        imgui.pop_style_var()
        imgui.pop_style_color(len(_OWN_COLOURS))


def fraction(value: float, low: float, high: float) -> float:
    """Return where a value lies between two others, 0..1."""
    return (value - low) / (high - low) if high > low else 0.0


def slider(
    label: str,
    name: str,
    value: float,
    low: float,
    high: float,
    *,
    default: float,
    fmt: str = "%.2f",
    unit: str = "",
    tooltip: str = "",
) -> float:
    """Draw a slider `##name`; returns `value` itself while it is not moved."""
    tip = tip_text(tooltip, unit, fmt.replace("%+", "%") % default)
    shown = fmt.replace("%+", "%") % default
    width, restore = reset_row(label, tip, name, value != default, shown)
    reach = Reach(low, high)
    learned = learn_ui(name, label, value, reach, width, shown=fmt % value)
    if learned is not None:
        return default if restore else learned
    imgui.set_next_item_width(width)
    flags = imgui.SliderFlags_.always_clamp
    origin = fraction(0.0, low, high) if low < 0 else 0.0
    with slider_ground(width, fraction(value, low, high), origin):
        changed, new = imgui.slider_float(f"##{name}", value, low, high, fmt, flags)
    hint(tip)
    asked = turned(name, value, reach)
    if restore:
        return default
    new = round(new, decimals(fmt))
    return new if changed and new != value else asked


def power_slider(
    label: str,
    name: str,
    value: float,
    limit: float,
    *,
    power: float,
    default: float,
    fmt: str,
    unit: str,
    tooltip: str = "",
) -> float:
    """Draw a slider over -limit..limit whose middle is fine: value = limit · sign(t) |t|^power.

    Ctrl-click types t, so the exact value has its own field beside the slider, `##name_exact`.
    """
    tip = tip_text(tooltip, unit, fmt % default)
    width, restore = reset_row(label, tip, name, value != default, fmt % default)
    reach = Reach(-limit, limit, power=power)
    learned = learn_ui(name, label, value, reach, width, shown=fmt % value)
    if learned is not None:
        return default if restore else learned
    exact_width = min(em(4.2), width * 0.4)
    main_width = width - exact_width - inner_spacing()
    imgui.set_next_item_width(main_width)
    place = math.copysign((abs(value) / limit) ** (1 / power), value)
    flags = imgui.SliderFlags_.always_clamp | imgui.SliderFlags_.no_input
    with slider_ground(main_width, fraction(place, -1.0, 1.0), 0.5, number=False):
        changed, moved = imgui.slider_float(f"##{name}", place, -1.0, 1.0, "", flags)
    hint(tip)
    asked = turned(name, value, reach)
    imgui.same_line(0, inner_spacing())
    imgui.set_next_item_width(exact_width)
    typed, exact = imgui.drag_float(
        f"##{name}_exact", value, 0.01, -limit, limit, fmt, imgui.SliderFlags_.always_clamp
    )
    hint(tip)
    if restore:
        return default
    new = math.copysign(limit * abs(moved) ** power, moved) if changed else exact
    if changed and abs(moved) < 0.03:
        new = 0.0  # a small catch at rest
    new = round(new, decimals(fmt))
    return new if (changed or typed) and new != value else asked


def int_slider(
    label: str,
    name: str,
    value: int,
    low: int,
    high: int,
    *,
    default: int,
    fmt: str = "%d",
    default_text: str = "",
    tooltip: str = "",
) -> int:
    """Draw a slider over whole numbers `##name`."""
    tip = tip_text(tooltip, "", default_text or str(default))
    width, restore = reset_row(label, tip, name, value != default, default_text or str(default))
    reach = Reach(low, high, whole=True)
    text = fmt % value if "%d" in fmt else fmt
    learned = learn_ui(name, label, value, reach, width, shown=text)
    if learned is not None:
        return default if restore else round(learned)
    imgui.set_next_item_width(width)
    flags = imgui.SliderFlags_.always_clamp
    with slider_ground(width, fraction(value, low, high), steps=high - low):
        changed, new = imgui.slider_int(f"##{name}", value, low, high, fmt, flags)
    hint(tip)
    asked = turned_whole(name, value, reach)
    if restore:
        return default
    return new if changed and new != value else asked
