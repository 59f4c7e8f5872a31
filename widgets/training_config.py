"""The configuration of a new run: few choices first, all of them one click away.

Ids: a field is `##field_<name>` with `###reset_field_<name>`; `###transfer_choose`,
`###all_settings`.
"""

from __future__ import annotations

import os
from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import ShowDialog
from explorer.panel_state import Emit
from explorer.training_state import FieldSpec, FieldValue, NewRun, TrainingState
from widgets.choices import bare_toggle, combo
from widgets.controls import Button, button, dim, ellipsis, em, section
from widgets.fields import reset_row
from widgets.training_typed import Typed, value_of

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


class ConfigPart:
    """The part of the page, with what is being typed."""

    def __init__(self) -> None:
        self.typed = Typed()

    def draw(self, state: TrainingState, emit: Emit) -> NewRun:
        """Draw the fields; returns the run as it is wished now."""
        draft = state.draft
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
        label = label_of(spec)
        tip = f"{spec.help[:1].upper()}{spec.help[1:]}\n--{spec.name.replace('_', '-')}"
        tip += f" · default {default}"
        name = f"field_{spec.name}"
        changed = chosen is not None and spec.name != "config"
        width, restore = reset_row(label, tip, name, changed, default)
        value = self._control(spec, shown, width, tip)
        self.typed.problem_ui(name)
        if restore:
            self.typed.forget(name)
            return replace(draft, wishes=draft.wishing(spec.name, None))
        if value is None or value == chosen:
            return draft
        return replace(draft, wishes=draft.wishing(spec.name, value))

    def _control(self, spec: FieldSpec, shown: str, width: float, tip: str) -> FieldValue | None:
        """Draw a field's control; returns the new value, None while it is not changed."""
        name = f"field_{spec.name}"
        if spec.kind == "bool":
            new = bare_toggle(name, shown == "on", tip)
            return new if new != (shown == "on") else None
        if spec.options:
            imgui.set_next_item_width(width)
            picked = combo(name, shown, tuple((value, value) for value in spec.options), tip)
            return picked if picked != shown else None
        label = label_of(spec)
        return self.typed.field(name, shown, lambda text: value_of(spec, label, text), width, tip)


def label_of(spec: FieldSpec) -> str:
    """Return what a field is called: in words where it comes first, else as on the command line."""
    return LABELS.get(spec.name, spec.name)


def has_labels(state: TrainingState) -> bool:
    """Return whether the data has classes to train with."""
    if state.facts is not None:
        return state.facts.c_dim > 0
    return state.findings is not None and bool(state.findings.classes)


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
