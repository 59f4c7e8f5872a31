"""Performance: where the time goes and what the network runs on.

Ids: `##device`, `###precision_file`, `###precision_float32`, `##threads`, `##preview_ms`,
`##keep_mb`, `##fps_limit`, `##font_scale` with their `###reset_…`, `##show_tooltips`, `###steps`
(opens the table of steps).
"""

from __future__ import annotations

import os
from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.panel_state import Emit, PanelState
from explorer.request import Timings
from explorer.settings import Compute, Precision, Settings
from explorer.view_state import Preferences
from widgets.choices import segmented_row, toggle
from widgets.controls import dim, ellipsis, em, hint, same_line_at, section, u32
from widgets.fields import fact, reset_row
from widgets.model_facts import size_text
from widgets.notices import text_dim
from widgets.operator_facts import operators_ui
from widgets.plots import PALETTE, history_plot
from widgets.sliders import int_slider

PRECISIONS: tuple[tuple[Precision, str, str], ...] = (
    ("file", "As in the file", "Half precision where the file asks for it, on CUDA only"),
    ("float32", "Full", "float32 everywhere"),
)
SCALES = (0.0, 0.85, 1.0, 1.25, 1.5, 1.75, 2.0)


def performance_ui(
    settings: Settings, preferences: Preferences, state: PanelState, emit: Emit
) -> tuple[Settings, Preferences]:
    _times_ui(state)
    compute = _compute_ui(settings.compute, state)
    preferences = _limits_ui(preferences, state)
    _window_times_ui(state)
    preferences = _window_ui(preferences)
    if compute is not settings.compute:
        settings = replace(settings, compute=compute)
    return settings, preferences


def _times_ui(state: PanelState) -> None:
    section("Picture", icons.ICON_FA_STOPWATCH, first=True)
    if state.result is None:
        text_dim("Times come with the first picture")
        return
    times, upload = state.result.timings, state.rates.upload_ms
    total = max(times.total_ms + upload, 1e-3)
    imgui.push_font(None, em(1.5))
    imgui.text_unformatted(f"{total:.0f} ms" if total >= 9.5 else f"{total:.1f} ms")
    imgui.pop_font()
    rate = 1000.0 / total
    text = f"{rate:.0f} pictures a second" if rate >= 9.5 else f"{rate:.1f} pictures a second"
    imgui.same_line(0, em(0.6))
    if imgui.calc_text_size(text).x > imgui.get_content_region_avail().x:
        imgui.new_line()
    else:
        imgui.set_cursor_pos_y(imgui.get_cursor_pos_y() + em(0.4))
    imgui.text_colored(dim(), ellipsis(text, imgui.get_content_region_avail().x))
    parts = (
        ("Mapping", times.mapping_ms),
        ("Synthesis", times.synthesis_ms),
        ("Display", times.display_ms),
        ("Upload", upload),
    )
    if not state.result.network_ran:
        text_dim("Only the display changed: the network did not run")
    _parts_ui(parts, total)
    if state.rates.render_ms:
        history_plot("render_times", (("", state.rates.render_ms),), unit="ms")
    _steps_ui(times)


def _parts_ui(parts: tuple[tuple[str, float], ...], total: float) -> None:
    """Draw one bar cut into the stages, and a line for each with its colour."""
    width, height = imgui.get_content_region_avail().x, em(0.5)
    edge = imgui.get_cursor_pos_x() + width
    start = imgui.get_cursor_screen_pos()
    draw = imgui.get_window_draw_list()
    text = imgui.get_style_color_vec4(imgui.Col_.text)
    draw.add_rect_filled(start, (start.x + width, start.y + height), u32(text, 0.08), em(0.15))
    x = start.x
    colours = (PALETTE[1], PALETTE[0], PALETTE[2], dim())
    for (_, spent), colour in zip(parts, colours, strict=True):
        end = min(x + width * spent / total, start.x + width)
        draw.add_rect_filled((x, start.y), (end, start.y + height), u32(colour), em(0.15))
        x = end
    imgui.dummy(ImVec2(width, height))
    for (label, spent), colour in zip(parts, colours, strict=True):
        left = imgui.get_cursor_screen_pos()
        middle = left.y + imgui.get_text_line_height() / 2
        draw.add_circle_filled((left.x + em(0.35), middle), em(0.26), u32(colour))
        imgui.dummy(ImVec2(em(0.7), imgui.get_text_line_height()))
        imgui.same_line(0, em(0.5))
        imgui.text_colored(dim(), label)
        value = f"{spent:.1f} ms" if spent >= 0.05 or spent == 0 else f"{spent:.2f} ms"
        same_line_at(edge - imgui.calc_text_size(value).x)
        imgui.text_unformatted(value)


def _steps_ui(times: Timings) -> None:
    """List the steps in order: those that were still there, then those that ran."""
    if not times.steps and not times.reused:
        return
    imgui.push_style_color(imgui.Col_.header, imgui.get_style_color_vec4(imgui.Col_.frame_bg))
    shown = imgui.collapsing_header(f"{steps_text(times)}###steps")
    imgui.pop_style_color()
    if not shown:
        return
    slowest = max((spent for _, spent in times.steps), default=0.0) or 1.0
    width = imgui.get_content_region_avail().x
    edge = imgui.get_cursor_pos_x() + width
    draw = imgui.get_window_draw_list()
    for name in times.reused:
        imgui.text_colored(dim(), f" {name}")
        same_line_at(edge - imgui.calc_text_size("kept").x)
        imgui.text_colored(dim(), "kept")
    for name, spent in times.steps:
        low = imgui.get_cursor_screen_pos()
        high = (low.x + width * spent / slowest, low.y + imgui.get_text_line_height())
        draw.add_rect_filled(low, high, u32(PALETTE[0], 0.16), em(0.15))
        imgui.text_unformatted(f" {name}")
        value = f"{spent:.2f} ms"
        same_line_at(edge - imgui.calc_text_size(value).x)
        imgui.text_colored(dim(), value)


