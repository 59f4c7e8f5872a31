"""The page of a new run: data, configuration, estimate, start.

Ids: `###data_folder`, `###data_file`, `###data_demo` (a popup with `###demo_<i>`), `##data_path`,
`###data_look`, `###data_import`, `###work_cancel`, `###crop_<how>`, `##data_resolution`,
`##data_filter`, `##data_channels`, `##data_labels`, `##data_max`, `##data_near`; a field of the
configuration is `##field_<name>` with `###reset_field_<name>`; `###transfer_choose`,
`###all_settings`, `###run_estimate`, `###run_go`, `###run_queue`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.actions import ShowDialog
from explorer.panel_state import Emit
from explorer.training_actions import CancelWork, ChooseData, DoWork, EditNewRun, StartNewRun
from explorer.training_state import FieldSpec, FieldValue, Findings, NewRun, TrainingState
from widgets.cards import card
from widgets.choices import bare_toggle, segmented_row, toggle
from widgets.controls import (
    Button,
    button,
    button_row,
    dim,
    ellipsis,
    em,
    hint,
    icon_button,
    inner_spacing,
    progress,
    section,
)
from widgets.fields import integer, reset_row, row
from widgets.jobs import duration_text
from widgets.notices import text_dim, text_warning

FIRST = ("config", "resolution", "kimg", "batch", "gamma", "mirror", "augment", "transfer")
LABELS = {
    "config": "Preset",
    "resolution": "Resolution",
    "kimg": "Kimg",
    "batch": "Batch",
    "gamma": "Gamma (R1)",
    "mirror": "Mirror",
    "augment": "Augment",
    "transfer": "Start from",
    "conditional": "Use labels",
}
CROPS = (
    ("centre", "Centre", "The largest square in the middle"),
    ("fit", "Fit", "The whole picture, bars in the background colour"),
    ("wide", "Wide", "The middle at 16:9, black bars above and below"),
    ("stretch", "Stretch", "The whole picture, stretched to a square"),
)
CHANNELS = (
    ("auto", "as the pictures are"), ("grey", "grey"), ("rgb", "RGB"), ("rgba", "RGBA"),
)  # fmt: skip
SOURCES_OF_LABELS = (
    ("auto", "dataset.json, else sub-folders"), ("none", "none"), ("folders", "sub-folders"),
    ("json", "dataset.json"),
)  # fmt: skip
FILTERS = (("lanczos", "sharp, for photographs"), ("box", "averages, for pixel art"))
RESOLUTIONS = (8, 16, 32, 64, 128, 256, 512, 1024)


class NewRunPage:
    """The page, with what is being typed and what is unfolded."""

    def __init__(self) -> None:
        self.typed: dict[str, str] = {}

    def draw(self, state: TrainingState, emit: Emit) -> None:
        self._data_ui(state, emit)
        draft = self._config_ui(state, state.draft, emit)
        if draft != state.draft:
            emit(EditNewRun(draft))
        _start_ui(state, emit)

    # Data.

    def _data_ui(self, state: TrainingState, emit: Emit) -> None:
        section("Data", icons.ICON_FA_IMAGES)
        busy = "Wait, or cancel what is going on" if state.work is not None else None
        pressed = button_row(
            (
                Button("data_folder", "Folder…", icons.ICON_FA_FOLDER_OPEN,
                       "Pictures in a folder; sub-folders can be classes", busy),
                Button("data_file", "File…", icons.ICON_FA_FILE_ZIPPER,
                       "A zip, a video, an array, CIFAR or MNIST", busy),
                Button("data_demo", "Demo", icons.ICON_FA_SHAPES,
                       "A set that is drawn here", busy),
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
        self._path_ui(state, emit)
        working = state.work is not None and state.work.kind in ("examine", "import")
        if working:
            _work_ui(state, emit)
        if state.said:
            text_warning(f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {state.said}")
        if state.facts is not None:
            _facts_ui(state)
        elif state.findings is not None:
            draft = _import_ui(state.findings, state, emit)
            if draft != state.draft:
                emit(EditNewRun(draft))

    def _path_ui(self, state: TrainingState, emit: Emit) -> None:
        source = state.draft.source
        text = self.typed.get("source", source)
        imgui.set_next_item_width(-1)
        _, new = imgui.input_text_with_hint("##data_path", "Path, or demo:NAME", text)
        if imgui.is_item_deactivated_after_edit() and new.strip() and new.strip() != source:
            emit(ChooseData(new.strip()))
        hint("What the pictures are taken from")
        if imgui.is_item_active():
            self.typed["source"] = new
        else:
            self.typed.pop("source", None)

    # Configuration.

    def _config_ui(self, state: TrainingState, draft: NewRun, emit: Emit) -> NewRun:
        section("Configuration", icons.ICON_FA_SLIDERS)
        specs = {spec.name: spec for spec in state.fields}
        first = FIRST if not has_labels(state) else (*FIRST, "conditional")
        for name in first:
            if name == "transfer":
                draft = _transfer_ui(draft, emit)
            elif name in specs:
                draft = self._field_ui(specs[name], state, draft)
        if imgui.tree_node_ex("All settings###all_settings"):
            imgui.unindent()
            for group, title in state.groups.items():
                own = [s for s in state.fields if s.group == group and s.name not in first]
                if own:
                    imgui.text_colored(dim(), title)
                for spec in own:
                    draft = self._field_ui(spec, state, draft)
            imgui.indent()
            imgui.tree_pop()
        return draft

    def _field_ui(self, spec: FieldSpec, state: TrainingState, draft: NewRun) -> NewRun:
        """Draw one field; what is not chosen shows what the preset makes of it."""
        chosen = draft.wish(spec.name)
        shown = state.resolved.get(spec.name, spec.default)
        default = spec.default or "what the preset says"
        label = LABELS.get(spec.name, spec.name)
        tip = f"{spec.help[:1].upper()}{spec.help[1:]}\n--{spec.name.replace('_', '-')}"
        tip += f" · default {default}"
        changed = chosen is not None and spec.name != "config"
        width, restore = reset_row(label, tip, f"field_{spec.name}", changed, default)
        if restore:
            return replace(draft, wishes=draft.wishing(spec.name, None))
        value = self._control(spec, shown, width, tip)
        if value is None or value == chosen:
            return draft
        return replace(draft, wishes=draft.wishing(spec.name, value))

    def _control(self, spec: FieldSpec, shown: str, width: float, tip: str) -> FieldValue | None:
        """Draw a field's control; returns the new value, None while it is not changed."""
        name = f"field_{spec.name}"
        if spec.kind == "bool":
            new = bare_toggle(name, shown == "on", tip)
            return new if new != (shown == "on") else None
        imgui.set_next_item_width(width)
        if spec.options:
            picked = _combo(name, shown, tuple((value, value) for value in spec.options), tip)
            return picked if picked != shown else None
        text = self.typed.get(name, shown)
        _, new = imgui.input_text(f"##{name}", text, imgui.InputTextFlags_.auto_select_all)
        hint(tip)
        if imgui.is_item_deactivated_after_edit():
            self.typed.pop(name, None)
            return None if new.strip() == shown else parsed(spec, new)
        if imgui.is_item_active():
            self.typed[name] = new
        else:
            self.typed.pop(name, None)
        return None


