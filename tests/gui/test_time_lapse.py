"""The time-lapse of a training, and other models as keys, driven by the names of items."""

from __future__ import annotations

from pathlib import Path

from imgui_bundle import imgui

from explorer.actions import SetTimelineView
from explorer.timeline.evaluate import settings_at
from explorer.timeline_state import TimelineView
from tests.gui.harness import Driver, drive
from tests.gui.made_runs import made_run
from train.runs import list_snapshots

UNDO = imgui.Key.mod_ctrl | imgui.Key.z
WAIT_SECS = 100.0


def patient(d: Driver) -> None:
    d.ctx.engine_io.config_watchdog_warning = WAIT_SECS
    d.ctx.engine_io.config_watchdog_kill_test = 4 * WAIT_SECS


def shown_model(d: Driver, secs: float) -> str:
    """Go to a time; return the name of the model whose picture is then on the canvas."""
    d.app.emit(SetTimelineView(TimelineView(playhead_secs=secs)))
    d.wait_current(WAIT_SECS)
    return d.app.result.request.model.name


def test_a_time_lapse_is_one_edit_and_plays_without_reading_again(home, stylegan2):
    run = made_run(home / "data" / "runs", [1, 2, 3, 4, 5])
    names = [path.name for _, path in list_snapshots(run)]
    made_run(home / "data" / "runs", [7], name="one snapshot is none")

    def script(d: Driver) -> None:
        patient(d)
        entries = len(d.app.history.labels)
        recent = d.app.preferences.recent_models
        d.click("Timeline/###timeline_first_recipe")
        d.click("**/###recipe_lapse")
        d.wait(lambda: d.app.state.export.lapse.runs is not None, "the runs")
        assert [each.name for each in d.app.state.export.lapse.runs] == [run.name]
        d.click("###lapse/###lapse_every_plus")
        d.type("###lapse/##lapse_secs", 3.0)
        d.click("###lapse/###lapse_ok")
        d.wait(lambda: len(d.app.history.labels) > entries, "the time-lapse")
        assert len(d.app.history.labels) == entries + 1
        timeline = d.settings.timeline
        assert [model.name for model in timeline.models] == names[::2]
        assert [key.time for key in timeline.tracks[0].keys] == [0.0, 1.0, 2.0]
        d.frames(3)
        assert not d.exists("###lapse/###lapse_ok")
        assert [shown_model(d, secs) for secs in (0.0, 1.5, 2.5)] == names[::2]
        done = []
        d.app.worker.enqueue, enqueue = (lambda *a, **k: done.append(a) or enqueue(*a, **k)), (
            d.app.worker.enqueue
        )  # fmt: skip
        assert [shown_model(d, secs) for secs in (0.1, 1.6, 2.9)] == names[::2]
        d.app.emit(SetTimelineView(TimelineView(playing=True)))
        d.frames(3)
        d.wait(lambda: not d.app.timeline.view.playing, "the end")
        assert not [job for (job,) in done if type(job).__name__ == "LoadModel"]
        assert d.app.preferences.recent_models == recent
        d.keys(UNDO)
        assert d.settings.timeline.empty
        assert d.settings.timeline.models == ()

    drive(script, stylegan2)


def test_the_folder_of_another_run_can_be_chosen(home, stylegan2, tmp_path):
    run = made_run(tmp_path / "elsewhere", [1, 2])

    def script(d: Driver) -> None:
        d.click("Timeline/###timeline_first_recipe")
        d.click("**/###recipe_lapse")
        d.wait(lambda: d.app.state.export.lapse.runs == (), "no runs")
        d.click("###lapse/###lapse_folder")
        d.wait(lambda: d.app.dialogs.open, "the folder dialog")
        d.frames(3)
        d.ctx.item_click("//###file_dialog/##dialog_folder")
        d.ctx.key_chars_replace_enter(str(run))
        d.frames(2)
        d.click("###file_dialog/###dialog_ok")
        d.wait(lambda: bool(d.app.state.export.lapse.runs), "the run")
        d.click("###lapse/###lapse_ok")
        d.wait(lambda: len(d.settings.timeline.models) == 2, "the time-lapse")

    drive(script, stylegan2)


def test_another_model_becomes_a_key_by_name(stylegan2, stylegan3):
    def script(d: Driver) -> None:
        patient(d)
        d.click("Timeline/###timeline_first_key")
        d.click("Timeline/###timeline_add_more")
        d.click("**/###add_model")
        d.app.emit(SetTimelineView(TimelineView(playhead_secs=5.0)))
        d.frames(2)
        d.click("Timeline/###timeline_add_more")
        d.ctx.item_click("//**/###add_model_menu")
        d.ctx.item_click("//**/###pick_model_file")
        d.wait(lambda: d.app.dialogs.open, "the file dialog")
        d.frames(3)
        d.ctx.item_click("//###file_dialog/##dialog_name")
        d.ctx.key_chars_replace(stylegan3)
        d.click("###file_dialog/###dialog_ok")
        d.wait(lambda: len(d.settings.timeline.models) == 2, "the key")
        track = d.settings.timeline.track("model")
        assert [key.time for key in track.keys] == [0.0, 5.0]
        names = [Path(stylegan2).name, Path(stylegan3).name]
        models = [settings_at(d.settings, secs, d.app.arrays).model for secs in (1.0, 6.0)]
        assert [model.name for model in models] == names
        assert shown_model(d, 6.0) == names[1]
        assert shown_model(d, 1.0) == names[0]

    drive(script, stylegan2)
