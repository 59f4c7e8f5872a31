"""Menus of the timeline: what to add keys of, and what the selected keys are like.

Ids: popup "key_menu" with `###key_hold`, `###key_linear`, ... , `###ease_NAME` in the menu
`###key_easing`, `###key_space_w`, `###key_space_z`, `###key_copy`, `###key_delete`, and the fields
of `timeline_key_fields`; popup
"add_menu" with `###add_moving`, `###add_everything`, `###add_PATH`, and the menu
`###add_model_menu` of `timeline_models`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from imgui_bundle import imgui

from explorer.actions import SetTimelineView
from explorer.export_actions import KeyModel
from explorer.panel_state import Emit, PanelState
from explorer.settings import Settings
from explorer.timeline.easing import EASINGS
from explorer.timeline.edit import (
    change_keys,
    copy_keys,
    key_everything,
    key_here,
    key_moving,
    keys_named,
    remove_keys,
)
from explorer.timeline.model import Interpolation, Key, Space
from explorer.timeline.properties import CAPTION, properties_of, property_of
from explorer.timeline_state import TimelineView
from widgets.timeline_key_fields import key_fields
from widgets.timeline_models import model_items_ui

_WAYS: tuple[tuple[Interpolation, str], ...] = tuple(
    zip(get_args(Interpolation), ("Hold", "Linear", "Smooth", "Spline"), strict=True)
)
_SPACES: tuple[tuple[Space, str], ...] = (("w", "Straight in w"), ("z", "On the sphere of z"))


def key_menu_ui(settings: Settings, view: TimelineView, emit: Emit) -> Settings:
    """Draw the menu of the selected keys while it is open."""
    if not imgui.begin_popup("key_menu"):
        return settings
    timeline = settings.timeline
    keys = [key for _, key in keys_named(timeline, view.selected)]
    change: Callable[[Key], Key] | None = None
    typed, moved = key_fields(settings, view)
    if moved is not view:
        emit(SetTimelineView(moved))
    if typed is not settings:
        imgui.end_popup()
        return typed
    known = [property_of(name.path) for name in view.selected]
    between = any(each is not None and each.continuous for each in known)
    if between:
        imgui.separator()
        imgui.text_disabled("Until the next key")
    for way, label in _WAYS if between else ():
        if _item(label, f"key_{way}", all(key.interpolation == way for key in keys)):
            change = lambda key, way=way: replace(key, interpolation=way)  # noqa: E731
    if between:
        imgui.separator()
    if between and imgui.begin_menu("Easing###key_easing"):
        for easing in EASINGS:
            label = easing.capitalize() if easing != "none" else "None, evenly"
            name = "ease_" + easing.replace(" ", "_")
            if _item(label, name, all(key.easing == easing for key in keys)):
                change = lambda key, easing=easing: replace(key, easing=easing)  # noqa: E731
        imgui.end_menu()
    if any(key.latent is not None for key in keys):
        imgui.separator()
        for space, label in _SPACES:
            if _item(label, f"key_space_{space}", all(key.space == space for key in keys)):
                change = lambda key, space=space: replace(key, space=space)  # noqa: E731
    imgui.separator()
    if imgui.menu_item("Copy###key_copy", "Ctrl+C", False)[0]:
        emit(SetTimelineView(replace(view, copied=copy_keys(timeline, view.selected))))
    if imgui.menu_item("Delete###key_delete", "Del", False)[0]:
        emit(SetTimelineView(replace(view, selected=())))
        settings = replace(settings, timeline=remove_keys(timeline, view.selected))
    imgui.end_popup()
    if change is not None:
        changed = change_keys(timeline, view.selected, change)
        return replace(settings, timeline=changed)
    return settings


def add_menu_ui(settings: Settings, state: PanelState, emit: Emit) -> Settings:
    """Draw the menu of what a key can be added of while it is open."""
    if not imgui.begin_popup("add_menu"):
        return settings
    secs, driven = state.timeline.view.playhead_secs, state.timeline.driven_by
    moving = not settings.timeline.empty
    if imgui.menu_item("Everything that moves###add_moving", "K", False, moving)[0]:
        settings = key_moving(settings, secs, driven)
    if imgui.menu_item("Everything###add_everything", "", False)[0]:
        settings = key_everything(settings, secs, driven)
    imgui.separator()
    for known in properties_of(settings):
        if imgui.menu_item(f"{known.label}###add_{known.path}", "", False)[0]:
            settings = key_here(settings, known.path, secs, driven.get(known.path, 0.0))
    if imgui.menu_item(f"Caption###add_{CAPTION}", "", False)[0]:
        settings = key_here(settings, CAPTION, secs)
    imgui.set_item_tooltip("Words below the pictures of a video; right-click the key to write them")
    if imgui.begin_menu("Another model###add_model_menu"):
        picked = model_items_ui(state, emit, "key_model")
        if picked:
            emit(KeyModel(picked))
        imgui.end_menu()
    imgui.end_popup()
    return settings


def _item(label: str, name: str, on: bool) -> bool:
    return bool(imgui.menu_item(f"{label}###{name}", "", on)[0])