def parsed(spec: FieldSpec, text: str) -> FieldValue | None:
    """Return what was typed as a value of the field; None if it is none."""
    text = text.strip()
    try:
        if spec.kind == "int":
            return int(text)
        if spec.kind == "float":
            return float(text)
    except ValueError:
        return None
    return text or None


def has_labels(state: TrainingState) -> bool:
    """Return whether the data has classes to train with."""
    if state.facts is not None:
        return state.facts.c_dim > 0
    return state.findings is not None and bool(state.findings.classes)


def _combo(name: str, value: str, options: tuple[tuple[str, str], ...], tip: str = "") -> str:
    """Draw a list `##name` of (value, text); the caller has set its width."""
    texts = dict(options)
    picked = value
    if imgui.begin_combo(f"##{name}", texts.get(value, value)):
        for option, text in options:
            if imgui.selectable(f"{text}###{name}_{option}", option == value)[0]:
                picked = option
        imgui.end_combo()
    else:
        hint(tip)
    return picked


def _combo_row(
    label: str, name: str, value: str, options: tuple[tuple[str, str], ...], tip: str
) -> str:
    imgui.set_next_item_width(row(label, tip))
    return _combo(name, value, options, tip)


def _work_ui(state: TrainingState, emit: Emit) -> None:
    work = state.work
    if work is None:
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


def _facts_ui(state: TrainingState) -> None:
    facts = state.facts
    if facts is None:
        return
    kinds = {1: "grey", 2: "grey with transparency", 3: "RGB", 4: "RGBA"}
    with card(active=True) as width:
        name = f"{icons.ICON_FA_CIRCLE_CHECK}  {os.path.basename(facts.path)}"
        imgui.text_unformatted(ellipsis(name, width))
        hint(facts.path)
        text = f"{facts.count:,} pictures · {facts.resolution} × {facts.resolution}"
        text += f" · {kinds.get(facts.channels, facts.channels)}"
        text += f" · {facts.c_dim} classes" if facts.c_dim else ""
        imgui.text_colored(dim(), ellipsis(text, width))


