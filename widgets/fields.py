"""Rows with a label, a control and a reset button, aligned in columns over all panels.

A row is label | control | reset. On a narrow panel the label moves above the control. The reset
button appears only when the value is not the default. Ids: the control is `##name`, the reset
button `###reset_name`, the steps of a whole number `###name_minus` and `###name_plus`.
"""

from __future__ import annotations

import math

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from widgets.controls import (
    dim,
    ellipsis,
    em,
    hint,
    icon_button,
    inner_spacing,
)

LABEL_EMS = 6.6
NARROW_EMS = 16.0  # below this the label goes above


def label_width() -> float:
    """Return the width of the label column in pixels; 0 = the label goes above the control."""
    available = imgui.get_content_region_avail().x
    return 0.0 if available < em(NARROW_EMS) else min(max(em(LABEL_EMS), available * 0.24), em(9))


def row(label: str, tooltip: str = "", *, resettable: bool = True) -> float:
    """Draw a label, place the cursor at the control and return the control's width in pixels."""
    available = imgui.get_content_region_avail().x
    reset = imgui.get_frame_height() + inner_spacing() if resettable else 0.0
    column = label_width()
    left = imgui.get_cursor_pos_x()
    if column:
        imgui.align_text_to_frame_padding()
    imgui.push_style_color(imgui.Col_.text, dim())
    imgui.text_unformatted(ellipsis(label, (column or available) - inner_spacing()))
    imgui.pop_style_color()
    hint(tooltip)
    if column:
        imgui.same_line(left + column)
    return available - column - reset


def reset_button(name: str, changed: bool, default: str = "") -> bool:
    """Draw the reset icon behind a control if its value was changed; True when pressed."""
    if not changed:
        return False
    imgui.same_line(0, inner_spacing())
    tip = f"Reset to {default}" if default else "Reset"
    return icon_button(icons.ICON_FA_ROTATE_LEFT, f"###reset_{name}", tip, quiet=True)


def _tip(tooltip: str, unit: str, default: str) -> str:
    lines = [tooltip] if tooltip else []
    if unit:
        lines.append(f"In {unit}")
    lines.append(f"Default {default} · Ctrl-click to type")
    return "\n".join(lines)


def decimals(fmt: str) -> int:
    """Return how many decimals a printf format shows: "%.2f dB" -> 2."""
    return int(fmt.partition("%")[2].lstrip("+").partition(".")[2][:1] or 0)


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
    logarithmic: bool = False,
) -> float:
    """Draw a slider `##name`; returns `value` itself while it is not moved."""
    tip = _tip(tooltip, unit, fmt.replace("%+", "%") % default)
    imgui.set_next_item_width(row(label, tip))
    flags = imgui.SliderFlags_.always_clamp
    if logarithmic:
        flags |= imgui.SliderFlags_.logarithmic
    changed, new = imgui.slider_float(f"##{name}", value, low, high, fmt, flags)
    hint(tip)
    if reset_button(name, value != default, fmt.replace("%+", "%") % default):
        return default
    new = round(new, decimals(fmt))
    return new if changed and new != value else value


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
    tip = _tip(tooltip, unit, fmt % default)
    width = row(label, tip)
    exact_width = min(em(4.2), width * 0.4)
    imgui.set_next_item_width(width - exact_width - inner_spacing())
    place = math.copysign((abs(value) / limit) ** (1 / power), value)
    flags = imgui.SliderFlags_.always_clamp | imgui.SliderFlags_.no_input
    changed, moved = imgui.slider_float(f"##{name}", place, -1.0, 1.0, "", flags)
    hint(tip)
    imgui.same_line(0, inner_spacing())
    imgui.set_next_item_width(exact_width)
    typed, exact = imgui.drag_float(f"##{name}_exact", value, 0.01, -limit, limit, fmt, flags=flags)
    hint(tip)
    if reset_button(name, value != default, fmt % default):
        return default
    new = math.copysign(limit * abs(moved) ** power, moved) if changed else exact
    if changed and abs(moved) < 0.03:
        new = 0.0  # a small catch at rest
    new = round(new, decimals(fmt))
    return new if (changed or typed) and new != value else value


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
    tip = _tip(tooltip, "", default_text or str(default))
    imgui.set_next_item_width(row(label, tip))
    flags = imgui.SliderFlags_.always_clamp
    changed, new = imgui.slider_int(f"##{name}", value, low, high, fmt, flags)
    hint(tip)
    if reset_button(name, value != default, default_text or str(default)):
        return default
    return new if changed and new != value else value


def number(
    label: str,
    name: str,
    value: float,
    *,
    default: float,
    step: float,
    fmt: str = "%.3f",
    unit: str = "",
    tooltip: str = "",
    low: float = 0.0,
    high: float = 0.0,
) -> float:
    """Draw a number to drag or type `##name`; Shift drags ten times faster, Alt a hundred slower."""
    tip = _tip(tooltip, unit, fmt % default) + "\nShift drags faster, Alt slower"
    imgui.set_next_item_width(row(label, tip))
    flags = imgui.SliderFlags_.always_clamp if high > low else 0
    changed, new = imgui.drag_float(f"##{name}", value, step, low, high, fmt, flags)
    hint(tip)
    if reset_button(name, value != default, fmt % default):
        return default
    new = round(new, decimals(fmt))
    return new if changed and new != value else value


def whole(
    name: str, value: int, width: float, *, low: int = 0, high: int = 2**32 - 1, tooltip: str = ""
) -> int:
    """Draw a whole number `##name` to type, with steps `###name_minus` and `###name_plus`.

    Typing takes effect with Enter or on leaving the field. Steps wrap around at the ends. Holding
    Ctrl steps by 100.
    """
    side, gap = imgui.get_frame_height(), inner_spacing()
    imgui.set_next_item_width(width - 2 * (side + gap))
    flags = imgui.InputTextFlags_.chars_decimal | imgui.InputTextFlags_.auto_select_all
    _, text = imgui.input_text(f"##{name}", str(value), flags)
    committed = imgui.is_item_deactivated_after_edit()
    hint(tooltip)
    step = 100 if imgui.get_io().key_ctrl else 1
    imgui.push_item_flag(imgui.ItemFlags_.button_repeat, True)
    imgui.same_line(0, gap)
    delta = (
        -step if icon_button(icons.ICON_FA_MINUS, f"###{name}_minus", "Ctrl steps by 100") else 0
    )
    imgui.same_line(0, gap)
    delta += step if icon_button(icons.ICON_FA_PLUS, f"###{name}_plus", "Ctrl steps by 100") else 0
    imgui.pop_item_flag()
    if committed:
        try:
            new = round(float(text))
        except (ValueError, OverflowError):
            return value
        return min(max(new, low), high)
    return low + (value + delta - low) % (high - low + 1) if delta else value


def integer(
    label: str,
    name: str,
    value: int,
    *,
    default: int,
    low: int = 0,
    high: int = 2**32 - 1,
    tooltip: str = "",
) -> int:
    """Draw a row with a whole number; see `whole`."""
    tip = (tooltip + "\n" if tooltip else "") + f"Default {default}"
    new = whole(name, value, row(label, tip), low=low, high=high, tooltip=tip)
    return default if reset_button(name, value != default, str(default)) else new


def fact(label: str, value: str, tooltip: str = "") -> None:
    """Draw a label and a value to read, the value cut to the width and whole in its hint."""
    width = row(label, resettable=False)
    if label_width():
        imgui.align_text_to_frame_padding()
    shown = ellipsis(value, width)
    imgui.text_unformatted(shown)
    hint(tooltip or (value if shown != value else ""))
