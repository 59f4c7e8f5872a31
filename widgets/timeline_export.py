"""Export: how a video is to be written, and how far those under way are.

Ids: popup "export_menu" with `##export_kind`, `##export_scale`, `##export_nearest`,
`##export_quality`, `###export_ok`; of each video `###export_stop_<n>`, `###export_resume_<n>`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import ExportVideo, ListExports, ResumeExport, StopExport
from explorer.model_info import ModelInfo
from explorer.panel_state import Emit, PanelState
from explorer.timeline_state import ExportChoice, ExportRow
from widgets.choices import bare_toggle, combo
from widgets.controls import Button, button, dim, em, icon_button, progress, warning

_Kind = Literal["mp4", "webm", "gif", "png"]
_KINDS = (
    ("mp4", "MP4 (H.264)"),
    ("webm", "WebM (VP9)"),
    ("gif", "GIF"),
    ("png", "PNG frames in a folder"),
)
_SCALES = (1, 2, 4, 8)


class ExportMenu:
    """The popup, with what was chosen last."""

    def __init__(self) -> None:
        self._choice = ExportChoice()

    def draw(self, state: PanelState, emit: Emit) -> None:
        """Draw it while it is open."""
        if not imgui.begin_popup("export_menu"):
            return
        emit(ListExports())
        self._choice_ui(state.info)
        imgui.dummy((em(22), em(0.1)))
        label = "Choose file…" if self._choice.kind != "png" else "Choose folder…"
        if button(Button("export_ok", label, icons.ICON_FA_FILE_EXPORT, selected=True)):
            emit(ExportVideo(self._choice))
            imgui.close_current_popup()
        if state.timeline.exports:
            imgui.separator()
        for number, row in enumerate(state.timeline.exports):
            _row_ui(number, row, emit)
        imgui.end_popup()

    def _choice_ui(self, info: ModelInfo | None) -> None:
        choice = self._choice
        _labelled("Format")
        picked = combo("export_kind", choice.kind, _KINDS)
        kind = next(each for each in get_args(_Kind) if each == picked)
        _labelled("Size")
        side = info.resolution if info is not None else 0
        sizes = tuple((str(s), f"{s * side} px" if side else f"{s} ×") for s in _SCALES)
        scale = int(combo("export_scale", str(choice.scale), sizes))
        _labelled("Sharp pixels")
        nearest = bare_toggle("export_nearest", choice.nearest, "Enlarge pixels as squares")
        quality = choice.quality
        if kind != "png":
            _labelled("Quality")
            _, quality = imgui.slider_int("##export_quality", choice.quality, 0, 100)
        self._choice = replace(
            choice, kind=kind, scale=scale, nearest=nearest, quality=min(max(quality, 0), 100)
        )


def _row_ui(number: int, row: ExportRow, emit: Emit) -> None:
    side = imgui.get_frame_height()
    if row.active:
        left = "" if row.eta_secs is None else f" · {row.eta_secs:.0f} s left"
        text = f"{row.name} · {row.state}{left}"
        progress(row.progress, text, side, em(22) - side - imgui.get_style().item_spacing.x)
        imgui.same_line()
        if icon_button(icons.ICON_FA_STOP, f"###export_stop_{number}", "Stop; frames are kept"):
            emit(StopExport(row.folder))
        return
    imgui.align_text_to_frame_padding()
    imgui.text_colored(dim() if not row.reason else warning(), f"{row.name} · {row.state}")
    if row.state in ("stopped", "crashed", "failed"):
        imgui.same_line()
        if icon_button(icons.ICON_FA_PLAY, f"###export_resume_{number}", "Go on with it"):
            emit(ResumeExport(row.folder))
    if row.reason:
        imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + em(22))
        imgui.text_colored(warning(), row.reason)
        imgui.pop_text_wrap_pos()


def _labelled(label: str) -> None:
    left = imgui.get_cursor_pos_x()
    imgui.align_text_to_frame_padding()
    imgui.text_colored(dim(), label)
    imgui.same_line(left + em(8))
    imgui.set_next_item_width(em(14))
