"""Capture: save what is shown, or a whole list of seeds, and watch it being done.

Ids: `###save_picture`, `###save_window`, `###copy_picture`, `###capture_folder`,
`###reveal_captures`, `##embed_session`, `##seed_list`, `###save_seeds`, `###cancel_<job id>`.
"""

from __future__ import annotations

import os
from dataclasses import replace

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from explorer.actions import Capture, CopyPicture, RevealFolder, SaveSeedList, ShowDialog
from explorer.panel_state import Emit, PanelState, Wipe
from explorer.seeds import SeedListError, parse_seeds
from explorer.settings import Settings
from explorer.view_state import Preferences
from widgets.choices import toggle
from widgets.controls import (
    Button,
    button_row,
    ellipsis,
    em,
    hint,
    icon_button,
    inner_spacing,
    section,
)
from widgets.fields import row
from widgets.jobs import job_ui
from widgets.notices import text_dim, text_warning


def seed_list_check(text: str) -> tuple[int, str]:
    """Return how many seeds `text` lists and "", or 0 and the sentence of what is wrong with it."""
    try:
        return len(parse_seeds(text)), ""
    except SeedListError as error:
        sentence = str(error)
        return 0, sentence[:1].upper() + sentence[1:]


class CapturePanel:
    """The panel, with the list of seeds being typed."""

    def __init__(self) -> None:
        self.seeds = ""

    def draw(
        self, settings: Settings, preferences: Preferences, state: PanelState, emit: Emit
    ) -> tuple[Settings, Preferences]:
        reason = None if state.result is not None else "There is no picture yet"
        _save_ui(reason, state.wipe, emit)
        embed = _folder_ui(preferences, state.capture_folder, emit)
        self._seeds_ui(state, emit)
        _jobs_ui(state, emit)
        if embed != preferences.embed_session:
            preferences = replace(preferences, embed_session=embed)
        return settings, preferences

    def _seeds_ui(self, state: PanelState, emit: Emit) -> None:
        section("List of seeds", icons.ICON_FA_LIST_OL)
        imgui.set_next_item_width(-1)
        _, self.seeds = imgui.input_text_with_hint("##seed_list", "0-7, 12, 100-110", self.seeds)
        hint("Seeds and ranges, separated by commas; all other settings stay as they are")
        count, problem = seed_list_check(self.seeds)
        if self.seeds.strip() and problem:
            text_warning(problem)
        reason = None if state.info is not None else "No model is open"
        reason = reason or problem or None
        pictures = "1 picture" if count == 1 else f"{count:,} pictures"
        label = f"Save {pictures}" if count else "Save pictures"
        if button_row((Button("save_seeds", label, icons.ICON_FA_IMAGES, "", reason),)):
            emit(SaveSeedList(self.seeds))


capture_ui = CapturePanel().draw


def _save_ui(reason: str | None, wipe: Wipe | None, emit: Emit) -> None:
    section("Picture", icons.ICON_FA_CAMERA, first=True)
    alone = f"\nOf the two compared, A alone: {wipe.explored_text}" if wipe is not None else ""
    pressed = button_row(
        (
            Button("save_picture", "Save picture", icons.ICON_FA_FLOPPY_DISK,
                   f"Save the exact picture as PNG in the folder below{alone}", reason),
            Button("save_window", "Save window", icons.ICON_FA_DESKTOP,
                   "Save the whole window as PNG"),
            Button("copy_picture", "Copy", icons.ICON_FA_COPY, f"Copy the picture{alone}", reason),
        )
    )  # fmt: skip
    if pressed == "save_picture":
        emit(Capture("picture"))
    elif pressed == "save_window":
        emit(Capture("window"))
    elif pressed == "copy_picture":
        emit(CopyPicture())


def _folder_ui(preferences: Preferences, folder: str, emit: Emit) -> bool:
    """Draw where captures go and what they carry; return whether they carry the session."""
    side, gap = imgui.get_frame_height(), inner_spacing()
    width = row("Folder", "Where captures are saved")
    name = os.path.basename(folder.rstrip("/\\")) or folder or "Choose…"
    text = ellipsis(name, width - side - gap - em(1.2))
    if imgui.button(f"{text}###capture_folder", (width - side - gap, 0)):
        emit(ShowDialog("capture_folder"))
    hint(f"{folder}\nClick to choose another folder")
    imgui.same_line(0, gap)
    if icon_button(
        icons.ICON_FA_ARROW_UP_RIGHT_FROM_SQUARE, "###reveal_captures", "Show the folder"
    ):
        emit(RevealFolder(folder))
    return toggle(
        "With session", "embed_session", preferences.embed_session,
        tooltip="Write the session into each PNG, so that opening it brings everything back",
    )  # fmt: skip


def _jobs_ui(state: PanelState, emit: Emit) -> None:
    section("Jobs", icons.ICON_FA_LIST_CHECK)
    if not state.jobs:
        text_dim("Nothing is running")
    for job in state.jobs:
        job_ui(job, emit)
