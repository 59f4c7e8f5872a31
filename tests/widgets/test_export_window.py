"""Export's window and the time-lapse's: they draw whatever there is, and change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from imgui_bundle import imgui

from explorer.export_actions import ListRuns
from explorer.export_state import (
    ExportChoice,
    ExportPlan,
    ExportRow,
    ExportState,
    LapseRun,
    LapseState,
)
from tests.widgets.fake_state import empty_state, full_state
from tests.widgets.headless import desk
from widgets.timeline_export import ExportWindow, roughly, size_options
from widgets.timeline_export_jobs import export_text
from widgets.timeline_export_more import more_ui
from widgets.timeline_lapse import LapseWindow, ordinal, taken

NAMES = ("new", "queued", "starting", "rendering", "encoding", "finished", "stopped")
ROWS = tuple(
    ExportRow(f"/jobs/{n}", f"/out/{n}.mp4", f"{n}.mp4", state, done=3, total=9, eta_secs=70.0)
    for n, state in enumerate(NAMES)
)
BAD = replace(ROWS[0], state="failed", reason="The disk is full; free some space. " * 3)
CHOICES = (
    ExportChoice(),
    ExportChoice(kind="png", bits=16, size="exact", width=640),
    ExportChoice(kind="gif", cells="seeds", fps=12.5, caption=("time", "psi")),
    ExportChoice(cells="models", models=("/m/a.pkl", "/m/" + 90 * "b" + ".pkl"), sound="/s.wav"),
    ExportChoice(sessions=("/a.json", "/b.json"), silent=True),
)


def no_action(action: object) -> None:
    pytest.fail(f"nothing was touched, and yet {action} was asked for")


def states() -> list[Any]:
    problem = ExportPlan(problem="There is no sound file /s.wav; choose another one")
    exports = [ExportState(choice, ExportPlan("9 frames", secs=70.0)) for choice in CHOICES]
    exports += [ExportState(plan=problem), ExportState(rows=(*ROWS, BAD))]
    return [replace(full_state(), export=export) for export in exports] + [empty_state()]


@pytest.mark.parametrize(
    "size, font_px", [((1280, 800), 16), ((800, 500), 16), ((900, 600), 24), ((480, 320), 16)]
)
def test_the_window_draws_everything_and_stays_inside(size, font_px):
    with desk(*size, font_px) as table:
        imgui.get_io().display_size = size
        for state in states():
            window = ExportWindow()
            draw = lambda w=window, s=state: w.draw(s, no_action)  # noqa: E731
            assert table.settle(draw, 5) is True
            drawn = imgui.internal.find_window_by_name("###export")
            assert drawn.pos.y >= 0
            assert drawn.pos.y + drawn.size.y <= size[1]
            assert drawn.pos.x + drawn.size.x <= size[0]


@pytest.mark.parametrize("width", [300, 450])
@pytest.mark.parametrize("choice", CHOICES)
def test_the_folded_part_leaves_the_choice_alone(choice, width):
    marked = full_state()
    view = replace(marked.timeline.view, range_secs=(0.5, 2.0))
    marked = replace(marked, timeline=replace(marked.timeline, view=view))
    with desk(width, 900, 16) as table:
        for state in (full_state(), marked, empty_state()):
            assert table.settle(lambda s=state: more_ui(choice, s, no_action)) == choice


def test_the_time_lapse_draws_with_and_without_runs():
    runs = tuple(LapseRun(f"/r/{n}", f"0000{n}-" + 40 * "x", 20 * n, 5.0) for n in range(2, 12))
    lapses = (
        LapseState("/r"),
        LapseState("/r", ()),
        LapseState("/r", runs),
        LapseState("/r", runs, reading=0.4),
    )
    with desk(900, 600, 16) as table:
        for lapse in lapses:
            state = replace(full_state(), export=ExportState(lapse=lapse))
            window, asked = LapseWindow(), []
            window.show(8.0, asked.append)
            assert asked == [ListRuns()]
            table.settle(lambda w=window, s=state: w.draw(s, no_action))


def test_words():
    assert export_text(ROWS[3]) == "3.mp4 · rendering · 3 of 9 · 1 min 10 s left"
    assert export_text(ROWS[1]) == "1.mp4 · waits"
    assert [roughly(secs) for secs in (0.2, 4.4, 13, 58, 121, 400)] == [1, 4, 15, 60, 120, 420]
    assert dict(size_options(ExportChoice(), 64))["auto"] == "Automatic, 512 × 512"
    grid = ExportChoice(cells="seeds", columns=4, rows=1)
    assert dict(size_options(grid, 64))["2"] == "2 times, 512 × 128"
    assert dict(size_options(ExportChoice(), 0))["1"] == "As it is"
    assert [ordinal(n) for n in (2, 3, 11, 22)] == ["2nd", "3rd", "11th", "22nd"]
    assert (taken(20, 1), taken(20, 3), taken(2, 1)) == (20, 7, 2)
