"""Jobs: rendered once, stopped, killed, resumed, queued, and failed with a sentence."""

import errno
import hashlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.model_files import MissingModelError
from explorer.slices import ModelRef
from explorer.timeline import recipes
from explorer.timeline.edit import put_key
from explorer.timeline.model import Key
from explorer.timeline.properties import CAPTION
from explorer.video import frames, launcher, png_frames
from explorer.video.plan import VideoError
from explorer.video.status import FRAMES, JobStatus, read_status, write_status
from explorer.video.worker import work
from tests.explorer.video.making import decoded, job_of, make_model, moving


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return [make_model(folder, seed) for seed in (0, 1)]


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_HOME", str(tmp_path / "home"))
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def counted(monkeypatch):
    """Count the frames that are written from now on."""
    written = []
    write = frames._write

    def noted(path, data):
        written.append(path)
        write(path, data)

    monkeypatch.setattr(frames, "_write", noted)
    return written


def test_a_finished_job_leaves_the_video_only(models, tmp_path):
    out = tmp_path / "deep" / "a.mp4"
    folder = launcher.make_job(job_of(moving(models[0], 0.5), out))
    assert work(folder) == 0
    assert decoded(out).shape == (15, 16, 16, 3)
    (row,) = launcher.jobs()
    assert (row.output, row.status.state, row.status.total) == (out, "finished", 15)
    assert not (folder / FRAMES).exists()
    assert [path.name for path in out.parent.iterdir()] == ["a.mp4"]


def test_a_stopped_job_goes_on_without_rendering_twice(models, tmp_path, monkeypatch):
    written = counted(monkeypatch)
    out = tmp_path / "a.mp4"
    folder = launcher.make_job(job_of(moving(models[0], 2.0), out))

    monkeypatch.setattr("explorer.video.worker.STOP_EVERY_SECS", 0.0)
    assert work(folder, lambda status: status.done == 3 and (folder / "stop").touch()) == 0
    assert read_status(folder).state == "stopped"
    assert len(written) == 3
    assert not out.exists()
    assert work(folder) == 0
    assert len(written) == len(set(written)) == 60
    assert read_status(folder).rendered == 57
    assert len(decoded(out)) == 60


def test_a_killed_process_is_noticed_and_its_frames_are_kept(models, tmp_path, monkeypatch):
    out = tmp_path / "a.mp4"
    folder = launcher.start_job(job_of(moving(models[0], 40.0), out))
    deadline = time.monotonic() + 200
    while not (folder / FRAMES / "000002.png").exists():
        assert time.monotonic() < deadline, (folder / "process.txt").read_text()
        time.sleep(0.005)
    assert read_status(folder).is_active
    with pytest.raises(VideoError, match="running; stop it first"):
        launcher.delete(folder)
    os.kill(read_status(folder).pid, signal.SIGKILL)
    while read_status(folder).is_active:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert read_status(folder).state == "crashed"
    assert not out.exists()
    kept = len(list((folder / FRAMES).glob("*.png")))
    assert 3 <= kept < 1200
    (folder / FRAMES / "000001.png").write_bytes(b"cut off")
    written = counted(monkeypatch)
    assert work(folder) == 0
    assert len(written) == 1200 - kept + 1
    assert len(decoded(out)) == 1200
    launcher.delete(folder)
    assert launcher.jobs() == ()


def test_jobs_run_one_after_the_other(models, tmp_path, monkeypatch):
    started = []

    def start(folder):
        started.append(folder)
        return os.getpid()

    monkeypatch.setattr(launcher, "_start", start)
    job = job_of(moving(models[0], 0.2), tmp_path / "a.gif")
    first, second, third = [launcher.start_job(job) for _ in range(3)]
    assert started == [first]
    assert read_status(first).is_active
    assert launcher.start_next(first.parent) is None
    launcher.request_stop(second)
    write_status(first, JobStatus("finished"))
    assert launcher.start_next(first.parent) == third
    states = [row.status.state for row in launcher.jobs()]
    assert states == ["starting", "stopped", "finished"]


def test_the_track_of_captions_is_below_the_pictures_while_it_says_something(models, tmp_path):
    settings = moving(models[0], 1.0)
    timeline = put_key(settings.timeline, CAPTION, Key(0.25, text="Hello"))
    timeline = put_key(timeline, CAPTION, Key(0.75, text=""))
    spoken = replace(settings, timeline=timeline)
    for name, each in (("still", settings), ("spoken", spoken)):
        folder = launcher.make_job(job_of(each, tmp_path / name, fps=4, at_least=128))
        assert work(folder) == 0
    still, said = (
        [np.asarray(Image.open(path)) for path in sorted((tmp_path / name).iterdir())]
        for name in ("still", "spoken")
    )
    for before, after in zip(still, said, strict=True):
        assert np.array_equal(after[: len(before)], before)  # the picture itself is the same
    below = [frame[len(still[0]) :] for frame in said]
    assert [strip.size > 0 and strip.max() > 200 for strip in below] == [False, True, True, False]