def _import_ui(found: Findings, state: TrainingState, emit: Emit) -> NewRun:
    """Draw what the doctor found and how the pictures become a data set."""
    draft = state.draft
    _findings_ui(found)
    draft = replace(draft, crop=segmented_row("Crop", "crop", draft.crop, CROPS))
    sizes = tuple(sorted({*RESOLUTIONS, found.suggested}))
    options = (("0", f"{found.suggested} (suggested)"), *((str(n), str(n)) for n in sizes))
    tip = "Width and height of every picture in the data set"
    size = _combo_row("Resolution", "data_resolution", str(draft.resolution), options, tip)
    draft = replace(draft, resolution=int(size))
    tip = "Which colours the data set has"
    channels = _combo_row("Colours", "data_channels", draft.channels, CHANNELS, tip)
    tip = "Where the class of a picture comes from"
    labels = _combo_row("Classes", "data_labels", draft.labels, SOURCES_OF_LABELS, tip)
    tip = "How pictures are made smaller"
    filter = _combo_row("Resizing", "data_filter", draft.filter, FILTERS, tip)
    tip = "Also use pictures that look almost like another one"
    near = toggle("Look-alikes", "data_near", draft.keep_near, tip)
    tip = "Pictures that are taken at most, spread over all; 0 = all"
    most = integer("At most", "data_max", draft.max_images, default=0, high=10**7, tooltip=tip)
    draft = replace(draft, channels=channels, labels=labels, filter=filter, keep_near=near)
    draft = replace(draft, max_images=most)
    _previews_ui(state)
    busy = "Wait, or cancel what is going on" if state.work is not None else None
    pressed = button_row(
        (
            Button("data_look", "Look again", icons.ICON_FA_STETHOSCOPE,
                   "Examine the pictures with these choices", busy),
            Button("data_import", "Import", icons.ICON_FA_FILE_IMPORT,
                   "Write the pictures as a data set to train on", busy,
                   selected=busy is None),
        )
    )  # fmt: skip
    if pressed == "data_look":
        emit(DoWork("examine"))
    elif pressed == "data_import":
        emit(DoWork("import"))
    return draft


def _findings_ui(found: Findings) -> None:
    with card() as width:
        text = f"{found.usable:,} of {found.total:,} pictures will be used"
        imgui.text_unformatted(ellipsis(text, width))
        detail = f"{found.resolution} × {found.resolution} · {found.channels}"
        if found.bytes_needed:
            detail += f" · about {max(found.bytes_needed / 2**20, 0.1):,.1f} MB"
        imgui.text_colored(dim(), ellipsis(detail, width))
        for headline, count, sentences in found.groups:
            label = ellipsis(f"{headline}: {count:,}", width - em(2.2))
            if imgui.tree_node_ex(f"{label}###found_{headline}"):
                imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + width - em(1.4))
                for sentence in sentences:
                    imgui.text_colored(dim(), sentence)
                if count > len(sentences):
                    imgui.text_colored(dim(), f"and {count - len(sentences):,} more")
                imgui.pop_text_wrap_pos()
                imgui.tree_pop()
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


def _previews_ui(state: TrainingState) -> None:
    if not state.previews:
        return
    gap, count = em(0.35), 4
    side = (imgui.get_content_region_avail().x - (count - 1) * gap) / count
    for index, (texture, _, _) in enumerate(state.previews[:count]):
        if index:
            imgui.same_line(0, gap)
        imgui.image(imgui.ImTextureRef(texture), ImVec2(side, side))
        hint("As the data set will hold it")


def _transfer_ui(draft: NewRun, emit: Emit) -> NewRun:
    chosen = draft.wish("transfer")
    tip = "Model file to take weights from, by name and shape\n--transfer"
    shown = os.path.basename(str(chosen)) if chosen is not None else "nothing"
    width, restore = reset_row(
        LABELS["transfer"], tip, "field_transfer", chosen is not None, "nothing"
    )
    label = ellipsis(shown, width - em(3))
    item = Button("transfer_choose", label, icons.ICON_FA_CUBE, str(chosen or tip))
    if button(item, width):
        emit(ShowDialog("transfer_model"))
    return replace(draft, wishes=draft.wishing("transfer", None)) if restore else draft


def _start_ui(state: TrainingState, emit: Emit) -> None:
    section("Start", icons.ICON_FA_FLAG_CHECKERED)
    if state.work is not None and state.work.kind in ("estimate", "start"):
        _work_ui(state, emit)
    for sentence in state.estimate:
        text_dim(sentence)
    incomplete = state.problem if state.facts is None else ""
    if state.problem and not incomplete:
        text_warning(f"{icons.ICON_FA_TRIANGLE_EXCLAMATION}  {state.problem}")
    busy = "Wait, or cancel what is going on" if state.work is not None else None
    reason = busy or state.problem or None
    active = any(run.active for run in state.runs)
    buttons: list[Any] = [
        Button("run_estimate", "Estimate", icons.ICON_FA_GAUGE_HIGH,
               "Measure the speed here and forecast time and memory", reason),
        Button("run_go", "Start", icons.ICON_FA_PLAY,
               "Train in the background; it goes on when this window is closed", reason,
               selected=reason is None and not active),
    ]  # fmt: skip
    if active:
        tip = "Start when the runs before it have ended"
        buttons.append(Button("run_queue", "Queue", icons.ICON_FA_HOURGLASS_HALF, tip, reason))
    pressed = button_row(buttons)
    if pressed == "run_estimate":
        emit(DoWork("estimate"))
    elif pressed in ("run_go", "run_queue"):
        emit(StartNewRun(queue=pressed == "run_queue"))
