"""The table of commands: complete, unambiguous, and acting on what the state says."""

from __future__ import annotations

from collections import Counter

import pytest

from explorer.actions import Apply, SetView
from explorer.commands import COMMANDS, MENUS, by_id, in_menu
from explorer.panel_state import PanelState
from explorer.settings import Settings, seed_latent
from explorer.view_state import CanvasView, Preferences
from widgets.menus import key_chord
from widgets.palette import match_score, matches

STATE = PanelState(Settings(latent=seed_latent(9)), CanvasView(), Preferences())


def test_ids_and_shortcuts_are_given_once():
    keys = [key for command in COMMANDS for key in (command.shortcut, command.also) if key]

    assert max(Counter(command.id for command in COMMANDS).values()) == 1
    assert max(Counter(keys).values()) == 1


def test_every_shortcut_is_a_key_there_is():
    chords = [key_chord(command.shortcut) for command in COMMANDS if command.shortcut]

    assert len(set(chords)) == len(chords)
    with pytest.raises(ValueError, match="Hyper"):
        key_chord("Hyper")


def test_every_command_is_in_a_menu_that_is_shown():
    assert sum(len(in_menu(menu)) for menu in MENUS) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_can_be_asked_about_and_run_without_a_model(command):
    command.enabled(STATE)
    if command.checked is not None:
        command.checked(STATE)
    assert command.action(STATE) is not None


def test_seeds_wrap_around():
    first = PanelState(Settings(latent=seed_latent(0)), CanvasView(), Preferences())
    before = by_id("previous_seed").action(first)

    assert isinstance(before, Apply)
    assert before.settings.latent.seed == 2**32 - 1


def test_the_view_is_changed_as_a_view():
    assert by_id("actual_size").action(STATE) == SetView(CanvasView(fit="free"))


@pytest.mark.parametrize(
    "query, expected",
    [("undo", "undo"), ("rs", "random_seed"), ("cap win", "capture_window"), ("abo", "about")],
)
def test_the_palette_finds_by_a_few_letters(query, expected):
    assert matches(query, COMMANDS)[0].id == expected


def test_the_palette_lists_everything_for_nothing_and_nothing_for_nonsense():
    assert matches("", COMMANDS) == list(COMMANDS)
    assert matches("qqqq", COMMANDS) == []
    assert match_score("seed", "Random seed") > match_score("seed", "Close model or edit")