def test_cells_have_seeds_or_models_of_their_own(models, tmp_path):
    settings = moving(models[0], 0.1)
    alone = {}
    for name, each in (
        ("0", settings),
        ("1", moving(models[0], 0.1, (5, 6, 7))),
        ("2", replace(settings, model=models[1])),
    ):
        assert work(launcher.make_job(job_of(each, tmp_path / name))) == 0
        alone[name] = png_frames.decode((tmp_path / name / "000001.png").read_bytes())
    seeds = job_of(settings, tmp_path / "seeds", columns=2, seed_offsets=(0.0, 4.0))
    assert work(launcher.make_job(seeds)) == 0
    both = png_frames.decode((tmp_path / "seeds" / "000001.png").read_bytes())
    assert np.array_equal(both, np.concatenate([alone["0"], alone["1"]], 1))
    two = job_of(settings, tmp_path / "models", rows=2, cells="models", models=tuple(models))
    assert work(launcher.make_job(two)) == 0
    both = png_frames.decode((tmp_path / "models" / "000001.png").read_bytes())
    assert np.array_equal(both, np.concatenate([alone["0"], alone["2"]], 0))


def with_keys(settings, *models):
    """Return settings whose model changes from key to key."""
    return recipes.time_lapse(settings, models)


GONE = ModelRef("gone.pkl", "f" * 64)


@pytest.mark.parametrize("named_by", ["the session", "a key", "a key alone", "the grid"])
def test_a_missing_model_is_said_by_name_before_there_is_a_job(models, tmp_path, named_by):
    settings, options = moving(GONE if named_by == "the session" else models[0], 1.0), {}
    if named_by == "a key":
        settings = with_keys(settings, models[0], GONE)
    elif named_by == "a key alone":  # the timeline's table does not have it either
        settings = with_keys(settings, models[0], GONE)
        settings = replace(settings, timeline=replace(settings.timeline, models=(models[0],)))
    elif named_by == "the grid":
        options = {"columns": 2, "cells": "models", "models": (models[0], GONE)}
    with pytest.raises(MissingModelError, match="f" * 12) as caught:
        launcher.make_job(job_of(settings, tmp_path / "a.mp4", **options))
    assert named_by == "a key alone" or "gone.pkl" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert launcher.jobs() == ()


def test_a_file_that_holds_another_model_now_is_said_before_anything_is_rendered(
    models, tmp_path, monkeypatch
):
    written = counted(monkeypatch)
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"what it was")
    named = ModelRef(other.name, hashlib.sha256(b"what it was").hexdigest(), str(other))
    settings = with_keys(moving(models[0], 1.0), models[0], named)
    folder = launcher.make_job(job_of(settings, tmp_path / "a.mp4"))
    other.write_bytes(b"what it is")
    assert work(folder) == 1
    status = read_status(folder)
    assert status.state == "failed"
    assert "other.safetensors" in status.reason
    assert "\n" not in status.reason
    assert written == []


def test_a_model_that_moved_is_found_in_the_places_of_the_job(models, tmp_path):
    moved = replace(models[1], path="/nowhere/at.all")
    settings = with_keys(moving(models[0], 0.2), models[0], moved)
    job = replace(job_of(settings, tmp_path / "a.mp4"), places=(os.path.dirname(models[0].path),))
    assert work(launcher.make_job(job)) == 0


@pytest.mark.parametrize(
    "number, words", [(errno.ENOSPC, "The disk is full"), (errno.EROFS, "cannot be used")]
)
def test_a_disk_that_takes_nothing_is_said_so(models, tmp_path, monkeypatch, number, words):
    def refuse(path, data):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(frames, "_write", refuse)
    folder = launcher.make_job(job_of(moving(models[0], 1.0), tmp_path / "a.mp4"))
    assert work(folder) == 1
    assert read_status(folder).state == "failed"
    assert words in read_status(folder).reason


def test_a_folder_that_is_no_job_is_refused(tmp_path):
    with pytest.raises(VideoError, match="not the folder of a video job"):
        launcher.resume(Path(tmp_path))
