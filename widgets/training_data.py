"""The data of a new run: where it comes from, and what the doctor found.

Ids: `###data_folder`, `###data_file`, `###data_demo` (a popup with `###demo_<i>`), `##data_path`,
and those of `widgets.training_import`.
"""

from __future__ import annotations

import os

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import ShowDialog
from explorer.panel_state import Emit
from explorer.training_actions import ChooseData, EditNewRun
from explorer.training_state import DataFacts, Findings, TrainingState
from widgets.cards import card
from widgets.controls import Button, button_row, dim, ellipsis, em, hint, section
from widgets.notices import text_warning
from widgets.training_import import ImportPart
from widgets.training_work import BUSY, work_ui


class DataPart:
    """The part of the page, with the path being typed."""

    def __init__(self) -> None:
        self._typed: str | None = None
        self.choices = ImportPart()

    def draw(self, state: TrainingState, emit: Emit) -> None:
        section("Data", icons.ICON_FA_IMAGES)
        _sources_ui(state, emit)
        self._path_ui(state, emit)
        work_ui(state.work, ("examine", "import"), emit)
        if state.said:
            text_warning(f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {state.said}")
        if state.facts is not None:
            facts_ui(state.facts)
        elif state.findings is not None:
            findings_ui(state.findings)
            draft = self.choices.draw(state.findings, state, emit)
            if draft != state.draft:
                emit(EditNewRun(draft))

    def _path_ui(self, state: TrainingState, emit: Emit) -> None:
        source = state.draft.source
        text = source if self._typed is None else self._typed
        imgui.set_next_item_width(-1)
        _, new = imgui.input_text_with_hint("##data_path", "Path, or demo:NAME", text)
        if imgui.is_item_deactivated_after_edit() and new.strip() and new.strip() != source:
            emit(ChooseData(new.strip()))
        hint("What the pictures are taken from")
        self._typed = new if imgui.is_item_active() else None


def _sources_ui(state: TrainingState, emit: Emit) -> None:
    busy = BUSY if state.work is not None else None
    pressed = button_row(
        (
            Button("data_folder", "Folder…", icons.ICON_FA_FOLDER_OPEN,
                   "Pictures in a folder; sub-folders can be classes", busy),
            Button("data_file", "File…", icons.ICON_FA_FILE_ZIPPER,
                   "A zip, a video, an array, CIFAR or MNIST", busy),
            Button("data_demo", "Demo", icons.ICON_FA_SHAPES, "A set that is drawn here", busy),
        )
    )  # fmt: skip
    if pressed in ("data_folder", "data_file"):
        emit(ShowDialog("data_folder" if pressed == "data_folder" else "data_file"))
    elif pressed == "data_demo":
        imgui.open_popup("demo_sets")
    if imgui.begin_popup("demo_sets"):
        for index, (name, about) in enumerate(state.demos):
            if imgui.selectable(f"{name}###demo_{index}", False)[0]:
                emit(ChooseData(name))
            hint(about)
        imgui.end_popup()


def facts_ui(facts: DataFacts) -> None:
    """Draw what a data set holds that can be trained on."""
    kinds = {1: "grey", 2: "grey with transparency", 3: "RGB", 4: "RGBA"}
    with card(active=True) as width:
        name = f"{icons.ICON_FA_CIRCLE_CHECK}  {os.path.basename(facts.path)}"
        imgui.text_unformatted(ellipsis(name, width))
        hint(facts.path)
        text = f"{facts.count:,} pictures · {facts.resolution} × {facts.resolution}"
        text += f" · {kinds.get(facts.channels, facts.channels)}"
        text += f" · {facts.c_dim} classes" if facts.c_dim else ""
        imgui.text_colored(dim(), ellipsis(text, width))
        hint(text)


def findings_ui(found: Findings) -> None:
    """Draw the doctor's report."""
    with card() as width:
        text = f"{found.usable:,} of {found.total:,} pictures will be used"
        imgui.text_unformatted(ellipsis(text, width))
        detail = f"{found.resolution} × {found.resolution} · {found.channels}"
        if found.bytes_needed:
            detail += f" · about {max(found.bytes_needed / 2**20, 0.1):,.1f} MB"
        imgui.text_colored(dim(), ellipsis(detail, width))
        for headline, count, sentences in found.groups:
            _group_ui(headline, count, sentences, width)
        if not found.groups:
            text = f"{icons.ICON_FA_CIRCLE_CHECK}  Nothing is wrong with them"
            imgui.text_colored(dim(), ellipsis(text, width))
        for title, counts in (("Shorter side", found.sizes), ("Classes", found.classes)):
            if counts:
                text = ", ".join(f"{name}: {count:,}" for name, count in counts[:12])
                imgui.text_colored(dim(), ellipsis(f"{title}  {text}", width))
                hint("\n".join(f"{name}: {count:,}" for name, count in counts[:40]))
        imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + width)
        for note in found.notes:
            imgui.text_colored(dim(), note)
        imgui.pop_text_wrap_pos()


def _group_ui(headline: str, count: int, sentences: tuple[str, ...], width: float) -> None:
    label = ellipsis(f"{headline}: {count:,}", width - em(2.2))
    if imgui.tree_node_ex(f"{label}###found_{headline}"):
        imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + width - em(1.4))
        for sentence in sentences:
            imgui.text_colored(dim(), sentence)
        if count > len(sentences):
            imgui.text_colored(dim(), f"and {count - len(sentences):,} more")
        imgui.pop_text_wrap_pos()
        imgui.tree_pop()
