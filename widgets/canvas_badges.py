"""Badges over the picture: time, size and zoom, what is going on, the pixel under the cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence

from imgui_bundle import ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.live_state import RecordingState, clock_text
from explorer.panel_state import PanelState, TextureView
from explorer.request import RenderResult
from widgets.canvas_geometry import Area, Placement
from widgets.controls import accent, ellipsis, em, u32, warning

PAD_EMS, ICON_EMS = (0.55, 0.25), 1.7
RING = icons.ICON_FA_ROTATE  # a ring that closes is drawn in its place where it is known how far
_RED = ImVec4(1.0, 0.33, 0.30, 1.0)
_GROUND = ImVec4(0.05, 0.06, 0.075, 0.80)


def corner_badges(area: Area, state: PanelState, placed: Placement | None) -> None:
    """Draw the badges in the picture's top left corner, as far as it is visible.

    Args:
        placed: where the picture is; None in the grid.
    """
    lines: list[tuple[str, str, ImVec4]] = []
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    result = state.shown
    in_grid = placed is None
    if not in_grid and result is not None and result.request.model == state.settings.model:
        sentence = time_text(result, current=state.current)
        lines.append((icons.ICON_FA_GAUGE_HIGH, sentence, text if result.exact else accent()))
    if state.picture is not None and placed is not None:
        lines.append((icons.ICON_FA_IMAGE, size_text(state.picture, placed.scale), text))
    layer = state.settings.layer
    if layer.layer is not None:
        shown = f"{layer.layer}  ·  spectrum" if layer.spectrum else layer.layer
        lines.append((icons.ICON_FA_LAYER_GROUP, shown, text))
    going_on = state_text(state)
    if going_on:
        icon, sentence, bad = going_on
        lines.append((icon, sentence, warning() if bad else accent()))
    x, y = area.left + em(0.8), area.top + em(0.8)
    if placed is not None:
        x = min(max(x, placed.left + em(0.8)), area.left + area.width / 2)
        y = min(max(y, placed.top + em(0.8)), area.top + area.height / 2)
    for icon, sentence, colour in lines:
        share = state.progress if icon == RING else None
        y += badge(x, y, icon, sentence, colour, area.width - em(1.6), share) + em(0.4)


def recording_badge(area: Area, recording: RecordingState) -> None:
    """Say in the top right corner that the canvas is recorded, and for how long."""
    if recording.phase == "off":
        return
    clock = clock_text(recording.secs)
    sentence = f"REC  {clock}" if recording.phase == "recording" else f"Saving  {clock}"
    left = area.right - em(0.8) - badge_width(sentence)
    badge(left, area.top + em(0.8), icons.ICON_FA_CIRCLE, sentence, _RED, area.width)


def caption_badge(area: Area, placed: Placement | None, text: str) -> None:
    """Write what the timeline's caption says below the middle of the picture, as videos have it."""
    if not text:
        return
    text = ellipsis(text, area.width - em(2))
    width = imgui.calc_text_size(text).x + 2 * em(PAD_EMS[0])
    bottom = area.bottom if placed is None else min(area.bottom, placed.bottom)
    left = (area.left + area.right - width) / 2
    top = bottom - em(0.8) - badge_height()
    draw = imgui.get_window_draw_list()
    draw.add_rect_filled((left, top), (left + width, top + badge_height()), u32(_GROUND), em(0.35))
    place = (left + em(PAD_EMS[0]), top + em(PAD_EMS[1]))
    draw.add_text(place, u32(imgui.get_style_color_vec4(imgui.Col_.text)), text)


def time_text(result: RenderResult, *, current: bool = False) -> str:
    """Return what a picture is and took: "Exact · 31 ms · 32 img/s", "Preview · 64 px · 20 ms".

    Args:
        current: whether it answers the settings as they are; only then it is called exact.
    """
    total_ms = result.timings.total_ms
    ms = f"{total_ms:.1f}" if total_ms < 10 else f"{total_ms:.0f}"
    if result.preview is not None:
        return f"Preview  ·  {result.preview.side} px  ·  {ms} ms"
    exact = "Exact  ·  " if current else ""
    if not result.network_ran:
        return f"{exact}{total_ms:.1f} ms  ·  display only"
    rate = 1000 / total_ms if total_ms > 0 else 0.0
    if rate < 1.5:
        return f"{exact}{total_ms / 1000:.1f} s"
    return f"{exact}{ms} ms  ·  {rate:.0f} img/s"


