"""Input transform: StyleGAN3's picture moved and turned before the network draws it.

Ids: `##translate_pad` (drag; double-click jumps), `##translate_x`, `##translate_y` with
`###reset_…`, `###translate_drag_fast`, `###translate_drag_slow`, `##rotate`, `###reset_rotate`,
`###rotate_unit_turns`, `###rotate_unit_degrees`, `###rotate_drag_fast`, `###rotate_drag_slow`,
`##translate_animate`, `###path_orbit`, `###path_line`, `###path_eight`, `##translate_speed`,
`##rotate_animate`, `##rotate_speed`, `##rotate_speed_exact`, `##round_to_pixels`, `##untransform`,
`###transform_reset`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.control_state import Reach
from explorer.panel_state import Emit, PanelState
from explorer.settings import Animation, InputTransform, PathKind, Settings
from widgets.choices import segmented_row, toggle
from widgets.controls import Button, accent, button_row, em, inner_spacing, section, u32
from widgets.equivariance import equivariance_ui
from widgets.fields import number, row
from widgets.model_facts import architecture_text
from widgets.notices import empty_ui
from widgets.pads import drag_button, pad, pad_dot, pad_edge, pad_line, pad_text
from widgets.sliders import power_slider

AngleUnit = Literal["turns", "degrees"]
FAST, SLOW = 2e-2, 4e-4  # image widths, or turns, per font size of dragging
PATHS: tuple[tuple[PathKind, str, str], ...] = (
    ("orbit", "Orbit", "A circle around the start"),
    ("line", "Line", "There and back"),
    ("eight", "Eight", "A figure of eight"),
)
UNITS: tuple[tuple[AngleUnit, str, str], ...] = (
    ("turns", "Turns", "1 is a full turn"),
    ("degrees", "Degrees", "360 are a full turn"),
)


class TransformPanel:
    """The panel, with the unit angles are shown in."""

    def __init__(self) -> None:
        self.unit: AngleUnit = "degrees"

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        info = state.info
        if info is None:
            reason = "Whether its input can be moved depends on it"
            empty_ui(icons.ICON_FA_UP_DOWN_LEFT_RIGHT, "No model is open", reason)
            return settings
        if not info.has_input_transform:
            network = architecture_text(info)
            reason = f"Only StyleGAN3 has an input that can be moved; this is {network}"
            empty_ui(icons.ICON_FA_ROTATE, "Nothing to transform", reason)
            return settings
        value = self._translate_ui(settings.transform, info.resolution)
        value = self._rotate_ui(value)
        value = _sampling_ui(value)
        animation = _motion_ui(settings.animation)
        equivariance_ui(state)
        if value is settings.transform and animation is settings.animation:
            return settings
        return replace(settings, transform=value, animation=animation)

    def _translate_ui(self, value: InputTransform, resolution: int) -> InputTransform:
        section("Translate", icons.ICON_FA_UP_DOWN_LEFT_RIGHT, first=True)
        value = translate_pad_ui(value)
        pixel = f"; 1 pixel is {1 / resolution:.4f}"
        x = number(
            "X", "translate_x", value.translate_x, default=0.0, step=0.002, fmt="%.4f",
            unit=f"image widths to the right{pixel}",
        )  # fmt: skip
        y = number(
            "Y", "translate_y", value.translate_y, default=0.0, step=0.002, fmt="%.4f",
            unit=f"image widths downwards{pixel}",
        )  # fmt: skip
        dx, dy = _drag_row("translate", "Hold and drag to move the picture")
        if (x, y) == (value.translate_x, value.translate_y) and dx == dy == 0.0:
            return value
        return replace(value, translate_x=round(x + dx, 6), translate_y=round(y + dy, 6))

    def _rotate_ui(self, value: InputTransform) -> InputTransform:
        section("Rotate", icons.ICON_FA_ROTATE)
        per_turn = 360.0 if self.unit == "degrees" else 1.0
        shown = round(value.rotate_turns * per_turn, 6)
        angle = number(
            "Angle", "rotate", shown, default=0.0, step=0.002 * per_turn,
            fmt="%.2f°" if self.unit == "degrees" else "%.4f", unit=self.unit,
            reach=Reach(-1.0, 1.0, (-1000.0, 1000.0), unit=per_turn),
        )  # fmt: skip
        turns = value.rotate_turns if angle == shown else angle / per_turn
        unit = segmented_row("Unit", "rotate_unit", self.unit, UNITS)
        dx, _ = _drag_row("rotate", "Hold and drag sideways to turn the picture")
        self.unit = unit
        if turns == value.rotate_turns and dx == 0.0:
            return value
        return replace(value, rotate_turns=round(turns + dx, 8))


transform_ui = TransformPanel().draw


def translate_pad_ui(value: InputTransform, height_ems: float = 8.0) -> InputTransform:
    """Draw the picture's frame on a pad one image width around; item `##translate_pad`."""
    width, height = imgui.get_content_region_avail().x, em(height_ems)
    area = pad("translate_pad", width, height, "Drag to move · double-click to jump")
    scale = em(height_ems) * 0.62  # pixels an image width
    x, y = value.translate_x, value.translate_y
    x, y = x + area.delta_px[0] / scale, y + area.delta_px[1] / scale
    if area.jump_px is not None:
        x, y = area.jump_px[0] / scale, area.jump_px[1] / scale
    centre_x, centre_y = area.centre
    draw = imgui.get_window_draw_list()
    draw.push_clip_rect(area.low, area.high, True)
    reach = math.ceil(area.size[0] / scale)
    for step in range(-reach, reach + 1):
        pad_line(area, centre_x + step * scale / 2, vertical=True, strong=step == 0)
    for step in (-1, 0, 1):
        pad_line(area, centre_y + step * scale / 2, vertical=False, strong=step == 0)
    middle = centre_x + x * scale, centre_y + y * scale
    half, angle = scale / 2, 2 * math.pi * value.rotate_turns
    reach_x, reach_y = half * math.cos(angle), half * math.sin(angle)
    corners = [(reach_x - reach_y, reach_y + reach_x), (-reach_x - reach_y, -reach_y + reach_x)]
    corners += [(-dx, -dy) for dx, dy in corners]
    a, b, c, d = ((middle[0] + dx, middle[1] + dy) for dx, dy in corners)
    draw.add_quad_filled(a, b, c, d, u32(accent(), 0.10))
    draw.add_quad(a, b, c, d, u32(accent(), 0.55), max(1.0, em(0.08)))
    pad_dot(area, *middle)
    draw.pop_clip_rect()
    pad_edge(area)
    pad_text(area, f"x {value.translate_x:+.3f}   y {value.translate_y:+.3f}")
    if (x, y) == (value.translate_x, value.translate_y):
        return value
    return replace(value, translate_x=round(x, 6), translate_y=round(y, 6))


