"""Library: latents kept with the session, with name and picture.

Ids: `##keep_name`, `###keep_latent`, `###import_latents`, `###export_latents`; per latent, inside
the scope of its index: `##saved` (the picture; double-click uses it), `##saved_name`,
`###saved_use`, `###saved_mix`, `###saved_delete`.
"""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import ExportLatents, KeepLatent, MixLatent, ShowDialog, UseLatent
from explorer.model_info import ModelInfo
from explorer.panel_state import Emit, PanelState
from explorer.settings import SavedLatent, Settings
from widgets.cards import card
from widgets.controls import (
    Button,
    button_row,
    dim,
    disabled,
    ellipsis,
    em,
    hint,
    icon_button,
    id_scope,
    inner_spacing,
)
from widgets.notices import empty_ui
from widgets.pictures import picture_side, thumbnail, thumbnail_source

Library = tuple[SavedLatent, ...]


class LibraryPanel:
    """The panel, with the name being typed for the next latent."""

    def __init__(self) -> None:
        self.name = ""

    def draw(self, settings: Settings, state: PanelState, emit: Emit) -> Settings:
        self._keep_ui(state, emit)
        library = settings.library
        for index, saved in enumerate(settings.library):
            with id_scope(index):
                library = _saved_ui(library, index, saved, settings, state, emit)
        if not settings.library:
            empty_ui(
                icons.ICON_FA_BOOKMARK,
                "No latent is kept yet",
                "Keep what is shown to come back to it",
            )
        return settings if library is settings.library else replace(settings, library=library)

    def _keep_ui(self, state: PanelState, emit: Emit) -> None:
        reason = None if state.info is not None else "There is no picture to keep"
        with disabled(reason):
            gap = inner_spacing()
            text = f"{icons.ICON_FA_BOOKMARK}  Keep"
            width = imgui.calc_text_size(text).x + 2 * imgui.get_style().frame_padding.x
            imgui.set_next_item_width(imgui.get_content_region_avail().x - width - gap)
            flags = imgui.InputTextFlags_.enter_returns_true
            entered, self.name = imgui.input_text_with_hint("##keep_name", "Name", self.name, flags)
            imgui.same_line(0, gap)
            if imgui.button(f"{text}###keep_latent") or entered:
                emit(KeepLatent(self.name.strip()))
                self.name = ""
            hint("Keep the latent shown, with truncation and mixing applied")
        empty = None if state.settings.library else "There is nothing to export"
        pressed = button_row(
            (
                Button("import_latents", "Import…", icons.ICON_FA_FILE_IMPORT,
                       "Latents from .npz or .npy"),
                Button("export_latents", "Export…", icons.ICON_FA_FILE_EXPORT,
                       "All latents as one .npz", empty),
            )
        )  # fmt: skip
        if pressed == "import_latents":
            emit(ShowDialog("import_latents"))
        elif pressed == "export_latents":
            emit(ExportLatents())


def _saved_ui(
    library: Library,
    index: int,
    saved: SavedLatent,
    settings: Settings,
    state: PanelState,
    emit: Emit,
) -> Library:
    shown = settings.latent.anchor == saved.ws
    foreign = unusable_reason(saved, state)
    with card(active=shown) as width:
        side, gap, picture = imgui.get_frame_height(), inner_spacing(), picture_side()
        view = state.thumbnails.get(thumbnail_source(saved))
        thumbnail("saved", view, picture, selected=shown, faded=foreign is not None)
        if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0) and foreign is None:
            emit(UseLatent(saved))
        hint("Double-click to use")
        room = width - picture - em(0.5)
        if room < em(8):  # a narrow panel: the rest goes below
            room = width
        else:
            imgui.same_line(0, em(0.5))
        imgui.begin_group()
        imgui.set_next_item_width(room)
        _, name = imgui.input_text("##saved_name", saved.name)
        renamed = imgui.is_item_deactivated_after_edit() and name.strip() not in ("", saved.name)
        hint("Name; click to change it")
        half = (room - side - 2 * gap) / 2
        with disabled(foreign):
            if imgui.button("Use###saved_use", (half, 0)):
                emit(UseLatent(saved))
            hint("Show it exactly as it was kept")
            imgui.same_line(0, gap)
            if imgui.button("Mix###saved_mix", (half, 0)):
                emit(MixLatent(saved))
            hint("Add it as a source of style mixing")
        imgui.same_line(0, gap)
        tip = "Delete; undo brings it back"
        deleted = icon_button(icons.ICON_FA_TRASH_CAN, "###saved_delete", tip, quiet=True)
        if foreign is not None and state.info is not None:
            _foreign_ui(saved, state.info, room)
        imgui.end_group()
    if deleted:
        return tuple(other for other in library if other is not saved)
    if renamed:
        fresh = replace(saved, name=name.strip())
        return tuple(fresh if other is saved else other for other in library)
    return library


def unusable_reason(saved: SavedLatent, state: PanelState) -> str | None:
    """Return why a saved latent cannot be shown by the open model, or None."""
    if state.info is None:
        return "No model is open"
    if not fits(saved, state.info):
        return f"Kept from another model: {_shape_text(saved, state.info)}"
    return None


def fits(saved: SavedLatent, info: ModelInfo) -> bool:
    """Return whether a saved latent has as many rows and numbers as the model needs."""
    return tuple(saved.ws.shape) == (info.num_ws, info.w_dim)


def _shape_text(saved: SavedLatent, info: ModelInfo) -> str:
    has = " × ".join(str(side) for side in saved.ws.shape)
    return f"it has {has} numbers, this one takes {info.num_ws} × {info.w_dim}"


def _foreign_ui(saved: SavedLatent, info: ModelInfo, room: float) -> None:
    """Say in the card itself why its buttons are off."""
    text = f"{icons.ICON_FA_LINK_SLASH}  Kept from another model"
    imgui.text_colored(dim(), ellipsis(text, room))
    sentence = _shape_text(saved, info)
    hint(sentence[:1].upper() + sentence[1:])


library_ui = LibraryPanel().draw
