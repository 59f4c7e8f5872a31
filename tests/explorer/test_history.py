"""Undo, redo and what an edit is."""

from dataclasses import replace

import pytest

from explorer.describe import describe_change
from explorer.history import MAX_ENTRIES, History
from explorer.settings import (
    Animation,
    ArrayRef,
    Grid,
    Latent,
    LayerView,
    MixSource,
    ModelRef,
    SavedLatent,
    Settings,
    StyleMixing,
    Truncation,
    seed_latent,
)


def with_psi(psi: float) -> Settings:
    return Settings(truncation=Truncation(psi=psi))


def test_a_drag_of_many_frames_is_one_edit():
    history = History(Settings())
    for step in range(50):
        history.propose(with_psi(1 - step / 100), settled=False)
    history.propose(history.current, settled=True)
    assert history.labels == ("Start", "Psi 0.51")
    history.undo()
    assert history.current == Settings()


def test_undo_in_the_middle_of_a_drag_keeps_the_drag_redoable():
    history = History(Settings())
    history.propose(with_psi(0.3), settled=False)
    history.undo()
    assert history.current == Settings()
    history.redo()
    assert history.current == with_psi(0.3)


def test_dragging_back_to_the_start_leaves_no_edit():
    history = History(Settings())
    history.propose(with_psi(0.3), settled=False)
    history.propose(Settings(), settled=False)
    history.propose(Settings(), settled=True)
    assert history.labels == ("Start",)


def test_a_new_edit_after_undo_drops_what_could_be_redone():
    history = History(Settings())
    for psi in (0.9, 0.8, 0.7):
        history.propose(with_psi(psi), settled=True)
    history.undo()
    history.undo()
    history.propose(with_psi(0.1), settled=True)
    assert history.labels == ("Start", "Psi 0.90", "Psi 0.10")
    assert not history.can_redo


def test_clicking_an_entry_goes_there_and_forward_again():
    history = History(Settings())
    for psi in (0.9, 0.8, 0.7):
        history.propose(with_psi(psi), settled=True)
    history.go_to(1)
    assert history.current == with_psi(0.9)
    history.go_to(3)
    assert history.current == with_psi(0.7)
    with pytest.raises(IndexError, match="4 entries"):
        history.go_to(4)


def test_history_is_bounded_and_keeps_the_newest():
    history = History(Settings())
    for number in range(MAX_ENTRIES + 20):
        history.propose(with_psi(number / 1000), settled=True)
    assert len(history.labels) == MAX_ENTRIES
    assert history.current == with_psi((MAX_ENTRIES + 19) / 1000)


def test_pushing_during_a_drag_keeps_both_edits():
    history = History(Settings())
    history.propose(with_psi(0.5), settled=False)
    history.push(replace(with_psi(0.5), latent=seed_latent(7)), "Random")
    assert history.labels == ("Start", "Psi 0.50", "Random")


@pytest.mark.parametrize(
    "changed, label",
    [
        (Settings(latent=seed_latent(12)), "Seed 12"),
        (Settings(latent=Latent(x=0.5, y=1)), "Latent 0.50, 1.00"),
        (Settings(truncation=Truncation(cutoff=4)), "Cutoff 4"),
        (Settings(layer=LayerView(layer="b8.conv1")), "Layer b8.conv1"),
        (Settings(layer=LayerView(spectrum=True)), "Spectrum on"),
        (Settings(model=ModelRef("a.pkl", "0" * 64)), "Model a.pkl"),
        (Settings(library=(SavedLatent("face", ArrayRef("0", (1,))),)), "Keep face"),
        (
            Settings(latent=seed_latent(3), truncation=Truncation(psi=0.5)),
            "Latent and Truncation",
        ),
    ],
)
def test_an_edit_is_described_by_what_changed(changed: Settings, label: str):
    assert describe_change(Settings(), changed) == label


WS = ArrayRef("ab" * 32, (4, 8))


def mixed(*sources: MixSource) -> Settings:
    return Settings(mixing=StyleMixing(sources))


@pytest.mark.parametrize(
    "old, new, label",
    [
        (mixed(), mixed(MixSource(7)), "Mix seed 7"),
        (mixed(), mixed(MixSource(saved=WS, name="Smile")), "Mix Smile"),
        (mixed(MixSource(7)), mixed(MixSource(8)), "Mix seed 8"),
        (mixed(MixSource(7), MixSource(8)), mixed(MixSource(8)), "Remove seed 7"),
        (mixed(MixSource(7)), mixed(MixSource(7, enabled=False)), "Mix seed 7 off"),
        (mixed(MixSource(7)), mixed(MixSource(7, weights=((0, 1.0),))), "Rows of seed 7"),
        (mixed(MixSource(7), MixSource(8)), mixed(MixSource(8), MixSource(7)),
         "Order of mix sources"),
        (Settings(), Settings(grid=Grid(4, 2)), "Grid 4 × 2"),
        (Settings(grid=Grid(4, 2)), Settings(), "Single picture"),
        (Settings(library=(SavedLatent("A", WS),)), Settings(), "Delete A"),
        (Settings(library=(SavedLatent("A", WS),)), Settings(library=(SavedLatent("B", WS),)),
         "Rename to B"),
    ],
)  # fmt: skip
def test_an_edit_of_a_list_names_what_it_was_about(old: Settings, new: Settings, label: str):
    assert describe_change(old, new) == label


def test_what_is_edited_during_motion_is_undone_without_the_way_travelled():
    history = History(Settings(animation=Animation(latent=True)))

    def at(x: float, psi: float) -> Settings:
        return replace(history.current, latent=Latent(x), truncation=Truncation(psi))

    for x in (0.1, 0.2, 0.3):
        history.propose(at(x, 1.0), settled=True)
    assert len(history.labels) == 1  # on its way
    for x, psi in ((0.4, 0.9), (0.5, 0.8)):
        history.propose(at(x, psi), settled=False)  # a drag while it moves
    history.propose(at(0.6, 0.8), settled=True)
    history.propose(at(0.7, 0.8), settled=True)
    assert history.labels[1:] == ("Latent 0.30, 0.00", "Psi 0.80")
    history.undo()
    history.undo()
    assert (history.current.latent.x, history.current.truncation.psi) == (0.3, 1.0)
    history.undo()
    assert history.current.latent.x == 0.0


def test_motion_is_one_edit_from_start_to_stop():
    history = History(Settings())
    going = Animation(latent=True)
    for x in (0.0, 0.1, 0.2):
        history.propose(Settings(animation=going, latent=Latent(x)), settled=True)
    history.propose(Settings(latent=Latent(0.2)), settled=True)
    assert len(history.labels) == 2
    history.undo()
    assert history.current == Settings()
