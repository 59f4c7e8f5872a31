"""Latent: where on the plane of seeds the picture comes from, and how that place moves.

Ids: `##seed`, `###seed_minus`, `###seed_plus`, `##seed_plane` (drag; double-click jumps; wheel
zooms), `##latent_x`, `##latent_y`, `###latent_drag_fast`, `###latent_drag_slow`, `###random`,
`###latent_snap`, `###latent_reset`, `##latent_animate`, `##latent_speed`, `##latent_speed_exact`,
`###reset_latent_speed`, `###back_to_seeds`.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.control_state import Reach
from explorer.panel_state import Emit, PanelState
from explorer.settings import (
    PLANE_ROW,
    RANDOM_SEEDS,
    SEED_MODULUS,
    Animation,
    Latent,
    Settings,
    round_half_up,
    seed_latent,
)
from widgets.choices import bare_toggle
from widgets.controls import (
    Button,
    accent,
    button_row,
    dim,
    ellipsis,
    em,
    hint,
    inner_spacing,
    section,
    u32,
)
from widgets.fields import row, whole, whole_width
from widgets.knobs import learn_ui, turned
from widgets.pads import Pad, drag_button, pad, pad_dot, pad_edge, pad_line
from widgets.sliders import power_slider

FAST, SLOW = 0.04, 0.004  # seeds per font size of dragging
WALK = Reach(0.0, 10.0, (-(2.0**32), 2.0**32))  # how far a knob goes on the plane, in seeds


@dataclass
class PlaneView:
    """Which part of the plane the pad shows; never part of the settings."""

    centre_x: float = 0.0
    centre_y: float = 0.0
    cell_ems: float = 4.0  # one seed on the screen

    def follow(self, x: float, y: float, half_width: float, half_height: float) -> None:
        """Move the view so that (x, y) stays away from the edge; halves in seeds."""
        if abs(x - self.centre_x) > 8 * half_width or abs(y - self.centre_y) > 8 * half_height:
            self.centre_x, self.centre_y = x, y
        inside_x, inside_y = 0.72 * half_width, 0.62 * half_height
        self.centre_x = min(max(self.centre_x, x - inside_x), x + inside_x)
        self.centre_y = min(max(self.centre_y, y - inside_y), y + inside_y)


class LatentPanel:
    """The panel, with the part of the plane it shows."""

    def __init__(self) -> None:
        self.view = PlaneView()

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        latent = settings.latent
        if latent.anchor is not None:
            latent = _anchor_ui(latent)
        latent = _seed_ui(latent)
        latent = plane_ui(latent, self.view)
        latent = _position_ui(latent)
        latent = _buttons_ui(latent)
        animation = _motion_ui(settings.animation)
        if latent is settings.latent and animation is settings.animation:
            return settings
        return replace(settings, latent=latent, animation=animation)


latent_ui = LatentPanel().draw


def moved(latent: Latent, dx: float, dy: float) -> Latent:
    """Return the latent `dx`, `dy` seeds further, or the same one if nothing moves."""
    if dx == 0.0 and dy == 0.0:
        return latent
    return replace(latent, x=round(latent.x + dx, 6), y=round(latent.y + dy, 6))


def _anchor_ui(latent: Latent) -> Latent:
    low = imgui.get_cursor_screen_pos()
    width, height = imgui.get_content_region_avail().x, imgui.get_frame_height() * 1.3
    draw = imgui.get_window_draw_list()
    rounding = imgui.get_style().frame_rounding
    draw.add_rect_filled(low, (low.x + width, low.y + height), u32(accent(), 0.16), rounding)
    start = imgui.get_cursor_pos()
    inset = (height - imgui.get_frame_height()) / 2
    name = latent.anchor_name or "saved latent"
    text = f"{icons.ICON_FA_BOOKMARK}  Around “{name}”"
    label, padding = "Back to seeds", 2 * imgui.get_style().frame_padding.x
    if imgui.calc_text_size(text + label).x + padding + em(1.5) > width:
        text, label = f"{icons.ICON_FA_BOOKMARK}  {name}", icons.ICON_FA_XMARK
    button_width = imgui.calc_text_size(label).x + padding
    imgui.set_cursor_pos((start.x + em(0.5), start.y + inset))
    imgui.align_text_to_frame_padding()
    imgui.text_unformatted(ellipsis(text, width - button_width - em(1.5)))
    hint(f"The plane of seeds is laid around the saved latent “{name}”")
    imgui.set_cursor_pos((start.x + width - button_width - inset, start.y + inset))
    back = imgui.button(f"{label}###back_to_seeds")
    hint("Leave the saved latent and show the seed at this place")
    imgui.set_cursor_pos((start.x, start.y + height + imgui.get_style().item_spacing.y))
    imgui.dummy((0, 0))
    return Latent(x=latent.x, y=latent.y) if back else latent


def _seed_ui(latent: Latent) -> Latent:
    tip = f"The nearest seed, 0..{SEED_MODULUS - 1}; a step in y is {PLANE_ROW} seeds"
    width = row("Seed", tip, whole_width(latent.seed))
    seed = whole("seed", latent.seed, width, tooltip=tip, label="Seed")
    return latent if seed == latent.seed else seed_latent(seed)


def plane_ui(latent: Latent, view: PlaneView, height_ems: float = 9.0) -> Latent:
    """Draw the plane of seeds and drag the position on it; item `##seed_plane`."""
    tip = "Drag to move · double-click to jump · wheel to zoom"
    area = pad("seed_plane", imgui.get_content_region_avail().x, em(height_ems), tip)
    if area.wheel:
        view.cell_ems = min(max(view.cell_ems * 1.15**area.wheel, 0.75), 24.0)
    cell = em(view.cell_ems)
    latent = moved(latent, area.delta_px[0] / cell, area.delta_px[1] / cell)
    if area.jump_px is not None:
        x, y = view.centre_x + area.jump_px[0] / cell, view.centre_y + area.jump_px[1] / cell
        latent = replace(latent, x=round(x, 2), y=round(y, 2))
    width, height = area.size
    view.follow(latent.x, latent.y, width / 2 / cell, height / 2 / cell)
    _draw_plane(latent, view, area, cell)
    return latent


def _draw_plane(latent: Latent, view: PlaneView, area: Pad, cell: float) -> None:
    mid_x, mid_y = area.centre
    width, height = area.size
    draw = imgui.get_window_draw_list()
    draw.push_clip_rect(area.low, area.high, True)
    stride = 1 if cell >= em(1.2) else 10 if cell < em(0.3) else 5
    xs = _visible(view.centre_x, width / cell, stride)
    ys = _visible(view.centre_y, height / cell, stride)
    for x in xs:
        pad_line(area, mid_x + (x - view.centre_x) * cell, vertical=True, strong=x == 0)
    for y in ys:
        pad_line(area, mid_y + (y - view.centre_y) * cell, vertical=False, strong=y == 0)
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    size = imgui.get_font_size() * 0.8
    font = imgui.get_font()
    near = (round_half_up(latent.x), round_half_up(latent.y))
    room = 0.8 * imgui.calc_text_size(str(near[0] + PLANE_ROW * near[1])).x + em(0.9)
    skip = math.ceil(room / cell)  # columns between two labels
    if cell >= em(1.5):  # seeds at their crossings, the nearest one stronger
        for x in (x for x in xs if x % skip == near[0] % skip):
            for y in ys:
                place = mid_x + (x - view.centre_x) * cell, mid_y + (y - view.centre_y) * cell
                seed = x + PLANE_ROW * y  # seeds below 0 wrap to the top, too long to read here
                shade = u32(text, 0.85 if (x, y) == near else 0.36)
                draw.add_circle_filled(place, em(0.12), u32(text, 0.35))
                draw.add_text(
                    font, size, (place[0] + em(0.3), place[1] + em(0.15)), shade, str(seed)
                )
    dot = mid_x + (latent.x - view.centre_x) * cell, mid_y + (latent.y - view.centre_y) * cell
    corner = mid_x + (near[0] - view.centre_x) * cell, mid_y + (near[1] - view.centre_y) * cell
    draw.add_line(corner, dot, u32(accent(), 0.5), max(1.0, em(0.08)))
    pad_dot(area, *dot)
    draw.pop_clip_rect()
    pad_edge(area)


def _visible(centre: float, count: float, stride: int) -> range:
    first = math.floor((centre - count / 2) / stride) * stride
    return range(first, math.ceil(centre + count / 2) + 1, stride)


def _position_ui(latent: Latent) -> Latent:
    tip = "Position on the plane of seeds; between whole numbers four seeds are blended"
    gap = inner_spacing()
    letter = imgui.calc_text_size("x").x + gap
    longest = max((f"{latent.x:.3f}", f"{latent.y:.3f}"), key=len)
    field = imgui.calc_text_size(longest).x + 2 * imgui.get_style().frame_padding.x
    width = row("Position", tip, 2 * (letter + field) + gap)
    new = latent
    for axis, value in (("x", latent.x), ("y", latent.y)):
        if axis == "y":
            imgui.same_line(0, gap)
        imgui.align_text_to_frame_padding()
        imgui.text_colored(dim(), axis)
        imgui.same_line(0, gap)
        name, half = f"latent_{axis}", (width - gap) / 2 - letter
        label, shown = f"Position {axis}", f"{value:.3f}"
        learned = learn_ui(name, label, value, WALK, half, shown=shown)
        if learned is not None:
            new = new if learned == value else replace(new, **{axis: learned})
            continue
        imgui.set_next_item_width(half)
        _, typed = imgui.input_double(f"##{name}", value, 0.0, 0.0, "%.3f")
        hint(f"{axis} in seeds" + (f"; one step is {PLANE_ROW} seeds" if axis == "y" else ""))
        committed = imgui.is_item_deactivated_after_edit() and math.isfinite(typed)
        asked = turned(name, value, WALK)
        chosen = typed if committed else asked
        if chosen != value:
            new = replace(new, **{axis: chosen})
    arrows = icons.ICON_FA_ARROWS_UP_DOWN_LEFT_RIGHT
    padding = 2 * imgui.get_style().frame_padding.x
    text = imgui.calc_text_size(f"{arrows}  Slow").x
    half = (row("Drag", tip, 2 * (text + padding) + gap) - gap) / 2
    fast = drag_button(
        f"{arrows}  Fast", "latent_drag_fast", "Hold and drag: 1 seed is 25 letters", half
    )
    imgui.same_line(0, gap)
    slow = drag_button(
        f"{arrows}  Slow", "latent_drag_slow", "Hold and drag: ten times finer", half
    )
    dx, dy = fast[0] * FAST + slow[0] * SLOW, fast[1] * FAST + slow[1] * SLOW
    return moved(new, dx, dy)


def _buttons_ui(latent: Latent) -> Latent:
    whole_place = (float(round_half_up(latent.x)), float(round_half_up(latent.y)))
    on_seed = (
        None if (latent.x, latent.y) != whole_place else "The position is a whole seed already"
    )
    at_start = "The position is the first seed already" if latent == Latent() else None
    pressed = button_row(
        (
            Button("random", "Random", icons.ICON_FA_SHUFFLE, "Show a seed drawn at random"),
            Button(
                "latent_snap",
                "Snap",
                icons.ICON_FA_MAGNET,
                "Move to the nearest whole seed",
                on_seed,
            ),
            Button("latent_reset", "Reset", icons.ICON_FA_ROTATE_LEFT, "Back to seed 0", at_start),
        )
    )
    if pressed == "random":
        return seed_latent(random.randrange(RANDOM_SEEDS))
    if pressed == "latent_snap":
        return replace(latent, x=whole_place[0], y=whole_place[1])
    return Latent() if pressed == "latent_reset" else latent


def _motion_ui(animation: Animation) -> Animation:
    section("Motion", icons.ICON_FA_PERSON_RUNNING)
    row("Animate", "Move along x by itself")
    running = bare_toggle("latent_animate", animation.latent, "Move along x by itself")
    default = Animation().latent_speed
    speed = power_slider(
        "Speed", "latent_speed", animation.latent_speed, 5.0, power=3.0, default=default,
        fmt="%.2f", unit="seeds per second", tooltip="Fine in the middle, fast at the ends",
    )  # fmt: skip
    if running == animation.latent and speed == animation.latent_speed:
        return animation
    return replace(animation, latent=running, latent_speed=speed)
