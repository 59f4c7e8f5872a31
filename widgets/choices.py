"""Controls that choose: a switch, joined buttons, a list narrowed by typing.

Ids: a switch is `##name`, a joined button `###name_value`, a searched list `##name` with `##search`
and `###option<index>` inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from imgui_bundle import ImVec2, ImVec4, imgui, imgui_toggle

from widgets.controls import accent, dim, ellipsis, em, hint, same_line_at, text_on_accent
from widgets.fields import label_width, row

Choice = TypeVar("Choice", bound=str)


def toggle(label: str, name: str, value: bool, tooltip: str = "") -> bool:
    """Draw a switch `##name` in the control column."""
    left, available = imgui.get_cursor_pos_x(), imgui.get_content_region_avail().x
    if label_width():
        row(label, tooltip)
    else:  # a narrow panel: at the right edge of the label's own line
        room = available - 1.7 * imgui.get_frame_height()
        imgui.align_text_to_frame_padding()
        imgui.text_colored(dim(), ellipsis(label, room - em(0.4)))
        same_line_at(left + room)
    return bare_toggle(name, value, tooltip)


def bare_toggle(name: str, value: bool, tooltip: str = "") -> bool:
    """Draw a switch `##name` alone, as high as a frame."""
    imgui.push_style_color(imgui.Col_.button, accent())
    imgui.push_style_color(imgui.Col_.button_hovered, accent())
    height = imgui.get_frame_height()
    _, new = imgui_toggle.toggle(f"##{name}", value, size=ImVec2(height * 1.7, height))
    imgui.pop_style_color(2)
    hint(tooltip)
    return new


def segmented(
    name: str, value: Choice, options: Sequence[tuple[Choice, str, str]], width: float
) -> Choice:
    """Draw joined buttons, one pressed; options are (value, label, tooltip), ids `###name_value`.

    They are put under each other where one line is too narrow for the labels.
    """
    gap = max(1.0, em(0.08))
    padding = imgui.get_style().frame_padding.x
    each = (width - gap * (len(options) - 1)) / len(options)
    widest = max(imgui.calc_text_size(text).x for _, text, _ in options) + padding
    stacked = each < widest
    left = imgui.get_cursor_pos_x()
    new = value
    for index, (option, text, tooltip) in enumerate(options):
        if index and not stacked:
            imgui.same_line(0, gap)
        elif index:
            imgui.set_cursor_pos_x(left)
        chosen = option == value
        imgui.push_style_color(imgui.Col_.text, text_on_accent() if chosen else dim())
        for slot in (imgui.Col_.button, imgui.Col_.button_hovered, imgui.Col_.button_active):
            own = imgui.get_style_color_vec4(slot)
            imgui.push_style_color(slot, accent() if chosen else ImVec4(own.x, own.y, own.z, own.w))
        imgui.push_style_var(imgui.StyleVar_.frame_padding, (0, imgui.get_style().frame_padding.y))
        if imgui.button(f"{text}###{name}_{option}", ImVec2(width if stacked else each, 0)):
            new = option
        imgui.pop_style_var()
        imgui.pop_style_color(4)
        hint(tooltip)
    return new


def segmented_row(
    label: str,
    name: str,
    value: Choice,
    options: Sequence[tuple[Choice, str, str]],
    tooltip: str = "",
) -> Choice:
    """Draw joined buttons in a row; they take a line of their own where they fit only there."""
    widest = max(imgui.calc_text_size(text).x for _, text, _ in options)
    needs = (widest + imgui.get_style().frame_padding.x + em(0.1)) * len(options)
    return segmented(name, value, options, row(label, tooltip, needs))


def combo(name: str, value: str, options: Sequence[tuple[str, str]], tip: str = "") -> str:
    """Draw a list `##name` of (value, text), ids `###name_value`; the caller has set its width."""
    texts = dict(options)
    picked = value
    if imgui.begin_combo(f"##{name}", texts.get(value, value)):
        for option, text in options:
            if imgui.selectable(f"{text}###{name}_{option}", option == value)[0]:
                picked = option
        imgui.end_combo()
    else:
        hint(tip)
    return picked


def search_combo(
    name: str, current: int, labels: Sequence[str], search: str, width: float
) -> tuple[int, str]:
    """Draw a combo `##name` whose list is narrowed by typing in `##search`.

    Returns (chosen index, search text); the caller keeps the text between frames. A label matches
    if it holds every word of the search; a number finds the entry of that index first.
    """
    imgui.set_next_item_width(width)
    shown = labels[current] if 0 <= current < len(labels) else str(current)
    if not imgui.begin_combo(f"##{name}", shown, imgui.ComboFlags_.height_large):
        return current, search
    if imgui.is_window_appearing():
        search = ""
        imgui.set_keyboard_focus_here()
    imgui.set_next_item_width(max(em(12), width))
    _, search = imgui.input_text_with_hint("##search", "Search by name or number", search)
    matches = matching(labels, search)
    chosen = current
    if imgui.is_item_deactivated_after_edit() and imgui.is_key_pressed(imgui.Key.enter) and matches:
        chosen = matches[0]
        imgui.close_current_popup()
    clipper = imgui.ListClipper()
    clipper.begin(len(matches))
    while clipper.step():
        for place in range(clipper.display_start, clipper.display_end):
            index = matches[place]
            if imgui.selectable(f"{labels[index]}###option{index}", index == current)[0]:
                chosen = index
    if not matches:
        imgui.text_disabled("Nothing found")
    imgui.end_combo()
    return chosen, search


def matching(labels: Sequence[str], search: str) -> list[int]:
    """Return the indices of the labels that hold every word of `search`, an exact number first."""
    words = search.lower().split()
    found = [i for i, text in enumerate(labels) if all(word in text.lower() for word in words)]
    if search.strip().isdecimal() and (exact := int(search)) < len(labels):
        found = [exact, *(i for i in found if i != exact)]
    return found
