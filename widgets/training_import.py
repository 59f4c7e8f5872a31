"""How pictures become a data set, with a preview that follows.

Ids: `###crop_<how>`, `##data_aspect`, `##data_background` with `###data_colour` (a popup with
`##data_picker`), `##data_fps`, `##data_resolution`, `##data_filter`, `##data_channels`,
`##data_labels`, `##data_max`, `##data_near`, `##data_copies`, `###data_look`, `###data_import`;
a field that was changed has `###reset_<its name>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from imgui_bundle import ImVec2, ImVec4, imgui
from imgui_bundle import icons_fontawesome_6 as icons

from explorer.panel_state import Emit
from explorer.training_actions import DoWork
from explorer.training_state import Findings, NewRun, TrainingState
from widgets.choices import combo, segmented_row, toggle
from widgets.controls import Button, button_row, em, hint, inner_spacing
from widgets.fields import integer, reset_row, row
from widgets.training_typed import Typed, aspect_of, colour_of, fps_of
from widgets.training_work import BUSY

CROPS = (
    ("centre", "Centre", "The largest square in the middle"),
    ("fit", "Fit", "The whole picture, bars in the background colour"),
    ("wide", "Wide", "The middle of a wide shape, black bars above and below"),
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
DEFAULTS = NewRun()


class ImportPart:
    """The choices, with what is being typed."""

    def __init__(self) -> None:
        self.typed = Typed()

    def draw(self, found: Findings, state: TrainingState, emit: Emit) -> NewRun:
        draft = self._shape_ui(state.draft)
        draft = _picture_ui(found, draft)
        if found.video:
            shown = f"{draft.fps:g}" if draft.fps else "all"
            tip = "How many pictures are taken of each second of a video; 0 = all"
            fps = self._number(
                "Frames a second", "data_fps", draft.fps, shown, DEFAULTS.fps, "all", fps_of, tip
            )
            draft = replace(draft, fps=fps)
        draft = _choice_ui(draft)
        _previews_ui(state)
        _do_ui(state, emit)
        return draft

    def _shape_ui(self, draft: NewRun) -> NewRun:
        draft = replace(draft, crop=segmented_row("Crop", "crop", draft.crop, CROPS))
        if draft.crop == "wide":
            shown, tip = shape_text(draft.aspect), "Of the part that is used: 16:9, 3:2, 1.85"
            aspect = self._number(
                "Shape", "data_aspect", draft.aspect, shown, DEFAULTS.aspect, "16:9", aspect_of, tip
            )
            draft = replace(draft, aspect=aspect)
        if draft.crop == "fit" or draft.channels in ("auto", "rgb", "grey"):
            draft = self._background_ui(draft)
        return draft

    def _background_ui(self, draft: NewRun) -> NewRun:
        tip = "Colour behind transparent pictures and in the bars of Fit, as RRGGBB"
        width, restore = reset_row(
            "Backdrop", tip, "data_background", draft.background != DEFAULTS.background, "ffffff"
        )
        side, gap = imgui.get_frame_height(), inner_spacing()
        colour = rgb_of(draft.background)
        flags = imgui.ColorEditFlags_.no_tooltip
        if imgui.color_button(
            "###data_colour", ImVec4(*colour, 1.0), flags, ImVec2(1.6 * side, side)
        ):
            imgui.open_popup("data_colours")
        hint("Pick a colour")
        imgui.same_line(0, gap)
        typed = self.typed.field(
            "data_background", draft.background, colour_of, width - 1.6 * side - gap, tip
        )
        self.typed.problem_ui("data_background")
        picked = _picker_ui(colour)
        if restore:
            self.typed.forget("data_background")
            return replace(draft, background=DEFAULTS.background)
        return replace(draft, background=typed or picked or draft.background)

    def _number(
        self,
        label: str,
        name: str,
        value: float,
        shown: str,
        default: float,
        default_text: str,
        read: Callable[[str], float],
        tip: str,
    ) -> float:
        """Draw a row with a number that is typed; returns it, or `value` while it stays."""
        width, restore = reset_row(label, tip, name, value != default, default_text)
        new = self.typed.field(name, shown, read, width, tip)
        self.typed.problem_ui(name)
        if restore:
            self.typed.forget(name)
            return default
        return value if new is None else new


def shape_text(aspect: float) -> str:
    """Return width / height as it is said: "16:9", or "1.85"."""
    for across, down in ((16, 9), (4, 3), (3, 2), (2, 1), (1, 1), (21, 9)):
        if abs(aspect - across / down) < 1e-6:
            return f"{across}:{down}"
    return f"{aspect:.4g}"


def rgb_of(text: str) -> tuple[float, float, float]:
    """Return RRGGBB as levels from 0 to 1."""
    red, green, blue = bytes.fromhex(text)
    return red / 255, green / 255, blue / 255


def _picker_ui(colour: tuple[float, float, float]) -> str | None:
    if not imgui.begin_popup("data_colours"):
        return None
    flags = imgui.ColorEditFlags_.no_side_preview | imgui.ColorEditFlags_.no_inputs
    imgui.set_next_item_width(em(12))
    changed, new = imgui.color_picker3("##data_picker", [*colour], flags)
    imgui.end_popup()
    return "".join(f"{round(255 * level):02x}" for level in new[:3]) if changed else None


def _picture_ui(found: Findings, draft: NewRun) -> NewRun:
    sizes = tuple(sorted({*RESOLUTIONS, found.suggested}))
    options = (("0", f"{found.suggested} (suggested)"), *((str(n), str(n)) for n in sizes))
    tip = "Width and height of every picture in the data set"
    size = _combo_row("Resolution", "data_resolution", str(draft.resolution), options, tip)
    tip = "Which colours the data set has"
    channels = _combo_row("Colours", "data_channels", draft.channels, CHANNELS, tip)
    tip = "Where the class of a picture comes from"
    labels = _combo_row("Classes", "data_labels", draft.labels, SOURCES_OF_LABELS, tip)
    tip = "How pictures are made smaller"
    filter = _combo_row("Resizing", "data_filter", draft.filter, FILTERS, tip)
    return replace(draft, resolution=int(size), channels=channels, labels=labels, filter=filter)


def _choice_ui(draft: NewRun) -> NewRun:
    tip = "Also use pictures that look almost like another one"
    near = toggle("Look-alikes", "data_near", draft.keep_near, tip)
    tip = "Also use pictures that are exactly like another one"
    copies = toggle("Exact copies", "data_copies", draft.keep_copies, tip)
    tip = "Pictures that are taken at most, spread over all; 0 = all"
    most = integer("At most", "data_max", draft.max_images, default=0, high=10**7, tooltip=tip)
    return replace(draft, keep_near=near, keep_copies=copies, max_images=most)


def _combo_row(
    label: str, name: str, value: str, options: tuple[tuple[str, str], ...], tip: str
) -> str:
    imgui.set_next_item_width(row(label, tip))
    return combo(name, value, options, tip)


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


def _do_ui(state: TrainingState, emit: Emit) -> None:
    busy = BUSY if state.work is not None else None
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
