"""From a folder of pictures to a snapshot being explored, by the names of what is pressed."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.training_actions import EditNewRun, SelectRun
from tests.gui.harness import Driver, drive
from train import control, launcher, runs
from train.processes import host_name

TINY = {
    "config": "stylegan2-ada",
    "z_dim": 8,
    "w_dim": 8,
    "channel_base": 64,
    "channel_max": 8,
    "mbstd_group": 2,
    "threads": 1,
    "device": "cpu",
    "sample_columns": 2,
    "sample_rows": 1,
    "tick_kimg": 0.1,
    "snapshot_first_minutes": 0.01,
    "snapshot_minutes": 0.02,
}
WAIT_SECS = 100.0  # the run has the lowest priority, and the window draws without a pause here


@pytest.fixture
def pictures(tmp_path) -> Path:
    """A folder of 24 small pictures, one of them twice, and a file cut off in the middle."""
    folder = tmp_path / "faces"
    folder.mkdir()
    rng = np.random.default_rng(2)
    for index in range(24):
        pixels = rng.integers(0, 256, [10, 12, 3], np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:02d}.png")
    (folder / "again.png").write_bytes((folder / "03.png").read_bytes())
    whole = (folder / "05.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.fixture
def folder(home):
    """The folder of runs; nothing runs any more when the test is over."""
    runs_folder = home / "data" / "runs"
    yield runs_folder
    for run in runs.list_runs(runs_folder):
        control.stop_now(run)
    end = time.monotonic() + WAIT_SECS
    while any(runs.read_status(run).is_active for run in runs.list_runs(runs_folder)):
        assert time.monotonic() < end, "a run does not stop"
        time.sleep(0.1)


def choose_tiny(d: Driver, **fields: object) -> None:
    draft = d.app.state.training.draft
    d.app.emit(EditNewRun(replace(draft, wishes=tuple({**TINY, **fields}.items()))))
    d.frames(3)


@pytest.mark.slow
def test_from_a_folder_of_pictures_to_a_snapshot_being_explored(pictures, folder):
    def script(d: Driver) -> None:
        def state():
            return d.app.state.training

        d.ctx.engine_io.config_watchdog_warning = 4 * WAIT_SECS  # processes start meanwhile
        d.ctx.engine_io.config_watchdog_kill_test = 5 * WAIT_SECS
        d.click("Training/###training_page_new")
        d.type("Training/##data_path", str(pictures))
        d.wait(lambda: state().findings is not None, f"the findings ({state().said})")
        found = state().findings
        assert (found.total, found.usable) == (26, 24)
        headlines = {headline: count for headline, count, _ in found.groups}
        assert headlines["damaged or cut off"] == 1
        assert headlines["exact duplicates"] == 1
        d.wait(lambda: len(state().previews) == 4, "the previews")
        d.click("Training/###crop_fit")
        assert state().draft.crop == "fit"
        d.click("Training/###data_import")
        d.wait(lambda: state().facts is not None, "the data set")
        assert state().facts.count == 24
        choose_tiny(d, kimg=500)
        d.type("Training/##field_batch", 4)
        assert state().draft.wish("batch") == 4
        assert state().problem == ""
        d.click("Training/###run_go")
        d.wait(lambda: state().run is not None, "the run in the list", WAIT_SECS)
        d.wait(lambda: state().run.cur_kimg > 0, "progress", WAIT_SECS)
        d.wait(lambda: d.exists("Training/###run_pause"), "the button", WAIT_SECS)
        d.click("Training/###run_pause")
        d.wait(lambda: state().run.state == "paused", "the pause", WAIT_SECS)
        d.wait(lambda: d.exists("Training/###run_resume"), "the button", WAIT_SECS)
        d.click("Training/###run_resume")
        d.wait(lambda: state().run.state == "running", "going on", WAIT_SECS)
        d.click("Training/###run_explore")
        d.wait(lambda: state().explored_kimg is not None, "a snapshot", WAIT_SECS)
        d.wait_current()
        d.type("Controls/##psi", 0.6)
        d.click("Training/###run_view_samples")
        labels, first = d.app.history.labels, d.settings.model
        d.wait(lambda: d.settings.model != first, "a newer snapshot", WAIT_SECS)
        d.wait_current()
        assert d.settings.truncation.psi == 0.6
        assert d.app.history.labels == labels  # a newer snapshot is no edit
        assert len(d.app.preferences.recent_models) == 1
        d.wait(lambda: state().sheet is not None, "the samples")
        d.click("Training/###run_view_log")
        d.click("Training/###run_view_curves")
        d.click("Training/###run_stop_now")
        d.wait(lambda: state().run.state == "stopped", "the end", WAIT_SECS)
        assert state().detail.can_continue
        d.click("Training/###run_delete")
        d.click("//$FOCUSED/###run_delete_yes".removeprefix("//"))
        d.wait(lambda: not state().runs, "the run to be gone")

    drive(script, size=(1280, 900))
    assert runs.list_runs(folder) == []


def test_a_run_that_crashed_says_so_and_why(pictures, folder, monkeypatch):
    from train.config import DataShape, TrainConfig
    from train.layout import PROCESS_LOG
    from train.run_log import write_status
    from train.start import create_run

    config = TrainConfig(**{**TINY, "data": str(pictures), "kimg": 1, "batch": 4})
    run = create_run(folder, config, DataShape(8, count=24), "faces", {})
    status = replace(runs.read_status(run), state="running", pid=2**22 - 1, host="")
    write_status(run, replace(status, host=host_name(), cur_kimg=0.5))
    (run / PROCESS_LOG).write_text("the last words\n")

    def script(d: Driver) -> None:
        d.show("Training/")
        d.wait(lambda: d.app.state.training.run is not None, "the run")
        d.app.emit(SelectRun(str(run)))
        d.wait(lambda: d.app.state.training.detail is not None, "its details")
        assert d.app.state.training.run.state == "crashed"
        assert d.app.state.training.detail.log[-1] == "the last words"

    drive(script)
    launcher.delete(run)
