"""Videos from the window to the file: what comes out, how jobs are led, and what stays chosen."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from imgui_bundle import imgui
from PIL import Image

from explorer.actions import SaveSessionTo, SetTimelineView, Toggle
from explorer.cli import main
from explorer.preferences import load_preferences
from explorer.shipped import shipped_models
from explorer.slices import ModelRef
from explorer.timeline import recipes
from tests.explorer.video.making import decoded
from tests.gui.harness import Driver, drive

WAIT_SECS = 240.0  # for processes that start while the machine does other things
MORE = "###export/###export_more"


@pytest.fixture(autouse=True)
def _threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def patient(d: Driver) -> None:
    d.ctx.engine_io.config_watchdog_warning = WAIT_SECS
    d.ctx.engine_io.config_watchdog_kill_test = 4 * WAIT_SECS


def moving(d: Driver, secs: float = 1.0, fps: float = 8.0) -> None:
    timeline = replace(d.settings.timeline, duration_secs=secs, fps=fps)
    d.apply(recipes.through_seeds(replace(d.settings, timeline=timeline), [1, 2, 3]))


def toggled(d: Driver) -> None:
    """Open the window, or close it."""
    d.app.emit(Toggle("export"))
    d.frames(4)


def pick(d: Driver, item: str, option: str) -> None:
    """Choose from a list."""
    d.click(f"###export/##{item}")
    d.ctx.item_click(f"//$FOCUSED/###{item}_{option}")
    d.frames(2)


def answer(d: Driver, name: str = "") -> None:
    """Confirm the file dialog that is open, with a name typed into it."""
    d.wait(lambda: d.app.dialogs.open, "the file dialog")
    d.frames(3)
    if name:
        d.ctx.item_click("//###file_dialog/##dialog_name")
        d.ctx.key_chars_replace(name)
    d.click("###file_dialog/###dialog_ok")


def export(d: Driver, out: Path) -> None:
    """Press the button and name the file."""
    planned(d)
    d.click("###export/###export_ok")
    answer(d, str(out))


def planned(d: Driver, *, problem: bool = False) -> str:
    """Wait until the window says what comes out, or why nothing does; return that."""
    d.frames(3)

    def said() -> str:
        plan = d.app.state.export.plan
        return plan.problem if problem else plan.text

    d.wait(lambda: bool(said()), "the plan")
    return said()


def wait_rows(d: Driver, right: Callable[[Any], bool], what: str) -> Any:
    d.wait(lambda: right(d.app.state.export.rows), what, WAIT_SECS)
    return d.app.state.export.rows


def states(rows: Any) -> list[str]:
    return [row.state for row in rows]


def psnr_db(a: np.ndarray, b: np.ndarray) -> float:
    error = ((a.astype(float) - b.astype(float)) ** 2).mean()
    return float(10 * np.log10(255**2 / error))


def test_two_videos_wait_for_each_other_and_are_what_the_command_line_makes(tmp_path):
    model = shipped_models()[0].path  # of smooth pictures, which a video keeps
    mp4, frames, session = (tmp_path / name for name in ("a.mp4", "frames", "s.json"))

    def script(d: Driver) -> None:
        patient(d)
        d.click("Timeline/###timeline_first_recipe")
        d.click("**/###recipe_seeds")
        d.type("###recipe_dialog/##recipe_count", 3)
        d.type("###recipe_dialog/##recipe_secs", 1.0)
        d.click("###recipe_dialog/###recipe_ok")  # from there on it plays
        d.wait(lambda: d.app.timeline.view.playhead_secs > 0.3, "it to play")
        d.click("Timeline/###timeline_play")
        d.app.emit(SaveSessionTo(str(session)))
        d.click("Timeline/###timeline_export")
        d.click(MORE)
        d.type("###export/**/##export_fps", 8.0)
        pick(d, "export_size", "1")
        assert planned(d) == "8 frames, 1.0 s, 64 × 64 px"
        export(d, mp4)
        pick(d, "export_kind", "png")
        export(d, frames)
        rows = wait_rows(d, lambda rows: len(rows) == 2, "both jobs")
        assert [row.name for row in rows] == ["frames", "a.mp4"]
        assert rows[0].state == "queued"
        toggled(d)  # what comes now is said without the window
        seen, said = set(), {}

        def done() -> bool:
            seen.add(tuple(row.working for row in d.app.state.export.rows))
            said.update((notice.text, notice.reveal) for notice in d.app.notices.shown())
            return states(d.app.state.export.rows) == ["finished"] * 2

        d.wait(done, "both videos", WAIT_SECS)
        assert (True, True) not in seen
        assert {(False, True), (True, False)} <= seen
        assert said["Exported a.mp4, 8 frames"] == str(mp4)
        assert said["Exported frames, 8 frames"] == str(frames)

    drive(script, model)
    made = [np.asarray(Image.open(path)) for path in sorted(frames.iterdir())]
    assert len(made) == 8
    assert psnr_db(decoded(mp4), np.stack(made)) > 35
    for index in (0, 3, 7):
        words = ["render", "--session", str(session), "--time", str(index / 8)]
        assert main([*words, "--out", str(tmp_path / "r")]) == 0
        with Image.open(tmp_path / "r" / f"time{index / 8:08.3f}.png") as picture:
            assert np.array_equal(np.asarray(picture), made[index])
    words = ["video", "--session", str(session), "--fps", "8", "--out", str(tmp_path / "again")]
    assert main(words) == 0
    for path in frames.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_what_is_chosen_is_said_in_words_and_stays(stylegan2, home):
    def script(d: Driver) -> None:
        moving(d, 2.0, 10.0)
        d.menu("File/###export_video")
        assert planned(d) == "20 frames, 2.0 s, 512 × 512 px"
        assert d.app.state.export.plan.secs > 0
        d.app.emit(SetTimelineView(replace(d.app.timeline.view, range_secs=(0.5, 0.9))))
        d.click(MORE)
        d.click("###export/**/###export_part_range")
        d.click("###export/**/###export_cells_seeds")
        d.click("###export/**/###export_columns_plus")
        d.click("###export/**/###export_caption_seed")
        d.click("###export/**/###export_filter_sharp")
        d.wait(lambda: "and a caption" in planned(d), "the new plan")
        assert planned(d) == "5 frames, 0.5 s, 768 × 512 px and a caption"
        pick(d, "export_size", "exact")
        d.type("###export/##export_width", 640)
        d.wait(lambda: planned(d) == "5 frames, 0.5 s, 640 × 427 px and a caption", "its size")
        pick(d, "export_kind", "gif")
        d.type("###export/**/##export_fps", 60)
        assert "at most 50" in planned(d, problem=True)
        disabled = imgui.ItemFlags_.disabled
        assert d.ctx.item_info("//###export/###export_ok").item_flags & disabled
        d.type("###export/**/##export_fps", 12)
        d.wait(lambda: not d.app.state.export.plan.problem, "no problem")
        assert not d.ctx.item_info("//###export/###export_ok").item_flags & disabled

    drive(script, stylegan2)
    kept = load_preferences().export
    assert (kept.kind, kept.size, kept.width, kept.fps) == ("gif", "exact", 640, 12.0)
    assert (kept.nearest, kept.caption) == (True, ("seed",))
    assert (kept.cells, kept.part) == ("one", "all")  # those belong to that timeline


def test_a_model_that_is_gone_is_said_before_anything_is_started(stylegan2, tmp_path):
    content = Path(stylegan2).read_bytes() + b" "
    gone = tmp_path / "gone.safetensors"

    def script(d: Driver) -> None:
        moving(d)
        ref = ModelRef(gone.name, hashlib.sha256(content).hexdigest(), str(gone))
        d.apply(recipes.time_lapse(d.settings, [d.settings.model, ref]))
        toggled(d)
        assert gone.name in planned(d, problem=True)
        d.click("###export/###export_ok")
        assert not d.app.dialogs.open
        gone.write_bytes(content)
        d.wait(lambda: not d.app.state.export.plan.problem, "the file to be seen")
        assert planned(d).startswith("9 frames")

    drive(script, stylegan2)


def test_a_video_is_stopped_resumed_and_taken_off_the_list(stylegan2, tmp_path):
    out = tmp_path / "long.webm"

    def script(d: Driver) -> None:
        patient(d)
        moving(d, 600.0, 30.0)
        toggled(d)
        pick(d, "export_kind", "webm")
        export(d, out)
        wait_rows(d, lambda rows: rows and rows[0].done > 2, "frames")
        toggled(d)
        d.click("**/###status_export")
        d.frames(3)
        d.click("###export/**/###export_stop_0")
        rows = wait_rows(d, lambda rows: rows[0].state == "stopped", "the stop")
        before = rows[0].done
        d.click("###export/**/###export_resume_0")
        wait_rows(d, lambda rows: rows[0].done > before and rows[0].working, "more frames")
        d.click("###export/**/###export_stop_0")
        wait_rows(d, lambda rows: rows[0].state == "stopped", "the second stop")
        folder = Path(d.app.state.export.rows[0].folder)
        d.click("###export/**/###export_remove_0")
        wait_rows(d, lambda rows: not rows, "an empty list")
        assert not folder.exists()

    drive(script, stylegan2)
    assert not out.exists()


def test_sessions_are_exported_one_after_the_other_under_their_names(stylegan2, tmp_path):
    folder = tmp_path / "videos"
    folder.mkdir()

    def script(d: Driver) -> None:
        patient(d)
        for name, secs in (("one", 0.25), ("two", 0.5)):
            moving(d, secs)
            path = tmp_path / f"{name}.json"
            d.app.emit(SaveSessionTo(str(path)))
            d.wait(path.exists, "the session")
        d.frames(3)
        d.app.notices.dismiss()
        toggled(d)
        pick(d, "export_size", "1")
        d.click(MORE)
        d.click("###export/**/###export_sessions")
        d.wait(lambda: d.app.dialogs.open, "the file dialog")
        d.frames(5)
        d.ctx.item_click("//**/###entry_one.json")
        d.ctx.key_down(imgui.Key.mod_ctrl)
        d.ctx.item_click("//**/###entry_two.json")
        d.ctx.key_up(imgui.Key.mod_ctrl)
        answer(d)
        sessions = d.app.state.export.choice.sessions
        assert sorted(map(os.path.basename, sessions)) == ["one.json", "two.json"]
        d.click("###export/###export_ok")
        d.wait(lambda: d.app.dialogs.open, "the folder dialog")
        d.frames(3)
        d.ctx.item_click("//###file_dialog/##dialog_folder")
        d.ctx.key_chars_replace_enter(str(folder))
        answer(d)
        finished = ["finished"] * 2
        wait_rows(d, lambda rows: states(rows) == finished, "both videos")

    drive(script, stylegan2)
    assert len(decoded(folder / "one.mp4")) == 2
    assert len(decoded(folder / "two.mp4")) == 4
