"""Jobs with progress, the time left and a button to cancel. Ids: `###cancel_<job id>`."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import CancelJob
from explorer.messages import JobUpdate
from explorer.panel_state import Emit
from widgets.controls import icon_button, inner_spacing, progress


def job_ui(job: JobUpdate, emit: Emit) -> None:
    """Draw one job: a bar with its label, count and time left, and a cancel button."""
    side, gap = imgui.get_frame_height(), inner_spacing()
    width = imgui.get_content_region_avail().x - side - gap
    progress(job_fraction(job), job_text(job), side, width)
    imgui.same_line(0, gap)
    if icon_button(icons.ICON_FA_XMARK, f"###cancel_{job.job_id}", "Cancel", quiet=True):
        emit(CancelJob(job.job_id))


def job_fraction(job: JobUpdate) -> float | None:
    """Return how much is done, 0..1; None while a running job does not know."""
    if job.total > 0:
        return min(1.0, job.done / job.total)
    return 0.0 if job.state == "waiting" else None


def job_text(job: JobUpdate) -> str:
    """Return "Saving seeds · 3 of 8 · 12 s left"."""
    parts = [job.label]
    if job.state == "waiting":
        parts.append("waiting")
    if job.total > 0:
        parts.append(f"{job.done} of {job.total}")
    if job.eta_secs is not None and job.state == "running":
        parts.append(f"{duration_text(job.eta_secs)} left")
    return " · ".join(parts)


def duration_text(secs: float) -> str:
    """Return a duration in its two largest units: "48 s", "3 min 5 s", "2 h 10 min"."""
    whole = max(0, round(secs))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
