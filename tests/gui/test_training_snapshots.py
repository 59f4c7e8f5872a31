"""Snapshots of a run on the canvas: any of them, and two of them beside each other."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
from imgui_bundle import imgui

from explorer.actions import Capture
from explorer.training_actions import ExploreRun
from tests.gui.harness import Driver, drive
from tests.gui.made_runs import made_run, write_snapshot
from train.layout import SNAPSHOTS, snapshot_name

WAIT_SECS = 100.0  # for the first picture on a busy machine


@pytest.fixture
def run(home):
    return made_run(home / "data" / "runs", [10, 20, 40, 80])


def explore(d: Driver) -> None:
    d.ctx.engine_io.config_watchdog_warning = WAIT_SECS
    d.ctx.engine_io.config_watchdog_kill_test = 4 * WAIT_SECS
    d.show("Training/")
    d.wait(lambda: d.app.state.training.detail is not None, "the run")
    d.click("Training/###run_explore")
    d.wait(lambda: d.app.state.training.explored_kimg is not None, "the snapshot", WAIT_SECS)
    d.wait_current(WAIT_SECS)


def choose(d: Driver, item: str) -> None:
    """Pick from the list of snapshots."""
    d.click("Training/##snapshot")
    d.ctx.item_click(f"//$FOCUSED/###{item}")
    d.frames(3)


def wait_other(d: Driver, kimg: float) -> np.ndarray:
    """Wait until the second picture is that snapshot's, and current; returns its pixels."""

    def there() -> bool:
        compared, wipe = d.app.state.training.compared, d.app.state.wipe
        assert compared is None or not compared.problem, compared.problem
        return compared is not None and compared.kimg == kimg and wipe is not None and wipe.current

    d.wait(there, f"the second picture, of {kimg} kimg", WAIT_SECS)
    return d.app.state.wipe.result.rgba.copy()


def test_two_snapshots_are_compared_under_the_same_settings(run):
    def script(d: Driver) -> None:
        def state():
            return d.app.state.training

        explore(d)
        d.click("Training/###run_compare")
        wait_other(d, 40.0)  # half way
        assert d.app.state.wipe.texts == ("80 kimg", "40 kimg")
        d.type("Controls/##seed", 7)
        first, second = d.picture(), wait_other(d, 40.0)
        assert d.app.state.wipe.result.request.latent == d.settings.latent
        assert not np.array_equal(first, second)

        latent = d.settings.latent
        d.drag("Canvas/##wipe", 60)
        assert state().compared.at > 0.55
        assert d.settings.latent == latent  # the line was dragged, not the latent
        d.type("Training/##wipe_at", 25)
        assert state().compared.at == 0.25
        view = d.app.view
        d.ctx.mouse_move("//Canvas/##canvas")
        d.ctx.mouse_wheel_y(2)
        d.frames(2)
        assert d.app.view.zoom != view.zoom
        assert d.exists("Canvas/##wipe")  # the line stays in what is visible

        d.click("Training/###compare_swap")
        assert (d.app.state.wipe.on_left, d.app.state.wipe.texts) == (True, ("40 kimg", "80 kimg"))
        d.type("Training/##compare_with", 0)
        wait_other(d, 10.0)
        d.app.emit(Capture("picture"))
        d.wait(lambda: any("Saved" in line for line in d.app.notices.lines()), "the capture")
        np.testing.assert_array_equal(d.app.result.rgba, first)  # what captures take

        d.keys(imgui.Key.w)
        d.wait(lambda: d.app.state.wipe is None, "the end of comparing")
        d.keys(imgui.Key.w)
        wait_other(d, 10.0)  # as the last time
        d.app.emit(_explored(run, 40))
        d.wait(lambda: state().explored_kimg == 40.0, "the other snapshot")
        np.testing.assert_array_equal(d.picture(), second)  # B was that snapshot's own picture
        d.click("Training/###run_explore")  # no longer
        d.wait(lambda: d.app.state.wipe is None, "nothing compared once nothing is explored")

    drive(script, size=(1280, 1000))


def _explored(run, kimg: int) -> ExploreRun:
    return ExploreRun(str(run), str(run / SNAPSHOTS / snapshot_name(1000 * kimg)))


def test_a_second_snapshot_that_cannot_be_shown_is_said_and_the_first_stays(run, monkeypatch):
    def unreadable(path: str) -> str:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    def script(d: Driver) -> None:
        explore(d)
        first = d.picture()
        d.click("Training/###run_compare")
        wait_other(d, 40.0)
        (run / SNAPSHOTS / snapshot_name(10_000)).write_bytes(b"no model")
        d.type("Training/##compare_with", 0)
        d.wait(lambda: d.app.state.training.compared.problem != "", "the problem")
        assert snapshot_name(10_000) in d.app.state.training.compared.problem
        assert d.app.state.wipe.picture is None
        monkeypatch.setattr("explorer.app.training_compare.file_hash", unreadable)
        d.type("Training/##compare_with", 1)
        sentence = f"{snapshot_name(20_000)}: Permission denied; choose another"
        d.wait(lambda: d.app.state.training.compared.problem == sentence, "the other problem")
        np.testing.assert_array_equal(d.picture(), first)

    drive(script, size=(1280, 1000))


def test_any_snapshot_is_explored_and_fine_tuned_from(run):
    def script(d: Driver) -> None:
        def state():
            return d.app.state.training

        d.ctx.engine_io.config_watchdog_kill_test = 4 * WAIT_SECS
        d.show("Training/")
        d.wait(lambda: state().detail is not None, "the run")
        choose(d, "snapshot_2")  # the third newest
        d.click("Training/###run_explore")
        d.wait(lambda: state().explored_kimg == 20.0, "the chosen snapshot")
        labels = d.app.history.labels
        write_snapshot(run, 90, seed=9)
        d.wait(lambda: len(state().explored) == 5, "a newer one")
        d.frames(20)
        assert state().explored_kimg == 20.0  # was chosen, so it stays
        choose(d, "snapshot_newest")
        d.wait(lambda: state().explored_kimg == 90.0, "the newest")
        d.wait_current()
        write_snapshot(run, 95, seed=10)
        d.wait(lambda: state().explored_kimg == 95.0, "a newer one to be followed")
        d.wait_current()
        assert d.app.history.labels == labels  # none of this is an edit

        d.click("Training/###run_view_samples")
        d.type("Training/##sheet_at", 0)
        d.click("Training/###sheet_explore")
        d.wait(lambda: state().explored_kimg == 10.0, "the snapshot of that moment")
        assert state().snapshot.endswith("network-snapshot-000010.safetensors")
        d.type("Training/##sheet_at", 2)
        d.click("Training/###sheet_tune")
        d.wait(lambda: state().page == "new", "the new run")
        wish = state().draft.wish("transfer")
        assert str(wish).endswith("network-snapshot-000040.safetensors")

    drive(script, size=(1280, 1000))
