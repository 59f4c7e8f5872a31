"""Sounds driven by the names of items: opened, shifted, followed, keyed over, heard, exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imgui_bundle import imgui

from explorer.actions import OpenPath, SaveSessionTo, SetTimelineView
from explorer.app.sound import SoundDesk
from explorer.sound.player import Player
from explorer.timeline.curves import smoothed
from explorer.timeline.edit import set_drive
from explorer.timeline.evaluate import drive_value, settings_at
from explorer.timeline.heard import onset_secs
from explorer.timeline.model import Drive, Key, Timeline, Track
from tests.explorer.sound.made import beat_secs, beats, heard_of, write_wav
from tests.explorer.video.making import decoded
from tests.gui.harness import Driver, drive
from tests.gui.test_timeline_export import MORE, export, patient, pick, planned, wait_rows

CTRL, SHIFT = imgui.Key.mod_ctrl, imgui.Key.mod_shift
UNDO = CTRL | imgui.Key.z
PSI = "truncation.psi"
LOUD, QUIET = 1.28, 1.0  # seconds: a beat begins at 1.25


@pytest.fixture
def song(tmp_path) -> Path:
    return write_wav(tmp_path / "song.wav", beats(4.0))


def begin(d: Driver, song: Path | None, *tracks: Track, secs: float = 4.0) -> None:
    """Set a timeline, then drop a sound on the window."""
    d.apply(replace(d.settings, timeline=Timeline(tracks, secs, 20.0, "once")))
    d.show("Timeline/##timeline_length")
    if song is not None:
        d.window.dropped([str(song)])
        d.wait(lambda: d.settings.timeline.sound is not None, "the sound")
    d.frames(3)


def at(d: Driver, secs: float) -> None:
    d.app.emit(SetTimelineView(replace(d.app.timeline.view, playhead_secs=secs)))
    d.frames(2)


def psi_track(*keys: Key) -> Track:
    return Track(PSI, keys or (Key(number=0.25),))


def notices(d: Driver) -> str:
    return " ".join(notice.text for notice in d.app.notices.shown())


def test_a_dropped_sound_is_one_edit_with_a_waveform_and_gives_its_length(stylegan2, song):
    def script(d: Driver) -> None:
        assert not d.exists("Timeline/###timeline_wave")
        d.window.dropped([str(song)])
        d.wait(lambda: d.settings.timeline.sound is not None, "the sound")
        timeline, entries = d.settings.timeline, d.app.history.labels
        assert (timeline.sound.name, timeline.duration_secs) == ("song.wav", 4.0)
        assert entries[-1] == "Sound song.wav"
        assert "as long as the sound" in notices(d)
        d.frames(3)
        assert d.exists("Timeline/###timeline_wave")
        d.click("Timeline/**/###sound_dance_first")
        dancing = d.settings.timeline
        assert [(t.path, t.drive.curve, t.drive.how) for t in dancing.tracks] == [
            ("latent", "level", "travel"), (PSI, "bass", "add"),
        ]  # fmt: skip
        assert d.app.timeline.view.playing  # what it does is seen at once
        d.app.emit(SetTimelineView(replace(d.app.timeline.view, playing=False)))
        d.click("Timeline/###timeline_wave")
        assert d.app.timeline.view.playhead_secs == pytest.approx(2.0, abs=0.1)
        assert d.settings.timeline == dancing
        d.keys(UNDO)
        assert d.settings.timeline.tracks == ()
        d.keys(UNDO)
        assert d.settings.timeline.sound is None
        assert d.exists("Timeline/###timeline_first_sound")

    drive(script, stylegan2)


def test_what_follows_the_sound_moves_with_it_and_is_undone_step_by_step(stylegan2, song):
    def script(d: Driver) -> None:
        begin(d, song, psi_track())
        d.click(f"Timeline/**/###track_drive_{PSI}")
        track = d.settings.timeline.track(PSI)
        assert (track.drive.curve, track.drive.how, track.drive.gain) == ("level", "add", 0.75)
        d.click("$FOCUSED/##drive_curve")
        d.click("**/###drive_curve_bass")
        d.type("**/##drive_smoothing", 0)
        entries = len(d.app.history.labels)
        d.drag("**/##drive_gain", 40)
        d.drag("**/##drive_delay", 30)
        assert len(d.app.history.labels) == entries + 2
        made = d.settings.timeline.track(PSI).drive
        assert made.curve == "bass"
        assert made.gain > 0.8
        assert made.delay_secs == pytest.approx(0.03, abs=0.01)
        d.keys(UNDO)
        d.keys(UNDO)
        made = d.settings.timeline.track(PSI).drive
        assert (made.gain, made.delay_secs, made.smoothing_secs) == (0.75, 0.0, 0.0)
        d.ctx.popup_close_all()
        sound = d.settings.timeline.sound
        curve = smoothed(d.app.arrays, sound.curves, "bass", 0.0)
        assert curve.at(LOUD) > 0.8 > 0.3 > curve.at(QUIET)
        for secs in (QUIET, LOUD):
            at(d, secs)
            shown = d.app.timeline.view.playhead_secs
            wanted = 0.25 + 0.75 * curve.at(shown)
            assert d.app.settings.truncation.psi == pytest.approx(wanted, abs=1e-5)
            d.wait_current()
            assert d.app.result.request.truncation.psi == pytest.approx(wanted, abs=1e-5)
        d.click(f"Timeline/**/###track_drive_{PSI}")
        d.click("**/###drive_remove")
        assert d.settings.timeline.track(PSI).drive is None
        assert d.app.settings.truncation.psi == 0.25

    drive(script, stylegan2)


def test_the_waveform_is_dragged_as_one_edit_and_its_menu_sets_the_length(stylegan2, song):
    def script(d: Driver) -> None:
        begin(d, song, psi_track(), secs=2.0)
        assert "the timeline 2.0 s" in notices(d)
        entries = len(d.app.history.labels)
        d.drag("Timeline/###timeline_wave", -120)
        offset = d.settings.timeline.sound.offset_secs
        assert 0.3 < offset < 2
        assert d.app.history.labels[entries:] == (f"Sound from {offset:.2f} s on",)
        d.drag("Timeline/###timeline_wave", 900)
        assert d.settings.timeline.sound.offset_secs == 0.0
        d.keys(UNDO)
        d.click("Timeline/###sound_menu")
        d.type("**/##sound_offset", 99)
        assert d.settings.timeline.sound.offset_secs == 3.95  # its end
        d.type("**/##sound_offset", offset)
        d.click("**/###sound_length")
        assert d.settings.timeline.duration_secs == pytest.approx(4.0 - offset, abs=0.006)
        d.click("Timeline/###timeline_wave", button=1)
        d.click("**/###sound_beats")
        keys = d.settings.timeline.track("latent").keys
        wanted = [time - offset for time in np.arange(0.25, 4, 0.5) if time - offset > 0.05]
        assert [key.time for key in keys] == pytest.approx([0.0, *wanted], abs=1 / 60 + 1e-3)
        assert len({key.latent.seed for key in keys}) == len(keys)
        d.click("Timeline/###sound_menu")
        d.click("**/###sound_remove")
        assert d.settings.timeline.sound is None
        assert not d.exists("Timeline/###timeline_wave")

    drive(script, stylegan2)


def test_a_dragged_key_snaps_to_the_beat_under_the_mouse(stylegan2, song):
    def script(d: Driver) -> None:
        begin(d, song, psi_track(Key(0.0), Key(1.0, number=1.0)))
        d.apply(replace(d.settings, timeline=replace(d.settings.timeline, fps=7.0)))
        wave = d.ctx.item_info("//Timeline/###timeline_wave").rect_full
        beat = onset_secs(d.app.arrays.get(d.settings.timeline.sound.curves))[2]
        assert abs(round(beat * 7) - beat * 7) > 0.2  # no frame
        d.drag(f"Timeline/**/###key_{PSI}_1", (beat - 1.0) * wave.get_width() / 4.12 + 2)
        assert d.settings.timeline.track(PSI).keys[1].time == pytest.approx(beat, abs=1e-6)

    drive(script, stylegan2)


def test_keys_of_a_loud_moment_leave_the_picture_as_it_was(stylegan2, song):
    def script(d: Driver) -> None:
        begin(d, song, psi_track())
        d.click(f"Timeline/**/###track_drive_{PSI}")
        d.ctx.popup_close_all()
        for secs, add in ((LOUD, "K"), (2.3, "button"), (3.3, "menu")):
            at(d, secs)
            secs = d.app.timeline.view.playhead_secs
            loud = drive_value(d.settings.timeline.track(PSI), d.settings.timeline, secs,
                               d.app.arrays)  # fmt: skip
            before, picture = d.app.settings.truncation.psi, d.picture_bytes()
            assert loud > 0.05
            if add == "K":
                d.click("Timeline/**/###lanes")
                d.keys(imgui.Key.k)
            elif add == "button":
                d.click("Timeline/###timeline_add_key")
            else:
                d.click("Timeline/###timeline_add_more")
                d.click(f"**/###add_{PSI}")
            keys = d.settings.timeline.track(PSI).keys
            assert keys[-1].time == secs
            assert keys[-1].number == pytest.approx(before - loud, abs=1e-5)
            assert d.app.settings.truncation.psi == pytest.approx(before, abs=1e-5)
            assert d.picture_bytes() == picture

    drive(script, stylegan2)


def test_auto_key_keeps_what_a_hand_shows_and_not_what_the_sound_adds(stylegan2, song):
    def script(d: Driver) -> None:
        begin(d, song, psi_track(), Track("noise.strength", (Key(number=1.0), Key(4, number=2.0))))
        d.click(f"Timeline/**/###track_drive_{PSI}")
        d.ctx.popup_close_all()
        view = replace(d.app.timeline.view, auto_key=True, playhead_secs=LOUD)
        d.app.emit(SetTimelineView(view))
        d.frames(2)
        d.type("Controls/##psi", 0.9)
        timeline, secs = d.settings.timeline, d.app.timeline.view.playhead_secs
        loud = drive_value(timeline.track(PSI), timeline, secs, d.app.arrays)
        assert d.app.settings.truncation.psi == pytest.approx(0.9, abs=1e-5)
        assert timeline.track(PSI).keys[1].number == pytest.approx(0.9 - loud, abs=1e-5)
        travel = replace(timeline.track(PSI).drive, how="travel")
        led = replace(timeline.track("noise.strength"), drive=travel)
        d.apply(replace(d.settings, timeline=replace(timeline, tracks=(led,))))
        d.type("Controls/##noise_strength", 0.4)
        assert len(d.settings.timeline.tracks[0].keys) == 2
        assert d.app.timeline.held == {"noise.strength"}
        assert d.app.settings.noise.strength == pytest.approx(0.4)

    drive(script, stylegan2)


def test_a_session_keeps_the_sound_and_works_where_its_file_is_not(stylegan2, song, tmp_path):
    place = tmp_path / "session.json"

    def script(d: Driver) -> None:
        begin(d, song, psi_track())
        d.click(f"Timeline/**/###track_drive_{PSI}")
        d.ctx.popup_close_all()
        d.app.emit(SaveSessionTo(str(place)))
        d.wait(place.exists, "the session")
        before = d.settings.timeline
        song.unlink()
        d.apply(replace(d.settings, timeline=Timeline()))
        d.app.emit(OpenPath(str(place)))
        d.frames(3)
        assert d.settings.timeline == before
        at(d, LOUD)
        psi = settings_at(d.settings, d.app.timeline.view.playhead_secs, d.app.arrays)
        assert d.app.settings.truncation.psi == psi.truncation.psi > 0.3

    drive(script, stylegan2)


class Device:
    """A sound device that takes samples when it is told to."""

    rate = 44100
    latency_secs = 0.0

    def __init__(self) -> None:
        self.fill: Any = None

    def open(self, fill: Any) -> Any:
        self.fill = fill
        return self

    def pull(self) -> np.ndarray:
        out = np.zeros((64, 2), np.int16)
        if self.fill is not None:
            self.fill(out)
        return out[:, 0]

    def close(self) -> None:
        self.fill = None


def test_playing_is_heard_from_the_playhead_on_and_stops_with_it(stylegan2, song):
    """The device gets the file's samples of the playhead's time; mono is 3 dB down in both ears."""
    device, samples = Device(), beats(4.0) * 32767 * 0.5**0.5

    def script(d: Driver) -> None:
        d.app.sound = SoundDesk(lambda: None, Player(device.open))
        begin(d, song, psi_track())
        shifted = replace(d.settings.timeline.sound, offset_secs=0.2)
        looped = replace(d.settings.timeline, sound=shifted, playing="loop")
        d.apply(replace(d.settings, timeline=looped))
        at(d, 1.05)
        assert device.fill is None  # scrubbing is silent
        d.click("Timeline/###timeline_play")
        d.wait(lambda: device.pull().any(), "a sound")
        heard = device.pull()
        secs = d.app.timeline.view.playhead_secs + 0.2
        starts = np.lib.stride_tricks.sliding_window_view(samples, len(heard))
        errors = np.abs(starts - heard).max(1)
        place = int(np.argmin(errors)) / Device.rate
        assert errors.min() <= 2
        assert place % 0.5 == pytest.approx(secs % 0.5, abs=0.1)  # one beat is like the other
        d.click("Timeline/###sound_heard")
        assert not device.pull().any()
        d.click("Timeline/###sound_heard")
        d.wait(lambda: device.pull().any(), "a sound")
        d.click("Timeline/###timeline_play")
        assert not device.pull().any()
        song.unlink()
        d.app.sound = SoundDesk(lambda: None, Player(device.open))
        at(d, 1.0)
        d.click("Timeline/###timeline_play")
        d.wait(lambda: d.app.state.timeline.sound.problem, "a sentence")
        assert "song.wav was moved or changed" in d.app.state.timeline.sound.problem
        d.click("Timeline/###timeline_play")
        assert "song.wav was moved or changed" in d.app.state.timeline.sound.problem
        assert "song.wav was moved or changed" in notices(d)
        write_wav(song, beats(4.0))  # and it is tried again with the next playing
        d.click("Timeline/###timeline_play")
        d.wait(lambda: device.pull().any(), "a sound")
        assert d.app.state.timeline.sound.problem == ""

    drive(script, stylegan2)


def test_a_video_jumps_with_its_sound_and_one_whose_file_is_gone_is_refused(
    stylegan2, song, tmp_path
):
    out = tmp_path / "beat.mp4"

    def script(d: Driver) -> None:
        patient(d)
        begin(d, song, psi_track(Key()), secs=2.0)
        sound = replace(d.settings.timeline.sound, offset_secs=0.1)
        timeline = replace(d.settings.timeline, sound=sound)
        beat = Drive("onset", "add", 1.0, 0.0)
        d.apply(replace(d.settings, timeline=set_drive(timeline, PSI, beat)))
        d.click("Timeline/###timeline_export")
        pick(d, "export_size", "1")
        assert planned(d) == "41 frames, 2.0 s, 64 × 64 px, with its sound"
        export(d, out)
        wait_rows(d, lambda rows: rows and rows[0].state == "finished", "the video")
        song.unlink()
        d.apply(replace(d.settings, timeline=replace(d.settings.timeline, duration_secs=1.9)))
        assert "song.wav was moved or changed; open it again" in planned(d, problem=True)
        d.click(MORE)
        d.click("###export/**/###export_sound_off")
        assert planned(d) == "39 frames, 1.9 s, 64 × 64 px, without its sound"

    drive(script, stylegan2)
    frames, heard = decoded(out), heard_of(out)
    assert len(frames) == 41
    assert len(heard) / 44100 == pytest.approx(41 / 20, abs=0.06)
    wanted = np.arange(0.25, 2.2, 0.5) - 0.1
    assert beat_secs(heard) == pytest.approx(wanted, abs=0.02)
    moved = np.abs(np.diff(frames.astype(float), axis=0)).mean((1, 2, 3))
    jumps = np.flatnonzero(moved > 0.5 * moved.max()) + 1
    first = jumps[np.diff(jumps, prepend=-9) > 3]
    assert first / 20 == pytest.approx(wanted, abs=0.051)


def test_of_two_sounds_the_later_one_stays_and_a_track_without_keys_gets_one(
    stylegan2, song, tmp_path
):
    other = write_wav(tmp_path / "other.wav", beats(2.0))

    def script(d: Driver) -> None:
        begin(d, None, Track("noise.strength", (Key(),)), Track(PSI))
        entries = len(d.app.history.labels)
        d.app.emit(OpenPath(str(song)))
        d.app.emit(OpenPath(str(other)))
        d.wait(lambda: d.settings.timeline.sound is not None, "the sound")
        d.frames(10)
        assert d.app.history.labels[entries:] == ("Sound other.wav",)
        assert d.settings.timeline.duration_secs == 4.0  # something moves already
        d.click(f"Timeline/**/###track_drive_{PSI}")
        assert [key.time for key in d.settings.timeline.track(PSI).keys] == [0.0]
        assert d.settings.timeline.track(PSI).drive is not None

    drive(script, stylegan2)


def test_what_is_no_sound_is_said_and_changes_nothing(stylegan2, tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "noise.mp3").write_bytes(b"not a sound " * 50)

    def script(d: Driver) -> None:
        begin(d, None, psi_track())
        before = d.settings
        for name, said in (("empty.wav", "empty.wav is empty"), ("noise.mp3", "noise.mp3 is dam")):
            d.window.dropped([str(tmp_path / name)])
            d.wait(lambda said=said: said in notices(d), said)
        assert d.settings is before

    drive(script, stylegan2)
