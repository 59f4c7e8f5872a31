"""Run folders as the monitor reads them: alive, dead, half written, far away, gone."""

import os
import shutil
import time

from tests.train.monitor.folders import (
    ELSEWHERE,
    add_rows,
    add_sheet,
    make_folder,
    say,
    set_status,
)
from train import control
from train.layout import OPTIONS, STATS, STATUS
from train.monitor.reading import Reader
from train.monitor.snapshot import ERROR, WARNING
from train.processes import HEARTBEAT_SECS

GONE = 2**22 + 1  # a process number that Linux does not give


def test_a_run_at_work(tmp_path):
    run = make_folder(tmp_path, "00000-a", cur_kimg=25.0, eta_secs=60.0)
    add_rows(run, 5)
    sheet = add_sheet(run, 4)
    say(run, "one", "two")
    control.pause(run)
    snapshot = Reader([tmp_path]).read(time.time())

    (view,) = snapshot.runs
    assert (view.name, view.key, view.path) == ("00000-a", str(run), run)
    assert (view.status.state, view.status.progress, view.status.eta_secs) == ("running", 0.25, 60)
    assert view.heartbeat_age is not None
    assert view.heartbeat_age < 5
    assert view.requests.pause
    assert len(view.curves.kimg) == 5
    assert view.samples == ((4, sheet),)
    assert view.log == ("one", "two")
    assert view.alarms == snapshot.problems == ()


def test_several_folders_and_single_runs_are_watched_once_each_under_names_of_their_own(tmp_path):
    a = make_folder(tmp_path / "here", "00000-x")
    b = make_folder(tmp_path / "there", "00000-x")
    make_folder(tmp_path / "there", "00001-y")
    snapshot = Reader([tmp_path / "here", tmp_path / "there", a]).read(time.time())

    assert [run.name for run in snapshot.runs] == ["here/00000-x", "00001-y", "there/00000-x"]
    assert snapshot.find(str(b)) is snapshot.runs[2]
    assert snapshot.find("nowhere") is None


def test_a_process_that_is_gone(tmp_path):
    run = make_folder(tmp_path, "00000-a", pid=GONE, eta_secs=100.0)
    say(run, "the last words")
    (view,) = Reader([tmp_path]).read(time.time()).runs

    assert (view.status.state, view.status.eta_secs) == ("crashed", None)
    assert view.log[0] == "the last words"
    assert [(alarm.severity, alarm.kind) for alarm in view.alarms] == [(ERROR, "crashed")]


def test_the_reason_of_an_ending_is_the_alarm(tmp_path):
    reason = "A loss is no longer a finite number after 3.0 kimg (Loss/G/loss)."
    make_folder(tmp_path, "00000-a", state="failed", reason=reason)
    make_folder(tmp_path, "00001-b", state="stopped", reason="Stopped on request.")
    snapshot = Reader([tmp_path]).read(time.time())

    assert [(alarm.kind, alarm.text) for alarm in snapshot.alarms] == [("failed", reason)]


def test_another_machine_whose_clock_is_off_is_alive_while_its_heart_beats(tmp_path):
    now = time.time()
    beat = now - 10 * HEARTBEAT_SECS  # by its clock, ten minutes behind ours
    run = make_folder(tmp_path, "00000-a", host=ELSEWHERE, heartbeat=beat)
    reader = Reader([tmp_path])
    assert reader.read(now).runs[0].status.state == "crashed"  # nothing else to go by, yet

    set_status(run, host=ELSEWHERE, heartbeat=beat + 2)
    view = reader.read(now + 2).runs[0]
    assert (view.status.state, view.heartbeat_age) == ("running", 0)
    view = reader.read(now + 40).runs[0]
    assert (view.status.state, view.heartbeat_age) == ("running", 38)
    assert [(alarm.severity, alarm.kind) for alarm in view.alarms] == [(WARNING, "stalled")]
    assert reader.read(now + 3 + HEARTBEAT_SECS).runs[0].status.state == "crashed"


def test_a_clock_ahead_of_ours_does_not_hide_a_crash_for_ever(tmp_path):
    now = time.time()
    run = make_folder(tmp_path, "00000-a", host=ELSEWHERE, heartbeat=now + 1000)
    reader = Reader([tmp_path])
    reader.read(now)
    set_status(run, host=ELSEWHERE, heartbeat=now + 1002)
    assert reader.read(now + 2).runs[0].status.state == "running"
    assert reader.read(now + 3 + HEARTBEAT_SECS).runs[0].status.state == "crashed"


def test_what_is_half_written_waits(tmp_path):
    run = make_folder(tmp_path, "00000-a", cur_kimg=7.0)
    add_rows(run, 3)
    reader = Reader([tmp_path])
    reader.read(time.time())
    whole = (run / STATUS).read_text()
    (run / STATUS).write_text(whole[:40])
    with open(run / STATS, "a") as file:
        file.write('{"nimg": 4000, "val')
    view = reader.read(time.time()).runs[0]
    assert (view.status.state, view.status.cur_kimg) == ("running", 7.0)
    assert view.curves.kimg == (1, 2, 3)

    (run / STATUS).unlink()  # over a network, a file being replaced may be missing for a moment
    assert reader.read(time.time()).runs[0].status.cur_kimg == 7.0


def test_a_run_that_has_no_status_yet_is_new(tmp_path):
    (tmp_path / "00000-a").mkdir()
    (tmp_path / "00000-a" / OPTIONS).write_text("{}")
    (view,) = Reader([tmp_path]).read(time.time()).runs

    assert (view.status.state, view.heartbeat_age, view.alarms) == ("new", None, ())


def test_a_disk_that_goes_away_keeps_what_was_read_and_says_so(tmp_path):
    runs = tmp_path / "runs"
    make_folder(runs, "00000-a", cur_kimg=7.0)
    reader = Reader([runs])
    reader.read(time.time())
    runs.rename(tmp_path / "away")
    snapshot = reader.read(time.time())
    assert [run.status.cur_kimg for run in snapshot.runs] == [7.0]
    assert snapshot.problems == (f"{runs} cannot be read just now.",)

    (tmp_path / "away").rename(runs)
    assert reader.read(time.time()).problems == ()


def test_a_deleted_run_leaves_and_a_new_one_comes(tmp_path):
    run = make_folder(tmp_path, "00000-a")
    reader = Reader([tmp_path])
    reader.read(time.time())
    shutil.rmtree(run)
    make_folder(tmp_path, "00001-b")

    assert [view.name for view in reader.read(time.time()).runs] == ["00001-b"]


def test_curves_are_read_again_only_when_the_file_has_changed(tmp_path):
    run = make_folder(tmp_path, "00000-a")
    add_rows(run, 3)
    reader = Reader([tmp_path])
    first = reader.read(time.time()).runs[0].curves
    assert reader.read(time.time()).runs[0].curves is first
    add_rows(run, 2, start=3)
    assert len(reader.read(time.time()).runs[0].curves.kimg) == 5


def test_a_folder_of_nothing(tmp_path):
    snapshot = Reader([tmp_path, tmp_path / "not-there"]).read(time.time())

    assert snapshot.runs == ()
    assert len(snapshot.problems) == 1
    assert os.listdir(tmp_path) == []  # looking makes nothing
