"""Videos under way and done, as rows. Ids, of the n-th: `###export_stop_<n>`,
`###export_resume_<n>`, `###export_open_<n>`, `###export_reveal_<n>`, `###export_remove_<n>`.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import RevealFolder
from explorer.export_actions import OpenOutput, RemoveExport, ResumeExport, StopExport
from explorer.export_state import ExportRow
from explorer.panel_state import Emit
from widgets.controls import dim, ellipsis, em, hint, icon_button, progress, section, warning
from widgets.jobs import duration_text
from widgets.notices import text_warning

_ROWS = 5  # that are seen at once
_DOING = {
    "new": "not started",
    "queued": "waits",
    "starting": "starting",
    "rendering": "rendering",
    "encoding": "writing",
    "finished": "done",
}


def jobs_ui(rows: Sequence[ExportRow], emit: Emit) -> None:
    """Draw the list, newest first; nothing if there is none."""
    if not rows:
        return
    section("Videos", icons.ICON_FA_FILM)
    line = imgui.get_frame_height_with_spacing()
    lines = sum(1 + (2 if row.reason else 0) for row in rows)
    most = max(2.5 * line, min((_ROWS + 0.5) * line, 0.25 * imgui.get_main_viewport().size.y))
    height = min(lines * line, most)
    imgui.begin_child("export_rows", (0, height))
    for number, row in enumerate(rows):
        _row_ui(number, row, emit)
    imgui.end_child()


def export_text(row: ExportRow) -> str:
    """Return "loop.mp4 · rendering · 12 of 300 · 8 s left"."""
    parts = [row.name, _DOING.get(row.state, row.state)]
    if row.working and row.total:
        parts.append(f"{row.done:,} of {row.total:,}")
        if row.eta_secs is not None:
            parts.append(f"{duration_text(row.eta_secs)} left")
    return " · ".join(parts)


def _row_ui(number: int, row: ExportRow, emit: Emit) -> None:
    side, gap = imgui.get_frame_height(), em(0.2)
    left, room = imgui.get_cursor_pos_x(), imgui.get_content_region_avail().x
    buttons = _buttons(row)
    width = room - len(buttons) * (side + gap)
    text = export_text(row)
    if row.working:
        progress(row.progress, text, side, width)
    else:
        imgui.align_text_to_frame_padding()
        imgui.text_colored(warning() if row.reason else dim(), ellipsis(text, width))
    hint(row.output)
    for place, (icon, name, tip) in enumerate(buttons):
        imgui.same_line()
        imgui.set_cursor_pos_x(left + width + gap + place * (side + gap))
        if icon_button(icon, f"###export_{name}_{number}", tip, quiet=True):
            emit(_action(name, row))
    if row.reason:
        text_warning(row.reason)


def _buttons(row: ExportRow) -> list[tuple[str, str, str]]:
    if row.active:
        return [(icons.ICON_FA_STOP, "stop", "Stop; finished frames are kept")]
    remove = (icons.ICON_FA_XMARK, "remove", "Take it off the list, with frames that are kept")
    if row.state == "finished":
        return [
            (icons.ICON_FA_PLAY, "open", "Open it"),
            (icons.ICON_FA_FOLDER_OPEN, "reveal", "Show it in its folder"),
            (icons.ICON_FA_XMARK, "remove", "Take it off the list; the video stays"),
        ]
    tip = "Go on with the first frame that is missing"
    return [(icons.ICON_FA_ROTATE_RIGHT, "resume", tip), remove]


def _action(name: str, row: ExportRow):
    match name:
        case "stop":
            return StopExport(row.folder)
        case "resume":
            return ResumeExport(row.folder)
        case "open":
            return OpenOutput(row.output)
        case "reveal":
            return RevealFolder(row.output)
        case _:
            return RemoveExport(row.folder)
