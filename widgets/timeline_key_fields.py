"""Fields in the menu of keys: when they are, and what they hold.

Ids: `##key_time` of one key, `##key_number` of numbers, `##key_seed` of latents,
`##key_choice` of choices, `##key_text` of captions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from imgui_bundle import imgui

from explorer.settings import Settings, seed_latent
from explorer.timeline.edit import KeyName, change_keys, keys_named, move_keys
from explorer.timeline.model import Key
from explorer.timeline.properties import Property, property_of
from explorer.timeline_state import TimelineView, nearest_frame_secs
from widgets.choices import combo
from widgets.controls import em, hint
from widgets.fields import menu_row

_ENTER = imgui.InputTextFlags_.enter_returns_true
_MAX_SEED = 2**32 - 1
MAX_CAPTION = 500  # letters
_COLUMN_EMS, _FIELD_EMS = 4.0, 7.0


def key_fields(settings: Settings, view: TimelineView) -> tuple[Settings, TimelineView]:
    """Draw what can be typed of the selected keys; they stay selected where they go."""
    timeline, names = settings.timeline, view.selected
    found = keys_named(timeline, names)
    if not found:
        return settings, view
    if len(found) == 1:
        by_secs = _time_field(settings, found[0][1], snap=view.snap)
        if by_secs:
            timeline, names = move_keys(timeline, names, by_secs)
            return replace(settings, timeline=timeline), replace(view, selected=names)
    change = _value_field(found)
    if change is not None:
        settings = replace(settings, timeline=change_keys(timeline, names, change))
    return settings, view


def _time_field(settings: Settings, key: Key, *, snap: bool) -> float:
    """Draw the time of one key; return by how many seconds it is to move."""
    menu_row("Time", _COLUMN_EMS, _FIELD_EMS)
    entered, secs = imgui.input_float("##key_time", key.time, 0, 0, "%.3f s", _ENTER)
    hint("Seconds from the start; Enter moves the key")
    if not entered:
        return 0.0
    secs = min(max(secs, 0.0), settings.timeline.duration_secs)
    if snap:
        secs = nearest_frame_secs(settings.timeline, secs)
    return secs - key.time


def _value_field(found: list[tuple[KeyName, Key]]) -> Callable[[Key], Key] | None:
    """Draw what all these keys hold; return the change that was typed."""
    known = [property_of(name.path) for name, _ in found]
    kinds = {each.kind for each in known if each is not None}
    first, key = known[0], found[0][1]
    if first is None or None in known:
        return None
    if kinds <= {"number", "whole"}:
        return _number_field(first, key)
    if kinds == {"switch"}:
        menu_row("On", _COLUMN_EMS, _FIELD_EMS)
        changed, on = imgui.checkbox("##key_number", key.number >= 0.5)
        return (lambda each: replace(each, number=float(on))) if changed else None
    if kinds == {"latent"} and all(each.latent is not None for _, each in found):
        return _seed_field(key)
    if kinds == {"text"}:
        return _text_field(key)
    if kinds == {"choice"} and first.choices and len({each.path for each in known if each}) == 1:
        return _choice_field(first, key)
    return None


def _number_field(known: Property, key: Key) -> Callable[[Key], Key] | None:
    menu_row("Value", _COLUMN_EMS, _FIELD_EMS)
    fmt = "%.0f" if known.kind == "whole" else "%.4f"
    entered, number = imgui.input_double("##key_number", key.number, 0, 0, fmt, _ENTER)
    hint(f"{known.minimum:g} to {known.maximum:g}; Enter sets it")
    if not entered:
        return None
    number = min(max(number, known.minimum), known.maximum)
    return lambda each: replace(each, number=number)


def _seed_field(key: Key) -> Callable[[Key], Key] | None:
    menu_row("Seed", _COLUMN_EMS, _FIELD_EMS)
    seed = key.latent.seed if key.latent is not None else 0
    entered, typed = imgui.input_double("##key_seed", float(seed), 0, 0, "%.0f", _ENTER)
    hint("Enter makes the key exactly this seed")
    if not entered:
        return None
    latent = seed_latent(round(min(max(typed, 0.0), _MAX_SEED)))
    return lambda each: replace(each, latent=latent)


def _choice_field(known: Property, key: Key) -> Callable[[Key], Key] | None:
    menu_row("Value", _COLUMN_EMS, _FIELD_EMS)
    choices = tuple((choice, choice.capitalize()) for choice in known.choices)
    picked = combo("key_choice", key.text, choices)
    return (lambda each: replace(each, text=picked)) if picked != key.text else None


def _text_field(key: Key) -> Callable[[Key], Key] | None:
    menu_row("Text", _COLUMN_EMS, _FIELD_EMS)
    imgui.set_next_item_width(em(16))
    _, typed = imgui.input_text_with_hint("##key_text", "Nothing: a caption ends here", key.text)
    entered = imgui.is_item_deactivated_after_edit()
    hint("Written below the pictures of a video from here on")
    text = typed[:MAX_CAPTION]
    return (lambda each: replace(each, text=text)) if entered and text != key.text else None
