"""Small parts every panel is made of: sizes in em, colours of the theme, hints, buttons, sections.

Nothing here has an id of its own; callers name what they draw. A button takes its label as imgui
does: "Visible###stable_id".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from imgui_bundle import ImVec2, ImVec4, imgui

_tooltips_shown: ContextVar[bool] = ContextVar("tooltips_shown", default=True)
_scope: ContextVar[tuple[str, ...]] = ContextVar("scope", default=())


@contextmanager
def tooltips(shown: bool) -> Iterator[None]:
    """Show or hide hints drawn inside; reasons for disabled controls are always shown."""
    token = _tooltips_shown.set(shown)
    try:
        yield
    finally:
        _tooltips_shown.reset(token)


def em(count: float) -> float:
    """Return `count` times the font size in pixels."""
    return count * imgui.get_font_size()


def floating_size(width_ems: float, height_ems: float) -> ImVec2:
    """Return the size of a floating window in pixels: what is asked for, within the main window."""
    room = imgui.get_main_viewport().size
    return ImVec2(min(em(width_ems), 0.92 * room.x), min(em(height_ems), 0.86 * room.y))


def spacing() -> float:
    """Return the horizontal gap between two items in pixels."""
    return imgui.get_style().item_spacing.x


def inner_spacing() -> float:
    """Return the gap between the parts of one control in pixels."""
    return imgui.get_style().item_inner_spacing.x


def same_line_at(x: float) -> None:
    """Go on in the same line at `x`, a cursor position as `get_cursor_pos_x` gives it.

    imgui's own offset counts from the group, not from the window, and would be added twice there.
    """
    imgui.same_line(0, 0)
    imgui.set_cursor_pos_x(x)


def accent() -> ImVec4:
    """Return the theme's accent colour."""
    return imgui.get_style_color_vec4(imgui.Col_.slider_grab)


def dim() -> ImVec4:
    """Return the colour of labels and secondary text: between text and disabled text."""
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    return ImVec4(text.x, text.y, text.z, text.w * 0.66)


def warning() -> ImVec4:
    """Return the colour of sentences that say something failed."""
    return ImVec4(1.0, 0.56, 0.45, 1.0)


def u32(colour: ImVec4, alpha: float = 1.0) -> int:
    """Return `colour` for a draw list, its opacity times `alpha` and the style's own."""
    opacity = colour.w * alpha * imgui.get_style().alpha
    return imgui.color_convert_float4_to_u32(ImVec4(colour.x, colour.y, colour.z, opacity))


def text_on_accent() -> ImVec4:
    """Return white or near-black, whichever reads better on the accent colour."""
    c = accent()
    luma = 0.299 * c.x + 0.587 * c.y + 0.114 * c.z
    return ImVec4(0.05, 0.06, 0.08, 1.0) if luma > 0.62 else ImVec4(1, 1, 1, 1)


def hint(text: str) -> None:
    """Show `text` when the last item is hovered for a moment."""
    if text and _tooltips_shown.get():
        imgui.set_item_tooltip(text)


@contextmanager
def disabled(reason: str | None) -> Iterator[None]:
    """Disable what is drawn inside while there is a reason; hovering shows the reason."""
    if not reason:
        yield
        return
    imgui.begin_group()
    imgui.begin_disabled()
    hidden = _tooltips_shown.set(False)
    try:
        yield
    finally:
        _tooltips_shown.reset(hidden)
        imgui.end_disabled()
        imgui.end_group()
    if imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled):
        imgui.set_tooltip(reason)


@contextmanager
def id_scope(name: str | int) -> Iterator[None]:
    """Keep the ids inside apart from those of other `name`s."""
    imgui.push_id(str(name))
    token = _scope.set((*_scope.get(), str(name)))
    try:
        yield
    finally:
        _scope.reset(token)
        imgui.pop_id()


def scoped(name: str) -> str:
    """Return a name with the scopes around it: "0/mix_seed"."""
    return "/".join((*_scope.get(), name))


def ellipsis(text: str, width: float) -> str:
    """Return `text`, or its beginning and "…" so that it is at most `width` pixels wide."""
    if imgui.calc_text_size(text).x <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        fits = imgui.calc_text_size(text[:middle].rstrip() + "…").x <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"


