"""Rows of a mix source as bars that are painted by dragging: which rows, how much of each.

Ids, inside the scope of a source: `##row<i>` per row, `##exact_weight` in the popup of Ctrl-click.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from imgui_bundle import ImVec2, ImVec4, imgui

from explorer.control_state import Reach
from explorer.model_info import ModelInfo
from explorer.settings import row_ranges
from widgets.controls import accent, em, hint, u32
from widgets.knobs import learn_ui, learning, turned

Weights = tuple[tuple[int, float], ...]
GROUP_GAP_EMS = 0.45
WEIGHT = Reach(0.0, 1.0)


def packed(weights: Mapping[int, float]) -> Weights:
    """Return weights as settings hold them: by row, without zeros."""
    return tuple((row, weight) for row, weight in sorted(weights.items()) if weight > 0)


def painted(weights: Weights, row: int, weight: float) -> Weights:
    """Return the weights with one row set, within 0..1."""
    return packed({**dict(weights), row: round(min(max(weight, 0.0), 1.0), 3)})


def filled(rows: Iterable[int], weight: float = 1.0) -> Weights:
    """Return weights with exactly these rows at `weight`."""
    return packed(dict.fromkeys(rows, weight))


def master_weight(weights: Weights) -> float:
    """Return the largest weight; the master control shows it."""
    return max((weight for _, weight in weights), default=0.0)


def with_master(weights: Weights, master: float, num_ws: int) -> Weights:
    """Scale all weights so that the largest becomes `master`; without any, fill every row.

    A master of 0 keeps a trace of 0.001, so that dragging back up restores the proportions.
    """
    old = master_weight(weights)
    if old == 0.0:
        return filled(range(num_ws), round(master, 3))
    factor = max(master, 0.001) / old
    return packed({row: min(1.0, round(weight * factor, 4)) for row, weight in weights})


def row_text(info: ModelInfo, row: int) -> str:
    """Say which part of the picture a row of ws feeds: its group, layers and their resolutions."""
    group = next(name for name, rows in row_ranges(info.num_ws).items() if row in rows)
    layers = [layer for layer in info.layers if row in layer.ws_rows]
    fed = ", ".join(f"{layer.name} ({layer.resolution} px)" for layer in layers)
    return f"Row {row} · {group}" + (f"\n{fed}" if fed else "")


def group_spans(num_ws: int, width: float) -> list[tuple[str, range, float, float]]:
    """Return (name, rows, left, width in pixels) of each group of bars, `width` pixels in all."""
    groups = [(name, rows) for name, rows in row_ranges(num_ws).items() if rows]
    gap = em(GROUP_GAP_EMS)
    each = (width - gap * (len(groups) - 1)) / max(1, num_ws)
    spans: list[tuple[str, range, float, float]] = []
    left = 0.0
    for name, rows in groups:
        spans.append((name, rows, left, each * len(rows)))
        left += each * len(rows) + gap
    return spans


def rows_ui(
    weights: Weights,
    info: ModelInfo,
    width: float,
    height: float = 0.0,
    *,
    labels: bool = True,
    label: str = "",
) -> Weights:
    """Draw one bar a row, grouped coarse, middle, fine; drag over them to paint.

    `height` 0 is 3.2 em.
    `labels` writes the groups' names below; without, the caller puts buttons there.
    `label` is what the source is called where knobs are listed.

    A press sets the bar under the mouse to the height of the mouse; while it is held, every bar the
    mouse passes is set. Right-click switches a bar on or off, Ctrl-click asks for an exact value.
    """
    start = imgui.get_cursor_screen_pos()
    height = height or em(3.2)
    values = dict(weights)
    new = weights
    each = 0.0
    spans: list[tuple[int, float]] = []
    for name, rows, left, group_width in group_spans(info.num_ws, width):
        each = group_width / len(rows)
        if labels:
            _group_label(name, start.x + left, start.y + height, group_width)
        for place, row in enumerate(rows):
            x = start.x + left + place * each
            imgui.set_cursor_screen_pos(ImVec2(x, start.y))
            weight, size = values.get(row, 0.0), ImVec2(each, height)
            name, bar = f"row{row}", f"{label} row {row}"
            asked = learn_ui(name, bar, weight, WEIGHT, each, height=height)
            if asked is None:
                new = _bar_ui(new, row, weight, size, info)
                asked = turned(name, weight, WEIGHT)
            new = new if asked == weight else painted(new, row, asked)
            spans.append((row, x))
    held = any(imgui.internal.get_active_id() == imgui.get_id(f"##row{row}") for row, _ in spans)
    if held and not learning() and not imgui.get_io().key_ctrl:
        new = _stroke(new, spans, each, start.y, height)
    imgui.set_cursor_screen_pos(ImVec2(start.x, start.y))
    imgui.dummy(ImVec2(width, height + (imgui.get_font_size() * 0.95 if labels else 0.0)))
    return weights if new == weights else new


def _stroke(
    weights: Weights, spans: list[tuple[int, float]], each: float, top: float, height: float
) -> Weights:
    """Set every bar the mouse passed since the last frame; a fast hand leaves none out."""
    io = imgui.get_io()
    x1, y1 = io.mouse_pos.x, io.mouse_pos.y
    pressed = imgui.is_mouse_clicked(imgui.MouseButton_.left)
    x0, y0 = (x1, y1) if pressed else (x1 - io.mouse_delta.x, y1 - io.mouse_delta.y)
    for row, left in spans:
        if left + each <= min(x0, x1) or left > max(x0, x1):
            continue
        middle = min(max(left + each / 2, min(x0, x1)), max(x0, x1))
        y = (
            y1
            if left <= x1 < left + each or x0 == x1
            else y0 + (y1 - y0) * (middle - x0) / (x1 - x0)
        )
        weights = painted(weights, row, _level(y, top, height))
    return weights


def _level(y: float, top: float, height: float) -> float:
    """Return the weight at a height; the outer 8 % are 0 and 1, so both ends are easy to hit."""
    return min(max((top + height - y - 0.08 * height) / (0.84 * height), 0.0), 1.0)


def _bar_ui(weights: Weights, row: int, weight: float, size: ImVec2, info: ModelInfo) -> Weights:
    imgui.invisible_button(f"##row{row}", size)
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    hovered = imgui.is_item_hovered()
    if hovered:
        hint(f"{row_text(info, row)}\nWeight {weight:.3g}\n"
             "Drag to paint · right-click on or off · Ctrl-click to type")  # fmt: skip
    if imgui.is_item_clicked(imgui.MouseButton_.right):
        weights = painted(weights, row, 0.0 if weight > 0 else 1.0)
    popup = f"exact{row}"
    if imgui.is_item_clicked() and imgui.get_io().key_ctrl:
        imgui.open_popup(popup)
    if imgui.begin_popup(popup):
        if imgui.is_window_appearing():
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(em(6))
        _, typed = imgui.input_float("##exact_weight", weight, 0.0, 0.0, "%.3f")
        if imgui.is_item_deactivated_after_edit():
            weights = painted(weights, row, typed)
            imgui.close_current_popup()
        imgui.end_popup()
    inset = max(1.0, min(em(0.1), size.x * 0.12))
    draw = imgui.get_window_draw_list()
    rounding = min(em(0.2), size.x / 4)
    left, right = low.x + inset, high.x - inset
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    draw.add_rect_filled(
        (left, low.y), (right, high.y), u32(text, 0.14 if hovered else 0.07), rounding
    )
    if weight > 0:
        top = high.y - max(2.0, weight * (high.y - low.y))
        draw.add_rect_filled(
            (left, top), (right, high.y), u32(accent(), 0.55 + 0.45 * weight), rounding
        )
        draw.add_line((left, top), (right, top), u32(ImVec4(1, 1, 1, 1), 0.5))
    return weights


def _group_label(name: str, x: float, y: float, width: float) -> None:
    size = imgui.get_font_size() * 0.8
    font = imgui.get_font()
    extent = 0.8 * imgui.calc_text_size(name).x
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    place = (x + max(0.0, (width - extent) / 2), y + em(0.12))
    imgui.get_window_draw_list().add_text(font, size, place, u32(text, 0.5), name)
