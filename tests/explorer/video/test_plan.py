"""Options and jobs: what is refused, and what comes back from JSON."""

import hashlib
from dataclasses import replace
from fractions import Fraction

import pytest

from explorer.settings import Settings
from explorer.slices import ArrayRef, Latent, LatentPart, ModelRef
from explorer.timeline.model import Sound, Timeline
from explorer.video.cells import with_seed_offset
from explorer.video.plan import (
    VideoError,
    VideoJob,
    VideoOptions,
    check_job,
    check_options,
    check_video,
    format_of,
    job_from_json,
    job_to_json,
    rate_of,
    video_times,
    with_sound,
)
from tests.explorer.video.making import job_of, moving, session_of

MODEL = ModelRef("m.pkl", "0" * 64)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"bits": 16}, "16 bits"),
        ({"fps": 0.5}, "frame rate must be 1 to 240 frames per second, got 0.5"),
        ({"format": "gif", "fps": 60}, "at most 50"),
        ({"format": "gif", "crf": 20}, "no crf"),
        ({"crf": 60}, "crf must be 0 to 51, got 60"),
        ({"quality": 101}, "quality must be 0 to 100"),
        ({"width": 1}, "width must be 2 to 16384 pixels"),
        ({"scale": 0}, "scale must be"),
        ({"columns": 17}, "columns must be 1 to 16"),
        ({"columns": 2, "cells": "models"}, "2 models for a grid of 2x1, got 0"),
        ({"columns": 2, "seed_offsets": (1.0,)}, "2 seed offsets"),
        ({"format": "png", "audio": "a.wav"}, "no sound"),
        ({"start_secs": 3, "end_secs": 2}, "after the start"),
    ],
)
def test_options_that_cannot_be_are_refused_in_one_sentence(options, words):
    with pytest.raises(VideoError, match=words) as caught:
        check_options(VideoOptions(**options))
    assert "\n" not in str(caught.value)


def test_a_job_comes_back_from_json(tmp_path):
    job = job_of(moving(MODEL, 2.0), tmp_path / "a.mp4", columns=2, caption=("time",), crf=3)
    job = replace(job, places=("/models",))
    again = job_from_json(job_to_json(job))
    assert (again.options, again.output, again.places) == (job.options, job.output, job.places)
    assert check_job(again).settings == check_job(job).settings


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "latent-explorer-video", "version": 9}'])
def test_damaged_jobs_are_refused(text):
    with pytest.raises(VideoError):
        job_from_json(text)


def test_jobs_without_motion_model_or_place_are_refused(tmp_path):
    out = tmp_path / "a.mp4"
    still = replace(moving(MODEL, 1.0), timeline=Timeline())
    with pytest.raises(VideoError, match="no keys"):
        check_job(job_of(still, out))
    with pytest.raises(VideoError, match="names no model"):
        check_job(job_of(Settings(), out))
    with pytest.raises(VideoError, match="must end in"):
        check_job(VideoJob(session_of(moving(MODEL, 1.0)), str(tmp_path / "a.webm")))
    with pytest.raises(VideoError, match="no sound file"):
        check_job(job_of(moving(MODEL, 1.0), out, audio=str(tmp_path / "none.wav")))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(VideoError, match="is there already"):
        check_job(job_of(moving(MODEL, 1.0), tmp_path / "full"))
    with pytest.raises(VideoError, match=r"must end in \.mp4"):
        format_of("a.avi")


def test_rates_are_exact():
    assert rate_of(29.97) == Fraction(30000, 1001)
    assert rate_of(23.976) == Fraction(24000, 1001)
    assert [rate_of(fps) for fps in (24, 25, 30, 60, 12.5)] == [24, 25, 30, 60, Fraction(25, 2)]


def test_a_part_of_the_timeline_begins_and_ends_where_asked():
    timeline = moving(MODEL, 2.0).timeline
    whole = video_times(timeline, VideoOptions(fps=10))
    part = video_times(timeline, VideoOptions(fps=10, start_secs=0.5, end_secs=1.0))
    assert whole == tuple(n / 10 for n in range(20))
    assert part == tuple(0.5 + n / 10 for n in range(5))


def test_a_seed_offset_moves_blends_and_their_keys():
    part = LatentPart(1.0, x=5.0)
    latent = Latent(x=5.0, anchor_x=5.0, blend=(part,))
    moved = with_seed_offset(replace(Settings(), latent=latent), 3.0).latent
    assert moved == Latent(x=8.0, anchor_x=8.0, blend=(replace(part, x=8.0),))
    keys = with_seed_offset(moving(MODEL, 2.0), 3.0).timeline.tracks[0].keys
    assert [key.latent.seed for key in keys] == [4, 5, 6]


def test_the_timeline_s_own_sound_is_heard_unless_it_is_left_out(tmp_path):
    file = tmp_path / "song.wav"
    file.write_bytes(b"la")
    digest = hashlib.sha256(b"la").hexdigest()
    own = Sound(ArrayRef("0" * 64, (5, 10)), file.name, str(file), digest, offset_secs=2.5)
    settings = moving(MODEL, 2.0)
    settings = replace(settings, timeline=replace(settings.timeline, sound=own))
    heard = with_sound(VideoOptions(), settings.timeline)
    assert (heard.audio, heard.audio_from_secs) == (str(file), 2.5)
    given = VideoOptions(audio="/other.wav")
    assert with_sound(given, settings.timeline) is given
    file.unlink()
    with pytest.raises(VideoError, match=r"song\.wav"):
        check_video(settings, VideoOptions())
    for options in (VideoOptions(silent=True), VideoOptions(format="gif")):
        assert with_sound(options, settings.timeline).audio == ""
        check_video(settings, options)
