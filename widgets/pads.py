"""Two-dimensional pads: an area that is dragged, with the parts to draw on it."""

from __future__ import annotations

from dataclasses import dataclass

from imgui_bundle import ImVec2, ImVec4, imgui

from widgets.controls import accent, em, hint, u32


@dataclass(frozen=True)
class Pad:
    """One frame of a pad: its rectangle on the screen and what the mouse did on it.

    delta_px:  movement of a drag in this frame, (0, 0) without one.
    jump_px:   where it was double-clicked, from the centre; None without.
    wheel:     notches of the wheel over the pad.
    """

    low: ImVec2
    high: ImVec2
    active: bool
    hovered: bool
    delta_px: tuple[float, float] = (0.0, 0.0)
    jump_px: tuple[float, float] | None = None
    wheel: float = 0.0

    @property
    def centre(self) -> tuple[float, float]:
        return (self.low.x + self.high.x) / 2, (self.low.y + self.high.y) / 2

    @property
    def size(self) -> tuple[float, float]:
        return self.high.x - self.low.x, self.high.y - self.low.y


def pad(name: str, width: float, height: float, tooltip: str = "") -> Pad:
    """Draw the ground of a pad with the item `##name` and report what the mouse does on it."""
    imgui.invisible_button(f"##{name}", ImVec2(max(width, em(2)), max(height, em(2))))
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    hovered, active = imgui.is_item_hovered(), imgui.is_item_active()
    if not active:
        hint(tooltip)
    imgui.set_item_key_owner(imgui.Key.mouse_wheel_y)
    io = imgui.get_io()
    centre = (low.x + high.x) / 2, (low.y + high.y) / 2
    double = hovered and imgui.is_mouse_double_clicked(imgui.MouseButton_.left)
    draw = imgui.get_window_draw_list()
    ground = imgui.get_style_color_vec4(imgui.Col_.frame_bg)
    rounding = imgui.get_style().frame_rounding
    draw.add_rect_filled(low, high, u32(ImVec4(0, 0, 0, 1), 0.25), rounding)
    draw.add_rect_filled(low, high, u32(ground, 0.35), rounding)
    # The frame of the release still brings the last movement: all of it, in a quick flick.
    dragging = active or imgui.is_item_deactivated()
    return Pad(
        low,
        high,
        active,
        hovered,
        (io.mouse_delta.x, io.mouse_delta.y) if dragging else (0.0, 0.0),
        (io.mouse_pos.x - centre[0], io.mouse_pos.y - centre[1]) if double else None,
        io.mouse_wheel if hovered else 0.0,
    )


def pad_line(area: Pad, at: float, *, vertical: bool, strong: bool = False) -> None:
    """Draw a grid line across the pad at a screen coordinate."""
    colour = u32(imgui.get_style_color_vec4(imgui.Col_.text), 0.22 if strong else 0.09)
    at = round(at) + 0.5
    ends = (
        ((at, area.low.y), (at, area.high.y)) if vertical else ((area.low.x, at), (area.high.x, at))
    )
    imgui.get_window_draw_list().add_line(*ends, colour)


def pad_dot(area: Pad, x: float, y: float) -> None:
    """Draw the position, kept within the pad, with a halo that grows while it is dragged."""
    radius = em(0.36)
    x = min(max(x, area.low.x + radius), area.high.x - radius)
    y = min(max(y, area.low.y + radius), area.high.y - radius)
    draw = imgui.get_window_draw_list()
    halo = 2.3 if area.active else 1.9 if area.hovered else 1.6
    draw.add_circle_filled((x, y), radius * halo, u32(accent(), 0.28))
    draw.add_circle_filled((x, y), radius, u32(accent()))
    draw.add_circle((x, y), radius, u32(ImVec4(1, 1, 1, 1), 0.85), thickness=max(1.0, em(0.08)))


def pad_edge(area: Pad) -> None:
    """Draw the frame of the pad, in the accent colour while it is used."""
    line = imgui.get_style_color_vec4(imgui.Col_.text)
    colour = u32(accent(), 0.9) if area.active else u32(line, 0.28 if area.hovered else 0.14)
    rounding = imgui.get_style().frame_rounding
    imgui.get_window_draw_list().add_rect(area.low, area.high, colour, rounding)


def pad_text(area: Pad, text: str, alpha: float = 0.6) -> None:
    """Write into the top left corner."""
    place = (area.low.x + em(0.5), area.low.y + em(0.3))
    colour = u32(imgui.get_style_color_vec4(imgui.Col_.text), alpha)
    imgui.get_window_draw_list().add_text(place, colour, text)


def drag_button(
    label: str, name: str, tooltip: str = "", width: float = 0.0
) -> tuple[float, float]:
    """Draw a button `###name` to drag from; return the movement of this frame in font sizes."""
    imgui.button(f"{label}###{name}", ImVec2(width, 0))
    if imgui.is_item_hovered() or imgui.is_item_active():
        imgui.set_mouse_cursor(imgui.MouseCursor_.resize_all)
    if not (imgui.is_item_active() or imgui.is_item_deactivated()):
        hint(tooltip)
        return 0.0, 0.0
    delta = imgui.get_io().mouse_delta
    return delta.x / em(1), delta.y / em(1)