def section(title: str, icon: str = "", *, first: bool = False) -> None:
    """Draw a heading: icon in the accent colour, title, a fine line to the right edge."""
    if not first:
        imgui.dummy(ImVec2(0, em(0.25)))
    if icon:
        left = imgui.get_cursor_pos_x()
        imgui.text_colored(accent(), icon)
        same_line_at(left + em(1.6))
    imgui.text_unformatted(title)
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    imgui.same_line(0, em(0.6))
    end = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    y = round((low.y + high.y) / 2) + 0.5
    if end > high.x + em(1.2):
        line = u32(imgui.get_style_color_vec4(imgui.Col_.text), 0.12)
        imgui.get_window_draw_list().add_line((high.x + em(0.6), y), (end, y), line)
    imgui.new_line()


def icon_button(icon: str, name: str, tooltip: str = "", *, quiet: bool = False) -> bool:
    """Draw a square button with an icon; `name` is its whole id, "###undo".

    `quiet` leaves out the frame until it is hovered.
    """
    side = imgui.get_frame_height()
    if quiet:
        imgui.push_style_color(imgui.Col_.button, ImVec4(0, 0, 0, 0))
        imgui.push_style_color(imgui.Col_.border, ImVec4(0, 0, 0, 0))
    imgui.push_style_var(
        imgui.StyleVar_.frame_padding, ImVec2(0, imgui.get_style().frame_padding.y)
    )
    pressed = imgui.button(f"{icon}{name}", ImVec2(side, side))
    imgui.pop_style_var()
    if quiet:
        imgui.pop_style_color(2)
    hint(tooltip)
    return pressed


@dataclass(frozen=True)
class Button:
    """One button of a row: `name` is what `button_row` returns and, as "###name", its id."""

    name: str
    label: str
    icon: str = ""
    tooltip: str = ""
    disabled_reason: str | None = None
    selected: bool = False

    @property
    def text(self) -> str:
        return "  ".join(part for part in (self.icon, self.label) if part)


def button(item: Button, width: float = 0.0) -> bool:
    """Draw one button, in the accent colour while selected."""
    if item.selected:
        imgui.push_style_color(imgui.Col_.button, accent())
        imgui.push_style_color(imgui.Col_.button_hovered, accent())
        imgui.push_style_color(imgui.Col_.button_active, accent())
        imgui.push_style_color(imgui.Col_.text, text_on_accent())
    with disabled(item.disabled_reason):
        pressed = imgui.button(f"{item.text}###{item.name}", ImVec2(width, 0))
        hint(item.tooltip)
    if item.selected:
        imgui.pop_style_color(4)
    return pressed


def button_row(buttons: Sequence[Button], available: float | None = None) -> str | None:
    """Draw buttons side by side, wrapped to the width; return the name of the pressed one.

    Buttons of one line are stretched to share its whole width, so that edges line up.
    """
    if available is None:
        available = imgui.get_content_region_avail().x
    gap, padding = spacing(), 2 * imgui.get_style().frame_padding.x
    lines: list[list[tuple[Button, float]]] = [[]]
    used = 0.0
    for item in buttons:
        width = imgui.calc_text_size(item.text).x + padding
        if lines[-1] and used + gap + width > available:
            lines.append([])
            used = 0.0
        used += width + (gap if lines[-1] else 0.0)
        lines[-1].append((item, width))
    pressed = None
    for line in lines:
        spare = available - sum(width for _, width in line) - gap * (len(line) - 1)
        extra = max(0.0, spare / len(line)) if line else 0.0
        for index, (item, width) in enumerate(line):
            if index:
                imgui.same_line(0, gap)
            if button(item, min(width + extra, available)):
                pressed = item.name
    return pressed


def progress(
    fraction: float | None, text: str, height: float = 0.0, width: float | None = None
) -> None:
    """Draw a progress bar, by default over the whole width; None = how far is not known."""
    size = ImVec2(
        imgui.get_content_region_avail().x if width is None else width, height or em(1.35)
    )
    shown = fraction if fraction is not None else -0.6 * imgui.get_time()
    imgui.push_style_color(imgui.Col_.plot_histogram, accent())
    imgui.progress_bar(shown, size, "")
    imgui.pop_style_color()
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    label = ellipsis(text, size.x - em(1))
    extent = imgui.calc_text_size(label)
    place = (low.x + em(0.5), (low.y + high.y - extent.y) / 2)
    colour = u32(imgui.get_style_color_vec4(imgui.Col_.text))
    imgui.get_window_draw_list().add_text(place, colour, label)
