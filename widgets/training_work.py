"""How far slow work about a new run is. Ids: `###work_cancel`."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.panel_state import Emit
from explorer.training_actions import CancelWork
from explorer.training_state import Work
from widgets.controls import icon_button, inner_spacing, progress
from widgets.jobs import duration_text

BUSY = "Wait, or cancel what is going on"  # why buttons are disabled meanwhile


def work_ui(work: Work | None, kinds: tuple[str, ...], emit: Emit) -> None:
    """Draw the work's progress if it is one of these kinds."""
    if work is None or work.kind not in kinds:
        return
    side, gap = imgui.get_frame_height(), inner_spacing()
    width = imgui.get_content_region_avail().x - side - gap
    parts = [work.text]
    if work.total:
        parts.append(f"{work.done:,} of {work.total:,}")
    if work.eta_secs is not None and work.eta_secs >= 1:
        parts.append(f"{duration_text(work.eta_secs)} left")
    share = work.done / work.total if work.total else None
    progress(share, " · ".join(parts), side, width)
    imgui.same_line(0, gap)
    if icon_button(icons.ICON_FA_XMARK, "###work_cancel", "Cancel", quiet=True):
        emit(CancelWork())
