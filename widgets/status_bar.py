"""The line at the bottom: model, device, what is going on.

Ids: `###status_cancel`; of a video `###status_export`.
"""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import CancelJob, Toggle
from explorer.export_state import ExportRow
from explorer.panel_state import Emit, PanelState
from widgets.controls import (
    accent,
    dim,
    ellipsis,
    em,
    hint,
    icon_button,
    progress,
    same_line_at,
    warning,
)
from widgets.jobs import job_fraction, job_text
from widgets.model_facts import architecture_text
from widgets.performance_panel import threads_text
from widgets.timeline_export_jobs import export_text

Part = tuple[str, str, str]  # icon, text, tooltip


def status_bar_ui(state: PanelState, emit: Emit) -> None:
    """Draw the parts that fit from the left, and the oldest job at the right edge."""
    start, available = imgui.get_cursor_pos_x(), imgui.get_content_region_avail().x
    video = state.export.working
    jobs_width = min(em(22), available * 0.4) if state.jobs or video is not None else 0.0
    room = available - jobs_width - em(1)
    used = 0.0
    imgui.align_text_to_frame_padding()
    for icon, text, tooltip in status_parts(state):
        part_room = room - used - em(2)
        if part_room < em(3):
            break
        shown = ellipsis(text, part_room)
        if used:
            imgui.same_line(0, em(1.4))
        colour = activity_colour(state) if icon in ACTIVITY_ICONS else dim()
        imgui.text_colored(colour, icon)
        hint(tooltip)
        imgui.same_line(0, em(0.4))
        imgui.text_unformatted(shown)
        hint(tooltip)
        used = imgui.get_item_rect_max().x - imgui.get_window_pos().x - start + imgui.get_scroll_x()
    if state.jobs:
        job = state.jobs[0]
        side = imgui.get_frame_height()
        same_line_at(start + available - jobs_width)
        more = f" · {len(state.jobs) - 1} more" if len(state.jobs) > 1 else ""
        progress(job_fraction(job), job_text(job) + more, side, jobs_width - side)
        imgui.same_line(0, 0)
        if icon_button(icons.ICON_FA_XMARK, "###status_cancel", "Cancel", quiet=True):
            emit(CancelJob(job.job_id))
    elif video is not None:
        same_line_at(start + available - jobs_width)
        _video_ui(video, sum(row.active for row in state.export.rows) - 1, jobs_width, emit)


def _video_ui(video: ExportRow, others: int, width: float, emit: Emit) -> None:
    """Draw how far the video under way is, with a button that shows all of them."""
    side = imgui.get_frame_height()
    more = f" · {others} more" if others else ""
    progress(video.progress, export_text(video) + more, side, width - side)
    imgui.same_line(0, 0)
    if icon_button(icons.ICON_FA_FILM, "###status_export", "Show all videos", quiet=True):
        emit(Toggle("export"))


ACTIVITY_ICONS = (
    icons.ICON_FA_CIRCLE_CHECK,
    icons.ICON_FA_ROTATE,
    icons.ICON_FA_TRIANGLE_EXCLAMATION,
)


def activity_colour(state: PanelState):
    """Return the colour of the activity icon: accent while rendering, warning after a failure."""
    if state.status.kind in ("failed", "missing"):
        return warning()
    return accent() if state.rendering or not state.current else dim()


def status_parts(state: PanelState) -> list[Part]:
    """Return what the line says, most important first."""
    parts: list[Part] = []
    model = state.settings.model
    if state.status.kind == "loading":
        parts.append(
            (icons.ICON_FA_HOURGLASS_HALF, state.status.text or "Loading", state.status.path)
        )
    elif model is None:
        parts.append((icons.ICON_FA_CUBE, "No model", "Drop a model file on the window to open it"))
    else:
        parts.append((icons.ICON_FA_CUBE, model.name, model.path))
    parts.append(_activity(state))
    if state.info is not None:
        size = f"{state.info.resolution} × {state.info.resolution}"
        network = f"{architecture_text(state.info)}  {size}"
        parts.append((icons.ICON_FA_IMAGE, network, "Network and resolution"))
    if state.result is not None:
        threads = threads_text(state.result.threads)
        tip = f"Device, and processor threads; {state.result.implementation} operations"
        parts.append((icons.ICON_FA_MICROCHIP, f"{state.result.device}, {threads}", tip))
    if state.session_name:
        parts.append((icons.ICON_FA_FILE, state.session_name, "The open session"))
    return parts


def _activity(state: PanelState) -> Part:
    """Return the part that says whether the picture is the one that was asked for."""
    if state.status.kind in ("failed", "missing"):
        return icons.ICON_FA_TRIANGLE_EXCLAMATION, state.status.text or "Not opened", ""
    spent = f"{state.result.timings.total_ms:.0f} ms" if state.result is not None else ""
    if state.rendering:
        text = f"rendering, last {spent}" if spent else "rendering"
        return icons.ICON_FA_ROTATE, text, "The picture is being brought up to date"
    if state.result is not None and not state.current:
        return (
            icons.ICON_FA_ROTATE,
            f"earlier picture, {spent}",
            "The picture shows earlier settings",
        )
    return (
        icons.ICON_FA_CIRCLE_CHECK,
        f"idle, {spent}" if spent else "idle",
        "Time of the last picture",
    )
