"""Rows with a label and a control, aligned in columns over all panels.

A row is label | control; on a narrow panel the label moves above. A reset button appears
at the end of the label's column only while the value is not the default. Ids: the control is
`##name`, the reset button `###reset_name`, the steps of a whole number `###name_minus` and
`###name_plus`.
"""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.control_state import Reach
from widgets.controls import dim, ellipsis, em, hint, icon_button, inner_spacing, same_line_at
from widgets.knobs import learn_ui, turned, turned_whole

LABEL_EMS = 6.4
NARROW_EMS = 14.5  # below this the label goes above
FREE = Reach(-1.0, 1.0, (-1000.0, 1000.0))  # of a knob for a number without bounds
KNOB_STEPS = 127  # of MIDI: a knob for a number with many values gets the first of them


def label_width() -> float:
    """Return the width of the label column in pixels; 0 = the label goes above the control."""
    available = imgui.get_content_region_avail().x
    return 0.0 if available < em(NARROW_EMS) else min(max(em(LABEL_EMS), available * 0.26), em(9))


def row(label: str, tooltip: str = "", needs: float = 0.0) -> float:
    """Draw a label, place the cursor at the control and return the control's width in pixels.

    A control that `needs` more pixels than its column has gets a line of its own.
    """
    return reset_row(label, tooltip, "", False, "", needs)[0]


def reset_row(
    label: str, tooltip: str, name: str, changed: bool, default: str, needs: float = 0.0
) -> tuple[float, bool]:
    """Draw a label and, if the value was changed, a reset button at the end of its column.

    Returns (width of the control in pixels, whether reset was pressed), the cursor at the control.
    """
    available = imgui.get_content_region_avail().x
    column, left = label_width(), imgui.get_cursor_pos_x()
    if column and available - column < needs:
        column = 0.0
    end = column or available
    side = imgui.get_frame_height()
    if column or changed:
        imgui.align_text_to_frame_padding()
    imgui.push_style_color(imgui.Col_.text, dim())
    room = end - inner_spacing() - (side if changed else 0.0)
    imgui.text_unformatted(ellipsis(label, room))
    imgui.pop_style_color()
    hint(tooltip)
    pressed = False
    if changed:
        same_line_at(left + end - side - (inner_spacing() / 2 if column else 0.0))
        tip = f"Reset to {default}"
        pressed = icon_button(icons.ICON_FA_ROTATE_LEFT, f"###reset_{name}", tip, quiet=True)
    if column:
        same_line_at(left + column)
    return available - column, pressed


def tip_text(tooltip: str, unit: str, default: str) -> str:
    """Return a hint: what it is, its unit, its default, how to type."""
    lines = [tooltip] if tooltip else []
    if unit:
        lines.append(f"In {unit}")
    lines.append(f"Default {default} · Ctrl-click to type")
    return "\n".join(lines)


def decimals(fmt: str) -> int:
    """Return how many decimals a printf format shows: "%.2f dB" -> 2."""
    return int(fmt.partition("%")[2].lstrip("+").partition(".")[2][:1] or 0)


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
    reach: Reach = FREE,
) -> float:
    """Draw a number `##name` to drag or type; Shift drags 10 times faster, Alt 100 times slower.

    `reach` is how far a knob moves a number without bounds.
    """
    tip = tip_text(tooltip, unit, fmt % default) + "\nShift drags faster, Alt slower"
    width, restore = reset_row(label, tip, name, value != default, fmt % default)
    reach = Reach(low, high) if high > low else reach
    learned = learn_ui(name, label, value, reach, width, shown=fmt % value)
    if learned is not None:
        return default if restore else learned
    imgui.set_next_item_width(width)
    flags = imgui.SliderFlags_.always_clamp if high > low else 0
    changed, new = imgui.drag_float(f"##{name}", value, step, low, high, fmt, flags)
    hint(tip)
    asked = turned(name, value, reach)
    if restore:
        return default
    new = round(new, decimals(fmt))
    return new if changed and new != value else asked


def whole_width(value: int) -> float:
    """Return the width a whole number needs with its steps, in pixels."""
    text = imgui.calc_text_size(str(value)).x + 2 * imgui.get_style().frame_padding.x
    return text + 2 * (imgui.get_frame_height() + inner_spacing())


def whole(
    name: str,
    value: int,
    width: float,
    *,
    low: int = 0,
    high: int = 2**32 - 1,
    tooltip: str = "",
    label: str = "",
) -> int:
    """Draw a whole number `##name` to type, with steps `###name_minus` and `###name_plus`.

    `label` is what it is called where knobs are listed.

    Typing takes effect with Enter or on leaving the field. Steps wrap around at the ends. Holding
    Ctrl steps by 100.
    """
    reach = Reach(low, min(high, low + KNOB_STEPS), (low, high), whole=True)
    learned = learn_ui(name, label, value, reach, width, shown=str(value))
    if learned is not None:
        return round(learned)
    side, gap = imgui.get_frame_height(), inner_spacing()
    imgui.set_next_item_width(width - 2 * (side + gap))
    flags = imgui.InputTextFlags_.chars_decimal | imgui.InputTextFlags_.auto_select_all
    _, text = imgui.input_text(f"##{name}", str(value), flags)
    committed = imgui.is_item_deactivated_after_edit()
    hint(tooltip)
    asked = turned_whole(name, value, reach)
    step = 100 if imgui.get_io().key_ctrl else 1
    imgui.push_item_flag(imgui.ItemFlags_.button_repeat, True)
    imgui.same_line(0, gap)
    delta = -step if icon_button("−", f"###{name}_minus", "Ctrl steps by 100") else 0
    imgui.same_line(0, gap)
    delta += step if icon_button("+", f"###{name}_plus", "Ctrl steps by 100") else 0
    imgui.pop_item_flag()
    if committed:
        try:
            new = round(float(text))
        except (ValueError, OverflowError):
            return value
        return min(max(new, low), high)
    return low + (value + delta - low) % (high - low + 1) if delta else asked


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
    changed = value != default
    width, restore = reset_row(label, tip, name, changed, str(default), whole_width(value))
    new = whole(name, value, width, low=low, high=high, tooltip=tip, label=label)
    return default if restore else new


def menu_row(label: str, column_ems: float, width_ems: float) -> None:
    """Draw a label in a menu or a small dialog, and place the cursor at a control of that width."""
    left = imgui.get_cursor_pos_x()
    imgui.align_text_to_frame_padding()
    imgui.text_colored(dim(), label)
    imgui.same_line(left + em(column_ems))
    imgui.set_next_item_width(em(width_ems))


def fact(label: str, value: str, tooltip: str = "") -> None:
    """Draw a label and a value to read, the value cut to the width and whole in its hint."""
    left, available = imgui.get_cursor_pos_x(), imgui.get_content_region_avail().x
    column = label_width() or 0.42 * available
    imgui.text_colored(dim(), ellipsis(label, column - inner_spacing()))
    same_line_at(left + column)
    shown = ellipsis(value, available - column)
    imgui.text_unformatted(shown)
    hint(tooltip or (value if shown != value else ""))
