"""The monitor without a window: its thread, its requests; pictures that may be broken."""

import shutil
import time

import pytest

from tests.train.monitor.folders import add_sheet, make_folder, set_status
from train.control import read_requests
from train.monitor.model import (
    PAUSE,
    RESUME,
    STOP_AFTER_TICK,
    STOP_NOW,
    MonitorModel,
    requests_open_to,
)
from train.monitor.sheets import MOST_PX, Sheets, read_sheet


def wait_for(answer, secs=30.0):
    end = time.monotonic() + secs
    while not (found := answer()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


@pytest.fixture
def run(tmp_path):
    return make_folder(tmp_path / "runs", "00000-a", pid=0, state="stopped")


def test_requests_are_files_of_the_run(run):
    model = MonitorModel([run.parent])
    model.poll()
    key = str(run)
    for request in (PAUSE, STOP_AFTER_TICK, STOP_NOW):
        model.ask(key, request)
    asked = read_requests(run)
    assert (asked.pause, asked.stop_after_tick, asked.stop_now) == (True, True, True)
    model.ask(key, RESUME)
    assert not read_requests(run).pause
    model.ask("a run that is not there", PAUSE)
    assert model.notice == ""


def test_a_request_that_cannot_be_written_is_said(run):
    model = MonitorModel([run.parent])
    model.poll()
    shutil.rmtree(run)
    model.ask(str(run), PAUSE)
    assert model.notice == (
        "00000-a: the request could not be written (No such file or directory)."
    )
    model.dismiss_alarms()
    assert model.notice == ""


def test_what_can_be_asked():
    assert requests_open_to("running", False) == (PAUSE, STOP_AFTER_TICK, STOP_NOW)
    assert requests_open_to("running", True) == (RESUME, STOP_AFTER_TICK, STOP_NOW)
    assert requests_open_to("paused", False) == (RESUME, STOP_AFTER_TICK, STOP_NOW)
    for state in ("new", "queued", "stopping", "finished", "stopped", "failed", "crashed"):
        assert requests_open_to(state, False) == ()


def test_the_thread_sees_what_happens_and_ends(run):
    model = MonitorModel([run.parent])
    assert model.snapshot.runs == ()
    model.start()
    wait_for(lambda: model.snapshot.runs)
    before = model.snapshot
    set_status(run, cur_kimg=42.0)
    wait_for(lambda: model.snapshot.runs[0].status.cur_kimg == 42)
    assert before.runs[0].status.cur_kimg == 10  # what was handed out never changes
    model.close()
    assert not model._thread.is_alive()


def test_dismissed_alarms_come_back_when_it_happens_again(tmp_path):
    run = make_folder(tmp_path, "00000-a", state="failed", reason="Full.", started=100.0)
    model = MonitorModel([tmp_path])

    def shown():
        from train.monitor.choice import open_alarms

        return open_alarms(model.poll(), model.choice)

    assert len(shown()) == 1
    model.dismiss_alarms()
    assert shown() == ()
    set_status(run, state="failed", reason="Full.", started=200.0)
    assert len(shown()) == 1


def test_showing_and_hiding(run):
    model = MonitorModel([run.parent])
    model.poll()
    model.show(str(run), False)
    assert model.choice.shown == frozenset()
    model.show(str(run), True)
    assert model.choice.shown == {str(run)}


def test_sheets(run):
    good = add_sheet(run, 1, px=8)
    sheets = Sheets()
    try:
        sheet = wait_for(lambda: sheets.get(good))
        assert sheet.rgba is not None
        assert (sheet.rgba.shape, sheet.rgba.dtype.name) == ((32, 32, 4), "float32")
        assert 0 <= sheet.rgba.min() <= sheet.rgba.max() <= 1
        assert sheets.get(good) is sheet
    finally:
        sheets.close()


def test_sheets_that_are_too_large_or_half_there(run):
    large = read_sheet(add_sheet(run, 2, px=256))
    assert large.rgba is not None
    assert large.rgba.shape == (MOST_PX, MOST_PX, 4)
    broken = add_sheet(run, 3)
    broken.write_bytes(broken.read_bytes()[:200])
    sheet = read_sheet(broken)
    assert sheet.rgba is None
    assert sheet.problem.startswith("fakes000003.png cannot be read")
    broken.unlink()
    assert "cannot be read" in read_sheet(broken).problem


def test_a_sheet_that_was_half_written_is_tried_again(run):
    path = add_sheet(run, 3, px=8)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    sheets = Sheets()
    try:
        assert wait_for(lambda: sheets.get(path)).rgba is None
        path.write_bytes(whole)
        wait_for(lambda: (sheet := sheets.get(path)) is not None and sheet.rgba is not None)
    finally:
        sheets.close()
