"""A run's folder and process: requests, endings in order, the queue, what a reader concludes."""

import json
import os
import time
from dataclasses import replace

import pytest

from networks import load_model
from tests.train.tiny import finish, make_run, start
from train import control, launcher, runs
from train.errors import RunError
from train.layout import CHECKPOINTS, STATS, numbered
from train.processes import host_name, start_mark
from train.run_log import write_status
from train.runs import Curves, RunStatus, read_curves, read_status
from train.schedule import Due, crossed
from train.start import change_run
from train.warnings import warnings_of

SHORT = {"kimg": 0.024, "tick_kimg": 0.008}
LONG = {"kimg": 100.0, "tick_kimg": 0.04}


def wait_for(condition, secs=60):
    deadline = time.monotonic() + secs
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_run_from_start_to_end(tmp_path):
    run = make_run(tmp_path, **SHORT, snapshot_kimg=0.008, conditional=True)
    assert read_status(run).state == "new"
    errors = finish(run)

    status = read_status(run)
    assert (status.state, errors) == ("finished", "")
    assert (status.cur_kimg, status.progress) == (0.024, 1)
    assert (status.secs_per_kimg or 0) > 0
    curves = read_curves(run)
    assert curves.kimg == (0.008, 0.016, 0.024)
    assert {"Loss/G/loss", "Loss/D/loss", "Loss/r1_penalty", "Progress/augment_p"} < set(
        curves.values
    )
    snapshot = runs.newest_snapshot(run)
    assert snapshot is not None
    model = load_model(snapshot)
    assert model.info.c_dim == 2
    assert runs.list_samples(run)
    assert runs.reals_sheet(run) is not None
    assert runs.can_continue(run)


def test_pause_resume_and_the_two_stops(tmp_path):
    run = make_run(tmp_path, **LONG)
    process = start(run)
    wait_for(lambda: read_status(run).cur_kimg > 0)
    control.pause(run)
    wait_for(lambda: read_status(run).state == "paused")
    before = read_status(run).cur_kimg
    assert runs.can_continue(run)
    time.sleep(0.7)
    assert read_status(run).cur_kimg == before
    control.resume(run)
    wait_for(lambda: read_status(run).cur_kimg > before)
    with pytest.raises(RunError, match="is running; stop it first"):
        launcher.delete(run)
    control.stop_after_tick(run)
    process.communicate(timeout=60)

    status = read_status(run)
    assert status.state == "stopped"
    assert status.reason.startswith("Stopped on request at ")
    last, _ = numbered(run / CHECKPOINTS)[-1]
    assert last % 40 == 0

    launcher.start(run)
    wait_for(lambda: read_status(run).cur_kimg * 1000 > last)
    control.stop_now(run)
    wait_for(lambda: not read_status(run).is_active)
    assert read_status(run).state == "stopped"
    assert numbered(run / CHECKPOINTS)[-1][0] > last


NAN_AT_THE_FOURTH = """
from train import losses
real, calls = losses.generator_loss, [0]
def broken(logits):
    calls[0] += 1
    return real(logits) * (float("nan") if calls[0] == 4 else 1)
losses.generator_loss = broken
"""
GONE_AT_THE_FOURTH = """
from pathlib import Path
from train.trainer import Trainer
step = Trainer.step
def broken(self, shards):
    step(self, shards)
    if self.cur_nimg == 12:
        from train.data.dataset import Dataset
        from train.errors import DataError
        def read(self, index):
            raise DataError("img00000003.png is gone")
        Dataset.read = read
Trainer.step = broken
"""


def test_a_loss_that_is_no_number_ends_the_run_in_order(tmp_path):
    run = make_run(tmp_path, kimg=1.0, checkpoint_kimg=0.008)
    finish(run, NAN_AT_THE_FOURTH)

    status = read_status(run)
    assert status.state == "failed"
    assert "no longer a finite number after 0.0 kimg (Loss/G/loss)" in status.reason
    assert numbered(run / CHECKPOINTS)[-1][0] == 8  # nothing of the bad step is kept