def size_text(picture: TextureView, scale: float) -> str:
    """Return the size of what is shown, and the zoom."""
    return f"{picture.width} × {picture.height}  ·  zoom {100 * scale:.0f} %"


def state_text(state: PanelState) -> tuple[str, str, bool] | None:
    """Return (icon, sentence, whether it is a failure) when the picture is not the current one."""
    if state.status.kind == "loading":
        return icons.ICON_FA_HOURGLASS_HALF, state.status.text, False
    if state.render_error is not None:
        return icons.ICON_FA_TRIANGLE_EXCLAMATION, state.render_error.message, True
    if not (state.current or state.timeline.view.playing):  # there it would flicker
        return RING, "Rendering", False
    return None


def pixel_badge(area: Area, placed: Placement, result: RenderResult, x: float, y: float) -> None:
    """Say where the cursor is and what the pixel holds, in the bottom left corner."""
    pixel = placed.pixel_at(x, y)
    if pixel is None:
        return
    sentence = pixel_text(result, *pixel)
    bottom = area.bottom - em(0.8) - badge_height()
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    badge(area.left + em(0.8), bottom, icons.ICON_FA_EYE_DROPPER, sentence, text, area.width)


def pixel_text(result: RenderResult, column: int, row: int) -> str:
    """Return position, shown values 0..255 and, where the picture itself is shown, its numbers."""
    parts = [f"x {column}  y {row}"]
    rgba = result.rgba
    if rgba is not None and row < rgba.shape[0] and column < rgba.shape[1]:
        values: Sequence[int] = [int(value) for value in rgba[row, column]]
        channels = 3 if result.img is None else result.img.shape[0]
        names = {1: ("grey",), 4: tuple("RGBA")}.get(channels, tuple("RGB"))
        parts.append("  ".join(f"{n} {v}" for n, v in zip(names, values, strict=False)))
    img = result.img
    if img is not None and rgba is not None and img.shape[1:] == rgba.shape[:2]:
        numbers = [float(value) for value in img[:4, row, column]]
        parts.append("  ".join(f"{value:+.3f}" for value in numbers))
    return "  ·  ".join(parts)


def badge_height() -> float:
    """Return the height of a badge in pixels."""
    return imgui.get_font_size() + 2 * em(PAD_EMS[1])


def badge_width(text: str) -> float:
    """Return the width of a badge with this text in pixels."""
    return em(ICON_EMS) + imgui.calc_text_size(text).x + 2 * em(PAD_EMS[0])


def badge(
    x: float,
    y: float,
    icon: str,
    text: str,
    colour: ImVec4,
    room: float,
    share: float | None = None,
) -> float:
    """Draw one rounded badge at a screen position; returns its height in pixels.

    Args:
        share: 0..1 of a ring that is drawn in place of the icon; None = the icon.
    """
    draw = imgui.get_window_draw_list()
    pad_x, pad_y = (em(pad) for pad in PAD_EMS)
    icon_width = em(ICON_EMS)
    text = ellipsis(text, max(room - icon_width - 2 * pad_x, em(4)))
    width, height = badge_width(text), badge_height()
    draw.add_rect_filled((x, y), (x + width, y + height), u32(_GROUND), em(0.4))
    left = x + pad_x - em(0.2)
    if share is None:
        centre = (icon_width - imgui.calc_text_size(icon).x) / 2
        draw.add_text((left + centre, y + pad_y), u32(colour), icon)
    else:
        _ring(draw, left + icon_width / 2, y + height / 2, share, colour)
    draw.add_text((x + pad_x + icon_width, y + pad_y), u32(colour), text)
    return height


def _ring(draw: imgui.ImDrawList, x: float, y: float, share: float, colour: ImVec4) -> None:
    """Draw how much is done as an arc from the top, clockwise, on a faint ring."""
    radius, thick = em(0.42), max(em(0.14), 1.5)
    draw.add_circle((x, y), radius, u32(colour, 0.3), 0, thick)
    start = -math.pi / 2
    draw.path_arc_to((x, y), radius, start, start + 2 * math.pi * min(max(share, 0.02), 1.0))
    draw.path_stroke(u32(colour), thickness=thick)
