"""A finished run goes on for longer from the window; what is no length starts nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.gui.harness import Driver, drive
from tests.gui.made_runs import made_run
from tests.train.tiny import finish, make_run
from train import control, launcher, runs
from train.layout import CHECKPOINTS, checkpoint_name
from widgets.training_panel import training_ui

WAIT_SECS = 300.0  # the run has the lowest priority


def refused() -> str:
    return training_ui.__self__.runs.card.typed.problem("continue_kimg")


def kimg_of(run: Path) -> float:
    config = runs.read_config(run)
    assert config is not None
    return config.kimg


def test_a_length_is_typed_and_what_is_none_starts_nothing(home, monkeypatch):
    run = made_run(home / "data" / "runs", [50, 100], state="finished", total=100)
    (run / CHECKPOINTS / checkpoint_name(100_000)).touch()
    started: list[Path] = []
    monkeypatch.setattr(launcher, "start", started.append)

    def script(d: Driver) -> None:
        d.show("Training/")
        d.wait(lambda: d.exists("Training/##continue_kimg"), "the run")
        d.type("Training/##continue_kimg", "80")
        assert refused() == (
            "The length must be more than the 100 kimg that are done, and at most 1e9, got 80"
        )
        d.click("Training/###run_start")  # is disabled
        d.type("Training/##continue_kimg", "longer")
        assert refused() == "The length must be a number such as 200, got longer"
        assert (started, kimg_of(run)) == ([], 100.0)

        d.type("Training/##continue_kimg", "400")
        assert refused() == ""
        d.click("Training/###reset_continue_kimg")
        d.click("Training/###run_start")
        d.wait(lambda: started == [run], "the start")
        assert kimg_of(run) == 150.0  # half as long again
        d.wait(lambda: d.app.state.training.run.total_kimg == 150.0, "the new length in the list")
        assert "--kimg 150" in d.app.state.training.detail.command

    drive(script)


@pytest.fixture
def run(home):
    """A run of 16 pictures that has finished; stopped when the test is over."""
    folder = make_run(home / "data", kimg=0.016)
    finish(folder)
    yield folder
    control.stop_now(folder)
    end = time.monotonic() + WAIT_SECS
    while runs.read_status(folder).is_active:
        assert time.monotonic() < end, "the run does not stop"
        time.sleep(0.1)


@pytest.mark.slow
def test_a_finished_run_is_continued_to_its_new_end(run):
    def script(d: Driver) -> None:
        def state():
            return d.app.state.training

        d.ctx.engine_io.config_watchdog_warning = WAIT_SECS  # a process starts meanwhile
        d.ctx.engine_io.config_watchdog_kill_test = 4 * WAIT_SECS
        d.show("Training/")
        d.wait(lambda: d.exists("Training/##continue_kimg"), "the run")
        assert state().run.state == "finished"
        d.type("Training/##continue_kimg", "0.04")
        d.click("Training/###run_start")
        d.wait(lambda: state().run.cur_kimg == 0.04, "the end", WAIT_SECS)
        d.wait(lambda: state().run.state == "finished", "the end", WAIT_SECS)
        assert "bit-exact" in state().run.notes[-1]

    drive(script)
    assert kimg_of(run) == 0.04