def steps_text(times: Timings) -> str:
    """Return how many steps ran: "26 steps", "3 of 26 steps, 23 kept"."""
    ran, kept = len(times.steps), len(times.reused)
    if kept:
        return f"{ran} of {ran + kept} steps, {kept} kept"
    return "1 step" if ran == 1 else f"{ran} steps"


def _compute_ui(value: Compute, state: PanelState) -> Compute:
    section("Network", icons.ICON_FA_MICROCHIP)
    device = value.device
    width, restore = reset_row(
        "Device", "What the network runs on", "device", device != "auto", "automatic"
    )
    imgui.set_next_item_width(width)
    if imgui.begin_combo("##device", device_text(device)):
        for name in state.devices:
            if imgui.selectable(f"{device_text(name)}###device_{name}", name == device)[0]:
                device = name
        imgui.end_combo()
    hint("What the network runs on")
    if restore:
        device = "auto"
    precision = segmented_row("Precision", "precision", value.precision, PRECISIONS)
    cores = max(os.cpu_count() or 1, 1)
    threads = int_slider(
        "Threads", "threads", min(value.threads, cores), 0, cores, default=0,
        fmt="automatic" if value.threads == 0 else f"%d of {cores}", default_text="automatic",
        tooltip="Processor threads of the network; automatic leaves one core to the window",
    )  # fmt: skip
    result = state.result
    if result is not None:
        used = f"{result.device}, {threads_text(result.threads)}, {result.implementation}"
        fact("Last run", used, "Device, threads and implementation of the last picture")
        operators_ui(state.operators, result.device.partition(":")[0])
        for note in state.gpu_notes:
            text_dim(note)
    if (device, precision) == (value.device, value.precision) and threads == min(
        value.threads, cores
    ):
        return value
    return Compute(device, precision, threads)


def _limits_ui(value: Preferences, state: PanelState) -> Preferences:
    section("While a hand moves", icons.ICON_FA_HAND)
    preview_ms = int_slider(
        "Previews", "preview_ms", value.preview_ms, 0, 500, default=50,
        fmt="never" if value.preview_ms == 0 else "over %d ms", default_text="over 50 ms",
        tooltip="Pictures that take longer show a rough one first; 0 never does",
    )  # fmt: skip
    keep_mb = int_slider(
        "Memory", "keep_mb", value.keep_mb, 0, 4096, default=768, fmt="%d MB",
        default_text="768 MB",
        tooltip="Layers kept, so that a change computes only what comes after it",
    )  # fmt: skip
    if state.preview is not None and state.preview.preview is not None:
        rough = state.preview.preview
        text_dim(preview_text(rough.step, rough.error))
    if (preview_ms, keep_mb) == (value.preview_ms, value.keep_mb):
        return value
    return replace(value, preview_ms=preview_ms, keep_mb=keep_mb)


def preview_text(step: str, error: float) -> str:
    """Return what a preview is made of, and how far such previews are off."""
    return f"Preview from {step}, off by {100 * error:.0f} % of how much pictures vary"


def threads_text(count: int) -> str:
    """Return "1 thread" or "4 threads"."""
    return "1 thread" if count == 1 else f"{count} threads"


def device_text(name: str) -> str:
    """Return how a device is called in the list."""
    known = {"auto": "Automatic", "cpu": "Processor", "cuda": "NVIDIA GPU", "mps": "Apple GPU"}
    kind, _, index = name.partition(":")
    text = known.get(kind, name)
    return f"{text} {index}" if index else text


def _window_times_ui(state: PanelState) -> None:
    section("Window", icons.ICON_FA_DISPLAY)
    fact("Rate", f"{state.rates.fps:.0f} frames a second", "How often the window is drawn")
    if state.rates.frame_ms:
        history_plot("frame_times", (("", state.rates.frame_ms),), unit="ms")
    if state.rates.resident_bytes:
        fact("Memory", size_text(state.rates.resident_bytes), "Resident memory of the program")


def _window_ui(value: Preferences) -> Preferences:
    limit = int_slider(
        "Frame limit", "fps_limit", value.fps_limit, 0, 240, default=60,
        fmt="display" if value.fps_limit == 0 else "%d fps",
        tooltip="Frames a second at most; 0 follows the display",
    )  # fmt: skip
    if limit != value.fps_limit:
        limit = 0 if limit < 3 else max(limit, 5)
    scale = value.font_scale
    width, restore = reset_row(
        "Text size", "Size of text and everything else", "font_scale", scale != 0.0, scale_text(0.0)
    )
    imgui.set_next_item_width(width)
    if imgui.begin_combo("##font_scale", scale_text(scale)):
        for option in SCALES:
            if imgui.selectable(f"{scale_text(option)}###scale_{option}", option == scale)[0]:
                scale = option
        imgui.end_combo()
    if restore:
        scale = 0.0
    tips = toggle("Hints", "show_tooltips", value.tooltips, tooltip="Hints like this one")
    if (limit, scale, tips) == (value.fps_limit, value.font_scale, value.tooltips):
        return value
    return replace(value, fps_limit=limit, font_scale=scale, tooltips=tips)


def scale_text(scale: float) -> str:
    """Return a text size for people; 0 follows the display."""
    return "As the display asks" if scale == 0.0 else f"{scale:.0%}"
