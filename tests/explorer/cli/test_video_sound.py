"""Videos of timelines that follow a sound: what is heard in them, from where, and what is said."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.arrays import ArrayStore
from explorer.cli import main
from explorer.session import session_to_json
from explorer.settings import Settings
from explorer.sound.files import read_sound
from explorer.timeline.drives import follow
from explorer.timeline.edit import set_sound
from explorer.timeline.model import Drive, Key, Timeline, Track
from explorer.video import launcher, png_frames
from explorer.video.plan import VideoError, VideoJob, VideoOptions, check_job, with_sound
from explorer.view_state import CanvasView
from tests.explorer.sound.made import (
    FILE_RATE,
    beat_secs,
    beats,
    converted,
    heard_of,
    write_wav,
)
from tests.explorer.video.making import decoded, make_model

pytestmark = pytest.mark.usefixtures("command_home")
SECS, EVERY = 3.0, 0.75  # beats at 0.375, 1.125, ...


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    return write_wav(folder / "song.wav", beats(SECS, every_secs=EVERY))


def dancing(model, song: Path, arrays: ArrayStore, offset_secs: float = 0.0, **timeline):
    """Psi that jumps with each beat, from 0."""
    sound, _ = read_sound(song, arrays)
    still = Timeline(duration_secs=2.0, fps=20.0, playing="once")
    still = replace(still, tracks=(Track("truncation.psi", (Key(),)),), **timeline)
    sound = replace(sound, offset_secs=offset_secs)
    settings = Settings(model=model, timeline=set_sound(still, sound))
    return follow(settings, "truncation.psi", Drive("onset", "add", 1.0, 0.0))


def job_of(settings, arrays, out, **options):
    text = session_to_json(settings, CanvasView(), arrays, keep_paths=True)
    return VideoJob(text, str(out), VideoOptions(**options))


def jump_frames(frames: np.ndarray) -> np.ndarray:
    """Return the frames that differ most from the one before them."""
    moved = np.abs(np.diff(frames.astype(float), axis=0)).mean((1, 2, 3))
    return np.flatnonzero(moved > 0.4 * moved.max()) + 1


def made(job: VideoJob, tmp_path: Path) -> Path:
    from explorer.video.worker import work

    folder = launcher.make_job(job, tmp_path / "jobs")
    assert work(folder) == 0
    return Path(job.output)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
@pytest.mark.parametrize("offset_secs, start_secs", [(0.0, 0.0), (0.6, 0.0), (0.25, 0.5)])
def test_the_picture_jumps_when_the_beat_is_heard_of(
    model, song, tmp_path, suffix, offset_secs, start_secs
):
    arrays = ArrayStore()
    settings = dancing(model, song, arrays, offset_secs)
    out = tmp_path / f"v{suffix}"
    options = {"start_secs": start_secs, "end_secs": 2.0} if start_secs else {}
    made(job_of(settings, arrays, out, format=suffix[1:], quality=95, **options), tmp_path)
    frames, sound = decoded(out), heard_of(out)
    assert len(sound) / FILE_RATE == pytest.approx(len(frames) / 20, abs=0.06)
    beats_there = np.arange(EVERY / 2, SECS, EVERY) - offset_secs - start_secs
    wanted = beats_there[(beats_there > 0.02) & (beats_there < len(frames) / 20 - 0.1)]
    found = beat_secs(sound)
    assert found[found < len(frames) / 20 - 0.1] == pytest.approx(wanted, abs=0.02)
    shown = jump_frames(frames)
    first = [frame / 20 for frame in shown if frame - 1 not in shown]
    assert first == pytest.approx(np.ceil(wanted * 20 - 0.34) / 20, abs=0.051)


def test_a_sound_that_ends_early_is_followed_by_silence(model, song, tmp_path):
    arrays = ArrayStore()
    settings = dancing(model, converted(song, ".mp3"), arrays, 2.2)
    out = made(job_of(settings, arrays, tmp_path / "v.mp4"), tmp_path)
    sound = heard_of(out)
    assert len(sound) / FILE_RATE == pytest.approx(41 / 20, abs=0.06)
    assert beat_secs(sound) == pytest.approx([2.625 - 2.2], abs=0.03)
    assert np.abs(sound[FILE_RATE:]).max() < 0.01


def test_silent_videos_and_other_sounds(model, song, tmp_path):
    arrays = ArrayStore()
    settings = dancing(model, song, arrays, 1.0)
    silent = made(job_of(settings, arrays, tmp_path / "a.mp4", silent=True), tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        heard_of(silent)
    late = np.concatenate([np.zeros(FILE_RATE // 2), beats(3.0, every_secs=9.0)])
    other = write_wav(tmp_path / "other.wav", late)
    options = with_sound(VideoOptions(audio=str(other)), settings.timeline)
    assert (options.audio, options.audio_from_secs) == (str(other), 0.0)
    own = with_sound(VideoOptions(), settings.timeline)
    assert (own.audio, own.audio_from_secs) == (str(song), 1.0)
    assert with_sound(VideoOptions(format="gif"), settings.timeline).audio == ""


def test_a_sound_that_moved_is_looked_for_and_otherwise_said(model, song, tmp_path):
    arrays = ArrayStore()
    moved = tmp_path / "elsewhere" / "song.wav"
    moved.parent.mkdir()
    moved.write_bytes(song.read_bytes())
    settings = dancing(model, moved, arrays)
    job = job_of(settings, arrays, tmp_path / "v.mp4")
    check_job(job)
    moved.rename(tmp_path / "song.wav")
    with pytest.raises(VideoError, match="moved or changed; open it again"):
        check_job(job)
    check_job(replace(job, places=(str(tmp_path / "session.json"),)))
    check_job(job_of(settings, arrays, tmp_path / "v.mp4", silent=True))
    check_job(job_of(settings, arrays, tmp_path / "v.gif", format="gif"))


def test_frames_are_what_render_makes_of_the_session_alone(model, song, tmp_path):
    arrays = ArrayStore()
    settings = dancing(model, song, arrays, 0.3)
    text = session_to_json(settings, CanvasView(), arrays, keep_paths=True)
    Path("s.json").write_text(text)
    made(VideoJob(text, str(tmp_path / "frames"), VideoOptions(format="png")), tmp_path)
    seen = set()
    for index in (0, 2, 3, 17):  # the first beat is at 0.075 s
        time = f"{index / 20}"
        assert main(["render", "--session", "s.json", "--time", time, "--out", "r"]) == 0
        frame = png_frames.decode((tmp_path / "frames" / f"{index:06d}.png").read_bytes())
        with Image.open(tmp_path / "r" / f"time{index / 20:08.3f}.png") as picture:
            assert np.array_equal(np.asarray(picture), frame)
        seen.add(frame.tobytes())
    assert len(seen) > 2


def video(*words):
    return main(["video", *map(str, words)])


def test_the_command_line_makes_what_was_asked(model, song, tmp_path):
    words = ["--model", model.path, "--recipe", "seeds", "--seeds", "0-3", "--fps", 20]
    words += ["--sound", song, "--sound-from", 0.6, "--drive", "latent:level:travel:1"]
    assert video(*words, "--drive", "truncation.psi:onset:add:0.8:0", "--out", "f.mp4") == 0
    frames, sound = decoded(tmp_path / "f.mp4"), heard_of(tmp_path / "f.mp4")
    assert len(frames) == 48  # from 0.6 s to the sound's end
    assert beat_secs(sound) == pytest.approx([0.525, 1.275, 2.025], abs=0.03)
    assert video(*words[:2], "--sound", song, "--fps", 10, "--no-audio", "--out", "d.mp4") == 0
    assert len(decoded(tmp_path / "d.mp4")) == 30
    with pytest.raises(subprocess.CalledProcessError):
        heard_of(tmp_path / "d.mp4")


@pytest.mark.parametrize(
    "words, said",
    [
        (["--drive", "truncation.psi:bass"], "--drive needs a sound; add --sound"),
        (["--sound-from", "1"], "--sound-from needs a sound"),
        (["--recipe", "dance"], "needs a sound to dance to"),
        (["--sound", "none.wav"], "There is no sound file"),
        (["--sound", "SONG", "--sound-from", "3"], "must be 0 to 3.00"),
        (["--sound", "SONG", "--drive", "psi:bass"], "nothing is called psi; there are latent"),
        (["--sound", "SONG", "--drive", "latent"], "must be PATH:CURVE"),
        (["--sound", "SONG", "--drive", "latent:drums"], "must be level, bass"),
        (["--sound", "SONG", "--drive", "classes:bass:add"], "must be along, travel, got add"),
        (["--sound", "SONG", "--drive", "latent:bass:add:much"], "much is not a number"),
        (["--sound", "SONG", "--drive", "latent:bass:add:1:-5"], "smoothing is 0 to 10000 ms"),
    ],
)
def test_mistakes_are_one_sentence(model, song, words, said, capsys):
    words = [str(song) if word == "SONG" else word for word in words]
    assert video("--model", model.path, *words, "--out", "a.mp4") == 1
    assert said in capsys.readouterr().err.strip().splitlines()[-1]
    assert launcher.jobs() == ()
    assert not os.path.exists("a.mp4")