def _drag_row(name: str, tooltip: str) -> tuple[float, float]:
    width = row("Drag", tooltip)
    half = (width - inner_spacing()) / 2
    fast = drag_button("Fast", f"{name}_drag_fast", tooltip, half)
    imgui.same_line(0, inner_spacing())
    slow = drag_button("Slow", f"{name}_drag_slow", f"{tooltip}, fifty times finer", half)
    return fast[0] * FAST + slow[0] * SLOW, fast[1] * FAST + slow[1] * SLOW


def _sampling_ui(value: InputTransform) -> InputTransform:
    snap = toggle(
        "Round", "round_to_pixels", value.round_to_pixels,
        tooltip="Move by whole pixels only",
    )  # fmt: skip
    back = toggle(
        "Untransform", "untransform", value.untransform,
        tooltip="Resample the picture back, so that only the network's own error remains",
    )  # fmt: skip
    at_rest = "Everything is at its start already" if value == InputTransform() else None
    reset = Button("transform_reset", "Reset transform", icons.ICON_FA_ROTATE_LEFT, "", at_rest)
    if button_row((reset,)):
        return InputTransform()
    if (snap, back) == (value.round_to_pixels, value.untransform):
        return value
    return replace(value, round_to_pixels=snap, untransform=back)


def _motion_ui(value: Animation) -> Animation:
    section("Motion", icons.ICON_FA_PERSON_RUNNING)
    default = Animation()
    translate = toggle("Move", "translate_animate", value.translate)
    path = segmented_row("Path", "path", value.translate_path, PATHS)
    move_speed = number(
        "Move speed", "translate_speed", value.translate_speed, default=default.translate_speed,
        step=0.002, fmt="%.3f", low=0.0, high=0.5, unit="image widths per second",
    )  # fmt: skip
    rotate = toggle("Turn", "rotate_animate", value.rotate)
    turn_speed = power_slider(
        "Turn speed", "rotate_speed", value.rotate_speed, 1.0, power=3.0,
        default=default.rotate_speed, fmt="%.3f", unit="turns per second",
    )  # fmt: skip
    new = replace(
        value, translate=translate, translate_path=path, translate_speed=move_speed,
        rotate=rotate, rotate_speed=turn_speed,
    )  # fmt: skip
    return value if new == value else new