def test_data_that_vanish_end_the_run_in_order(tmp_path):
    run = make_run(tmp_path, kimg=1.0, workers=0)
    finish(run, GONE_AT_THE_FOURTH)

    status = read_status(run)
    assert status.state == "failed"
    assert status.reason.endswith("Pictures can no longer be read: img00000003.png is gone")
    assert numbered(run / CHECKPOINTS)[-1][0] == 12


def test_other_data_are_refused(tmp_path):
    run = make_run(tmp_path, **SHORT)
    (tmp_path / "data.zip").unlink()
    from tests.train.tiny import write_zip

    write_zip(tmp_path / "data.zip", count=9)
    finish(run)

    assert read_status(run).state == "failed"
    assert "9 pictures of 8 pixels" in read_status(run).reason


@pytest.mark.slow
def test_the_queue_runs_one_after_the_other(tmp_path):
    first, second = (make_run(tmp_path, **SHORT) for _ in range(2))
    launcher.queue(second)
    launcher.queue(first)
    assert launcher.queued(first.parent) == [second, first]
    assert launcher.start_next(first.parent) == second
    with pytest.raises(RunError, match="already running"):
        launcher.start(second)
    wait_for(lambda: read_status(first).state == "finished", 120)

    assert read_status(second).state == "finished"
    assert read_status(first).started > read_status(second).started
    launcher.delete(first)
    assert not first.exists()


def test_crash_detection(tmp_path):
    run = make_run(tmp_path, **SHORT)
    me = RunStatus("running", pid=os.getpid(), start_mark=start_mark(os.getpid()), host=host_name())
    here = replace(me, heartbeat=0.0)
    write_status(run, here)
    assert read_status(run).state == "running"
    write_status(run, replace(here, start_mark="another process's"))
    assert read_status(run).state == "crashed"
    away = replace(me, host="elsewhere", heartbeat=1000.0)
    write_status(run, away)
    assert read_status(run, now=1030.0).state == "running"
    assert read_status(run, now=1100.0).state == "crashed"
    assert "killed" in read_status(run, now=1100.0).reason


def test_curves_of_a_continued_run_have_no_rows_twice(tmp_path):
    rows = [(4, 1.0), (8, 2.0), (12, 3.0), (8, 2.5), (12, 3.5)]
    text = "".join(
        json.dumps({"nimg": n, "time": 0.0, "values": {"a": {"mean": v}}}) + "\n" for n, v in rows
    )
    (tmp_path / STATS).write_text(text + '{"nimg": 16, "val')

    assert read_curves(tmp_path).kimg == (0.004, 0.008, 0.012)
    assert read_curves(tmp_path).values == {"a": (1.0, 2.5, 3.5)}
    assert read_curves(tmp_path / "nowhere") == Curves()


def test_only_some_fields_may_change_when_continuing(tmp_path):
    run = make_run(tmp_path, **SHORT)
    with pytest.raises(RunError, match="gamma cannot change while a run is continued"):
        change_run(run, {"gamma": 3.0})

    assert change_run(run, {"kimg": 5.0}).kimg == 5
    config = runs.read_config(run)
    assert config is not None
    assert config.kimg == 5


def test_due_by_time_and_by_count():
    now = [0.0]
    due = Due(20, 0.1, 2, clock=lambda: now[0])
    assert not due.is_due(0, 50)
    now[0] = 121.0
    assert due.is_due(50, 60)
    due.done()
    assert not due.is_due(60, 99)
    assert due.is_due(99, 101)
    assert due.left(250) == (20 * 60, pytest.approx(0.05))
    assert not crossed(0, 10**9, 0)


@pytest.mark.parametrize(
    "values, words",
    [
        ({"Loss/signs/real": 0.95}, "learns them by heart"),
        ({"Progress/augment_p": 0.9}, "p = 0.90"),
        ({"Sheet/diversity": 0.01, "Sheet/diversity/real": 0.3}, "collapsed"),
        ({"Timing/waiting_share": 0.8}, "80% of the time goes into waiting"),
    ],
)
def test_warnings(values, words):
    (text,) = warnings_of(values, kimg=100, adaptive=True)

    assert words in text
    assert warnings_of({}, kimg=100, adaptive=True) == ()
