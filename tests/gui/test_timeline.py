"""The timeline driven by the names of its items: keys, recipes, playing, and what stays undone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from imgui_bundle import imgui

from explorer.actions import FadeTo, SaveSessionTo, SetTimelineView
from explorer.request import request_from
from explorer.settings import Truncation
from explorer.timeline.evaluate import settings_at
from explorer.timeline.model import Key, Timeline, Track
from explorer.timeline_state import last_frame, last_secs
from tests.gui.harness import Driver, drive

CTRL, SHIFT = imgui.Key.mod_ctrl, imgui.Key.mod_shift
UNDO, REDO = CTRL | imgui.Key.z, CTRL | SHIFT | imgui.Key.z
PSI = "Timeline/**/###key_truncation.psi_{}"


def moving(secs: float = 4.0, **fields: Any) -> Timeline:
    """Psi from -1 to 1 and back over a few seconds."""
    keys = (
        Key(0.0, number=-1.0, interpolation="linear"),
        Key(secs / 2, number=1.0, interpolation="linear"),
    )
    return Timeline((Track("truncation.psi", keys),), secs, 10.0, **fields)


def begin(d: Driver, timeline: Timeline) -> None:
    d.apply(replace(d.settings, timeline=timeline))
    d.show("Timeline/##timeline_length")
    d.frames(2)


def at(d: Driver, secs: float) -> None:
    d.app.emit(SetTimelineView(replace(d.app.timeline.view, playhead_secs=secs)))
    d.frames(2)


def psi_keys(d: Driver) -> list[tuple[float, float]]:
    track = d.settings.timeline.track("truncation.psi")
    return [] if track is None else [(key.time, key.number) for key in track.keys]


def test_a_timeline_is_built_by_keys_and_undone_key_by_key(stylegan2):
    def script(d: Driver) -> None:
        d.click("Timeline/###timeline_first_key")
        assert [track.path for track in d.settings.timeline.tracks] == ["latent"]
        d.keys(imgui.Key.end)  # clicking gave the panel the keyboard
        assert d.app.timeline.view.playhead_secs == last_secs(d.settings.timeline)
        d.type("Controls/##seed", 77)
        d.click("Timeline/###timeline_add_key")
        latents = [key.latent for key in d.settings.timeline.tracks[0].keys]
        assert [latent.seed for latent in latents if latent] == [0, 77]
        d.click("Timeline/###timeline_add_more")
        d.click("**/###add_truncation.psi")
        assert [track.path for track in d.settings.timeline.tracks] == ["latent", "truncation.psi"]
        at(d, 5.0)
        wanted: Any = request_from(settings_at(d.settings, 5.0, d.app.arrays))
        d.wait_current()
        assert d.app.result.request == wanted
        assert wanted.latent.blend
        d.keys(UNDO)
        d.keys(UNDO)
        assert len(d.settings.timeline.tracks[0].keys) == 1
        d.keys(UNDO)
        d.keys(UNDO)
        assert d.settings.timeline.empty

    drive(script, stylegan2)


def test_keys_are_dragged_as_one_edit_and_snap_to_frames(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving())
        entries = len(d.app.history.labels)
        d.drag(PSI.format(1), 63)
        (_, (time, number)) = psi_keys(d)
        assert time > 2.1
        assert number == 1.0
        assert time == pytest.approx(round(time * 10) / 10, abs=1e-9)
        assert len(d.app.history.labels) == entries + 1
        assert [name.time for name in d.app.timeline.view.selected] == [time]
        d.keys(UNDO)
        assert psi_keys(d) == [(0.0, -1.0), (2.0, 1.0)]
        d.drag(PSI.format(1), -2000)  # over the first one, not beyond the start
        assert psi_keys(d) == [(0.0, 1.0)]
        d.keys(UNDO)
        assert psi_keys(d) == [(0.0, -1.0), (2.0, 1.0)]

    drive(script, stylegan2)


def test_the_keyboard_reaches_and_changes_every_key(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving())
        d.click(PSI.format(0))
        d.keys(imgui.Key.tab)
        assert [name.time for name in d.app.timeline.view.selected] == [2.0]
        assert d.app.timeline.view.playhead_secs == 2.0
        d.keys(CTRL | imgui.Key.c)
        d.keys(imgui.Key.right_arrow)
        d.keys(SHIFT | imgui.Key.right_arrow)
        assert d.app.timeline.view.playhead_secs == pytest.approx(3.1)
        d.keys(CTRL | imgui.Key.v)
        assert [time for time, _ in psi_keys(d)] == pytest.approx([0.0, 2.0, 3.1])
        d.keys(imgui.Key.home)
        d.keys(imgui.Key.right_bracket)
        assert d.app.timeline.view.playhead_secs == 2.0
        assert d.settings.latent.seed == 0  # the command of this key is another panel's
        d.keys(imgui.Key.delete)
        assert [time for time, _ in psi_keys(d)] == pytest.approx([0.0, 3.1])
        d.keys(CTRL | imgui.Key.a)
        assert len(d.app.timeline.view.selected) == 2
        d.keys(imgui.Key.delete)
        assert psi_keys(d) == []
        d.keys(UNDO)
        d.keys(imgui.Key.home)
        d.keys(imgui.Key.k)
        assert len(psi_keys(d)) == 2

    drive(script, stylegan2)


def test_fields_in_the_menu_say_when_a_key_is_and_what_it_holds(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving())
        d.click(PSI.format(1))
        d.keys(imgui.Key.enter)
        d.ctx.item_input_value("//**/##key_number", 0.25)
        d.frames(2)
        assert psi_keys(d)[1] == (2.0, 0.25)
        d.ctx.item_input_value("//**/##key_time", 3.06)
        d.frames(2)
        assert psi_keys(d)[1] == (pytest.approx(3.1), 0.25)  # on a frame of 1/10 s
        assert [name.time for name in d.app.timeline.view.selected] == pytest.approx([3.1])
        d.ctx.item_input_value("//**/##key_number", 99.0)
        d.frames(2)
        assert psi_keys(d)[1][1] == 2.0  # the end of psi's slider
        assert imgui.is_popup_open("", imgui.PopupFlags_.any_popup)
        d.keys(imgui.Key.escape)
        assert not imgui.is_popup_open("", imgui.PopupFlags_.any_popup)
        for _ in range(3):
            d.keys(UNDO)
        assert psi_keys(d) == [(0.0, -1.0), (2.0, 1.0)]

    drive(script, stylegan2)


def test_a_caption_is_written_in_the_menu_of_its_key_and_stands_below_the_picture(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving())
        at(d, 1.0)
        d.click("Timeline/###timeline_add_more")
        d.click("**/###add_caption")
        assert d.app.timeline.state().caption == ""
        d.click("Timeline/**/###key_caption_0", button=1)
        d.ctx.item_input_value("//**/##key_text", "Hello")
        d.frames(2)
        d.ctx.popup_close_all()
        assert d.app.timeline.state().caption == "Hello"
        at(d, 0.5)
        assert d.app.timeline.state().caption == ""
        at(d, 3.0)
        assert d.app.state.timeline.caption == "Hello"
        d.click("Timeline/**/###track_on_caption")
        assert d.app.timeline.state().caption == ""

    drive(script, stylegan2, size=(1280, 1000))


def test_a_new_length_stretches_the_keys_where_that_is_chosen(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving())
        d.type("Timeline/##timeline_length", 8.0)
        assert d.settings.timeline.duration_secs == 8.0
        assert [time for time, _ in psi_keys(d)] == [0.0, 2.0]
        d.click("Timeline/##timeline_length", button=1)
        d.click("**/###timeline_stretch")
        d.type("Timeline/##timeline_length", 16.0)
        assert [time for time, _ in psi_keys(d)] == [0.0, 4.0]
        d.keys(UNDO)
        assert [time for time, _ in psi_keys(d)] == [0.0, 2.0]

    drive(script, stylegan2, size=(1680, 1000))


def test_playing_stays_within_the_range_that_the_keyboard_set(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving(4.0))
        d.click(PSI.format(0))
        at(d, 1.0)
        d.keys(imgui.Key.i)
        at(d, 1.5)
        d.keys(imgui.Key.o)
        assert d.app.timeline.view.range_secs == (1.0, 1.5)
        at(d, 3.0)
        d.keys(imgui.Key.space)
        seen: set[float] = set()
        started = time.monotonic()
        while time.monotonic() - started < 2.0:
            d.frames(1)
            seen.add(round(d.app.timeline.view.playhead_secs, 3))
        assert seen == {1.0, 1.1, 1.2, 1.3, 1.4, 1.5}
        d.keys(imgui.Key.space)
        at(d, 1.5)
        d.keys(imgui.Key.o)
        assert d.app.timeline.view.range_secs is None

    drive(script, stylegan2)


def test_there_and_back_turns_round_at_both_ends(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving(0.6, playing="mirror"))
        d.click("Timeline/###timeline_play")
        seen = [0.0]
        started = time.monotonic()
        while time.monotonic() - started < 3.0:
            d.frames(1)
            if (now := d.app.timeline.view.playhead_secs) != seen[-1]:
                seen.append(now)
        turns = [
            here
            for before, here, after in zip(seen, seen[1:], seen[2:], strict=False)
            if (here - before) * (after - here) < 0
        ]
        assert len(turns) >= 3
        assert all(turn < 0.15 or turn > 0.45 for turn in turns)

    drive(script, stylegan2)


def test_a_session_opens_at_the_frame_that_it_shows(stylegan2, tmp_path):
    path = str(tmp_path / "moving.json")

    def save(d: Driver) -> None:
        begin(d, moving())
        at(d, 1.3)
        d.wait_current()
        d.app.emit(SaveSessionTo(path))
        d.wait(lambda: (tmp_path / "moving.json").exists(), "the session")

    def look(d: Driver) -> None:
        d.wait(lambda: not d.settings.timeline.empty, "the session")
        assert d.app.timeline.view.playhead_secs == pytest.approx(1.3)
        assert not d.app.timeline.held
        assert d.app.settings.truncation.psi == pytest.approx(0.3)

    drive(save, stylegan2)
    drive(look, path)


def test_a_file_is_faded_to_and_one_that_looks_alike_is_refused(stylegan2, tmp_path):
    path = str(tmp_path / "other.json")

    def script(d: Driver) -> None:
        d.apply(replace(d.settings, truncation=Truncation(psi=0.4)))
        d.app.emit(SaveSessionTo(path))
        d.wait(lambda: (tmp_path / "other.json").exists(), "the session")
        d.app.emit(FadeTo(path))
        d.frames(3)
        assert d.settings.timeline.empty
        assert "nothing to fade to" in d.app.notices.shown()[-1].text
        d.apply(replace(d.settings, truncation=Truncation(psi=1.0)))
        d.app.emit(FadeTo(path))
        d.frames(3)
        assert [number for _, number in psi_keys(d)] == [1.0, pytest.approx(0.4)]

    drive(script, stylegan2)


def test_a_change_is_a_try_until_a_key_keeps_it(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving())
        at(d, 1.0)
        assert d.app.settings.truncation.psi == pytest.approx(0.0)
        d.type("Controls/##psi", 0.7)
        assert d.app.settings.truncation.psi == pytest.approx(0.7)
        assert d.app.timeline.held == {"truncation.psi"}
        d.wait_current()
        assert d.app.result.request.truncation.psi == pytest.approx(0.7)
        at(d, 1.5)
        assert d.app.settings.truncation.psi == pytest.approx(0.5)
        d.keys(UNDO)
        d.keys(REDO)  # the try is an edit, and comes back at its time
        assert d.app.timeline.view.playhead_secs == 1.0
        assert d.app.settings.truncation.psi == pytest.approx(0.7)
        d.click("Timeline/###timeline_add_key")
        assert psi_keys(d)[1] == (1.0, pytest.approx(0.7))
        assert not d.app.timeline.held
        d.click("Timeline/###timeline_more")
        d.click("**/###timeline_auto_key")
        d.ctx.popup_close_all()
        assert d.app.timeline.view.auto_key
        at(d, 1.5)
        d.type("Controls/##psi", 0.25)
        assert psi_keys(d)[2] == (1.5, pytest.approx(0.25))
        d.keys(UNDO)
        assert len(psi_keys(d)) == 3

    drive(script, stylegan2)


def test_playing_ends_on_the_exact_frame_and_makes_no_edits(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving(1.0, playing="once"))
        entries = d.app.history.labels
        d.click("Timeline/###timeline_play")
        d.wait(lambda: not d.app.timeline.view.playing, "the end")
        assert d.app.timeline.view.playhead_secs == 1.0
        d.wait_current()
        assert d.app.result.request == request_from(settings_at(d.settings, 1.0, d.app.arrays))
        assert d.app.history.labels == entries
        assert d.app.timeline.state().cached

    drive(script, stylegan2)


def test_a_loop_goes_on_and_plays_back_from_kept_pictures(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving(1.0))
        d.click("Timeline/###timeline_play")
        all_kept = ((0, last_frame(d.settings.timeline) + 1),)
        d.wait(lambda: d.app.timeline.state().cached == all_kept, "all frames")
        settings = d.settings
        frames = range(last_frame(settings.timeline) + 1)
        # Fewer than frames where the way back is the way there.
        wanted = {
            request_from(settings_at(settings, n / settings.timeline.fps, d.app.arrays))
            for n in frames
        }
        exact = {}
        for _ in range(4000):  # how many make a second depends on the machine
            d.frames(1)
            request = d.app.request
            exact[request] = d.app.result.request == request and d.app.preview is None
            if len(exact) == len(wanted):
                break
        assert set(exact) == wanted
        assert len(wanted) > 5
        assert all(exact.values())
        d.click("Timeline/###timeline_play")
        assert not d.app.timeline.view.playing
        secs = d.app.timeline.view.playhead_secs
        kept = d.picture_bytes()
        d.app.timeline.frames.clear()
        at(d, 0.0 if secs else 0.5)
        assert d.picture_bytes() != kept
        at(d, secs)
        assert d.picture_bytes() == kept

    drive(script, stylegan2)


def test_at_rest_the_frames_are_made_ahead_and_give_way_to_a_hand(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving(1.0))
        all_kept = ((0, last_frame(d.settings.timeline) + 1),)
        d.wait(lambda: d.app.timeline.state().cached == all_kept, "all frames")
        assert d.app.timeline.view.playhead_secs == 0.0
        assert d.app.current
        d.wait(lambda: not d.app.worker.busy, "rest")
        d.frames(3)
        assert not d.app.needs_frames
        at(d, 0.5)
        assert d.app.current  # without waiting

    drive(script, stylegan2)


def test_no_frame_is_made_ahead_that_would_push_out_another(stylegan2):
    def script(d: Driver) -> None:
        d.app.timeline.frames._limit = 3 * 64 * 64 * 4
        begin(d, moving(1.0))
        d.wait(lambda: d.app.timeline.frames.full, "three frames")
        d.wait(lambda: not d.app.worker.busy, "rest")
        kept = d.app.timeline.state().cached
        d.frames(20)
        assert d.app.timeline.state().cached == kept
        assert sum(end - first for first, end in kept) <= 5  # there and back look alike
        assert not d.app.worker.busy

    drive(script, stylegan2)


def test_a_recipe_fills_the_timeline_and_one_undo_takes_it_away(stylegan2):
    def script(d: Driver) -> None:
        d.click("Timeline/###timeline_first_recipe")
        d.click("**/###recipe_walk")
        d.type("###recipe_dialog/##recipe_count", 5)
        d.type("###recipe_dialog/##recipe_secs", 3.0)
        d.click("###recipe_dialog/###recipe_ok")
        timeline = d.settings.timeline
        assert (timeline.duration_secs, len(timeline.tracks[0].keys)) == (3.0, 5)
        assert d.app.timeline.view.playing
        d.wait(lambda: d.app.timeline.view.playhead_secs > 0.2, "the playhead")
        d.keys(UNDO)
        assert d.settings.timeline.empty

    drive(script, stylegan2)


def test_the_look_that_was_kept_is_faded_to(stylegan2):
    def script(d: Driver) -> None:
        d.click("Timeline/###timeline_first_recipe")
        d.click("**/###keep_look")
        d.apply(replace(d.settings, truncation=Truncation(psi=0.3)))
        d.click("Timeline/###timeline_first_recipe")
        d.click("**/###recipe_fade")
        d.click("###recipe_dialog/###recipe_ok")
        assert [number for _, number in psi_keys(d)] == [1.0, pytest.approx(0.3)]

    drive(script, stylegan2)


def test_a_track_is_switched_off_and_deleted_and_keys_change_their_way(stylegan2):
    def script(d: Driver) -> None:
        begin(d, moving())
        at(d, 2.0)
        d.click(PSI.format(1), button=1)
        d.click("**/###key_hold")
        assert d.settings.timeline.tracks[0].keys[1].interpolation == "hold"
        d.click("Timeline/**/###track_on_truncation.psi")
        assert not d.settings.timeline.tracks[0].enabled
        d.click("Timeline/**/###track_delete_truncation.psi")
        assert d.settings.timeline.tracks == ()
        d.keys(UNDO)
        assert len(psi_keys(d)) == 2

    drive(script, stylegan2)
