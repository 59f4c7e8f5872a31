"""Class: what a conditional network is asked to show, one class or a blend of several.

Ids: `###class_mode_seed`, `###class_mode_blend`; per class, inside the scope of its index:
`##class` (a searched list), `##class_weight`, `###class_remove`; then `###class_add`,
`###class_even`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.control_state import Reach
from explorer.model_info import ModelInfo
from explorer.panel_state import Emit, PanelState
from explorer.settings import ClassChoice, ClassMode, Settings
from widgets.choices import search_combo, segmented_row
from widgets.controls import (
    Button,
    accent,
    button_row,
    em,
    hint,
    icon_button,
    id_scope,
    inner_spacing,
    u32,
)
from widgets.knobs import learn_ui, turned
from widgets.notices import text_dim
from widgets.plots import PALETTE
from widgets.sliders import slider_ground

Weights = tuple[tuple[int, float], ...]
WEIGHT = Reach(0.0, 1.0)
MODES: tuple[tuple[ClassMode, str, str], ...] = (
    ("seed", "From seed", "Each seed draws its own class, as the reference viewer does"),
    ("blend", "Chosen", "One class, or several blended by weight"),
)


def class_labels(info: ModelInfo) -> list[str]:
    """Return one label per class: its number, and its name if the file holds names."""
    names = info.class_names
    return [
        f"{index}  {names[index]}" if index < len(names) else f"Class {index}"
        for index in range(info.c_dim)
    ]


def shares(weights: Weights) -> list[float]:
    """Return each class's part of the blend; they sum to 1 unless every weight is 0."""
    total = sum(weight for _, weight in weights)
    return [weight / total if total > 0 else 0.0 for _, weight in weights]


def with_weight(weights: Weights, index: int, weight: float) -> Weights:
    """Return the weights with one changed; the blend never becomes empty."""
    others = sum(w for place, (_, w) in enumerate(weights) if place != index)
    if others + weight <= 0:
        weight = 0.01
    return tuple((c, weight if i == index else w) for i, (c, w) in enumerate(weights))


class ClassPanel:
    """The panel, with the text typed into the list of classes."""

    def __init__(self) -> None:
        self.search = ""
        self.labels_of: ModelInfo | None = None
        self.labels: list[str] = []

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        info = state.info
        if info is None or info.c_dim == 0:
            text_dim("This network has no classes" if info else "Classes come with the model")
            return settings
        if self.labels_of is not info:
            self.labels_of, self.labels = info, class_labels(info)
        new = self._choice_ui(settings.classes)
        return settings if new is settings.classes else replace(settings, classes=new)

    def _choice_ui(self, value: ClassChoice) -> ClassChoice:
        mode = segmented_row("Class", "class_mode", value.mode, MODES)
        if mode == "seed":
            text_dim(f"{len(self.labels)} classes; each seed draws its own from its random stream")
            return value if mode == value.mode else replace(value, mode=mode)
        weights = self._weights_ui(value.weights or ((0, 1.0),))
        pressed = button_row(
            (
                Button("class_add", "Add class", icons.ICON_FA_PLUS, "Blend in another class"),
                Button(
                    "class_even", "Even out", icons.ICON_FA_EQUALS, "Give all the same weight",
                    None if len(weights) > 1 else "There is only one class",
                ),
            )
        )  # fmt: skip
        if pressed == "class_add":
            used = {c for c, _ in weights}
            free = next((c for c in range(len(self.labels)) if c not in used), 0)
            weights = (*weights, (free, 1.0))
        elif pressed == "class_even":
            weights = tuple((c, 1.0) for c, _ in weights)
        if mode == value.mode and weights == value.weights:
            return value
        return ClassChoice(mode, weights)

    def _weights_ui(self, weights: Weights) -> Weights:
        parts = shares(weights)
        if len(weights) > 1:
            _share_bar(parts, [self.labels[c] for c, _ in weights if c < len(self.labels)])
        new = weights
        for index, (chosen, weight) in enumerate(weights):
            with id_scope(index):
                new = self._row_ui(new, index, chosen, weight, parts[index])
        return new

    def _row_ui(
        self, weights: Weights, index: int, chosen: int, weight: float, share: float
    ) -> Weights:
        side, gap = imgui.get_frame_height(), inner_spacing()
        available = imgui.get_content_region_avail().x
        alone = len(weights) == 1
        weight_width = 0.0 if alone else min(em(7), available * 0.4)
        width = available if alone else available - weight_width - side - 2 * gap
        picked, self.search = search_combo("class", chosen, self.labels, self.search, width)
        hint("Choose by name or number")
        if picked != chosen:
            return tuple((picked if i == index else c, w) for i, (c, w) in enumerate(weights))
        if alone:
            return weights
        imgui.same_line(0, gap)
        new = _weight_ui(index, weight, share, weight_width)
        imgui.same_line(0, gap)
        if icon_button(icons.ICON_FA_XMARK, "###class_remove", "Remove this class", quiet=True):
            return tuple(pair for i, pair in enumerate(weights) if i != index)
        return with_weight(weights, index, new) if new != weight else weights


def _weight_ui(index: int, weight: float, share: float, width: float) -> float:
    label, shown = f"Class weight {index + 1}", f"{weight:.2f}"
    learned = learn_ui("class_weight", label, weight, WEIGHT, width, shown=shown)
    if learned is not None:
        return learned
    imgui.set_next_item_width(width)
    fmt = f"%.2f  ·  {share:.0%}%"
    flags = imgui.SliderFlags_.always_clamp
    with slider_ground(width, weight):
        moved, typed = imgui.slider_float("##class_weight", weight, 0.0, 1.0, fmt, flags)
    hint("Weight, and its share of the blend")
    asked = turned("class_weight", weight, WEIGHT)
    return round(typed, 2) if moved else asked


def _share_bar(parts: Sequence[float], labels: Sequence[str]) -> None:
    """Draw the blend as one bar cut into shares."""
    width, height = imgui.get_content_region_avail().x, em(0.45)
    left = imgui.get_cursor_screen_pos()
    draw = imgui.get_window_draw_list()
    x = left.x
    for index, part in enumerate(parts):
        colour = accent() if index == 0 else PALETTE[index % len(PALETTE)]
        end = x + part * width
        draw.add_rect_filled(
            (x, left.y), (max(x, end - 1), left.y + height), u32(colour, 0.85), em(0.15)
        )
        x = end
    imgui.dummy(ImVec2(width, height))
    hint("\n".join(f"{label}  {part:.0%}" for label, part in zip(labels, parts, strict=False)))


class_ui = ClassPanel().draw
