"""The training panel: draws in every state and size, and asks for what its buttons say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.panel_state import PanelState
from explorer.training_state import (
    Compared,
    DataFacts,
    FieldSpec,
    Findings,
    NewRun,
    RunCurves,
    RunDetail,
    RunRow,
    TrainingState,
    Work,
)
from tests.widgets.fake_state import empty_state
from tests.widgets.headless import desk
from widgets.training_config import has_labels
from widgets.training_panel import TrainingPanel
from widgets.training_selected import is_dull, smoothed
from widgets.training_words import headline, next_snapshot_secs, numbers_text

RUNNING = RunRow(
    "/runs/00003-a", "00003-stylegan2-ada-a-long-name-of-a-data-set", "running", "training",
    cur_kimg=120.0, total_kimg=1000.0, secs_per_kimg=12.3, eta_secs=7800.0,
    next_snapshot_secs=300.0, next_snapshot_kimg=10.0, augment_p=0.12, heartbeat_secs=45,
    warnings=("The discriminator overfits.",),
)  # fmt: skip
CRASHED = replace(
    RUNNING, path="/runs/00001-b", name="00001-b", state="crashed", reason="Gone without a word."
)
STATES = ("new", "queued", "starting", "running", "paused", "stopping", "finished", "stopped")
CURVES = RunCurves(
    np.arange(1.0, 41.0),
    {
        "Loss/G/loss": np.sin(np.arange(40.0)),
        "Loss/D/loss": np.full(40, np.nan),
        "Loss/r1_penalty": np.r_[np.full(39, np.nan), 0.1],
    },
)
DETAIL = RunDetail(
    RUNNING.path, asked=("pause",), can_continue=True,
    sheets=((0, "/runs/fakes000000.png"), (100, "/runs/fakes000100.png")),
    snapshots=((100, "/runs/network-snapshot-000100.safetensors"),),
    log=("10:00 made", "10:01 a line that is much longer than the panel is wide " * 3),
    command="python main.py train", stamp=(1.0, 2), curves=CURVES,
)  # fmt: skip
FIELDS = (
    FieldSpec("config", "data", "preset", "str", "stylegan2", ("stylegan2", "stylegan2-ada")),
    FieldSpec("mirror", "data", "mirrored half of the time", "bool", "off"),
    FieldSpec("kimg", "run", "length", "float", "25000"),
    FieldSpec("batch", "run", "pictures per step", "int"),
)
FINDINGS = Findings(
    "faces", 30, 28, 64, 64, "RGB",
    groups=(("damaged or cut off", 2, ("a.png: ends after 90 bytes (left out)",)),),
    classes=(("cat", 20), ("dog", 8)), sizes=(("64–127 px", 30),),
    notes=("Only 28 pictures: start from an existing model",), bytes_needed=400_000,
)  # fmt: skip
RUNS = TrainingState(
    folder="/runs", known=True, runs=(RUNNING, CRASHED), selected=RUNNING.path, detail=DETAIL,
    exploring=RUNNING.path, explored_kimg=100, fields=FIELDS,
    groups={"data": "Data", "run": "Run"}, resolved={"kimg": "25000", "batch": "16"},
)  # fmt: skip
NEW = replace(
    RUNS, page="new", draft=NewRun(source="/faces"), findings=FINDINGS,
    work=Work("import", "Writing pictures", 12, 28, 3.0), problem="Import the pictures first",
)  # fmt: skip
READY = replace(
    NEW, work=None, problem="", facts=DataFacts("/d/faces-64.zip", "faces", 64, 3, 2, 28),
    estimate=("Memory: about 0.9 GB", "Speed: 12.3 s/kimg"),
)  # fmt: skip
FINISHED = replace(
    RUNNING, path="/runs/00002-c", name="00002-c", state="finished", cur_kimg=1000.0, warnings=(),
    heartbeat_secs=0,
)  # fmt: skip
SNAPSHOTS = tuple((10.0 * n, f"/runs/network-snapshot-{10 * n:06d}.safetensors") for n in range(9))
ENDED = replace(
    RUNS, runs=(FINISHED,), selected=FINISHED.path, snapshot=SNAPSHOTS[3][1],
    detail=replace(DETAIL, path=FINISHED.path, snapshots=SNAPSHOTS, asked=()),
    exploring=FINISHED.path, explored=SNAPSHOTS, explored_kimg=80.0,
    compared=Compared(SNAPSHOTS[4][1], 40.0, 0.25, problem="The grid hides it"),
)  # fmt: skip
IMPORTING = replace(
    NEW, work=None, draft=NewRun(source="/a.mp4", crop="wide", aspect=1.85, fps=2.5),
    findings=replace(FINDINGS, video=True), previews=((1, 64, 64),) * 4,
)  # fmt: skip
PANEL_STATES = {
    "ended, compared": ENDED,
    "chosen one gone": replace(ENDED, snapshot="/runs/gone", compared=None, exploring=""),
    "a video": IMPORTING,
    "bars": replace(IMPORTING, draft=NewRun(source="/a", crop="fit", background="ff8000")),
    "unknown": TrainingState(),
    "empty": replace(RUNS, runs=(), selected="", detail=None),
    "runs": RUNS,
    "crashed": replace(RUNS, selected=CRASHED.path, detail=replace(DETAIL, path=CRASHED.path)),
    "bare run": replace(RUNS, detail=None),
    "no data": replace(RUNS, page="new"),
    "importing": NEW,
    "ready": READY,
    "refused": replace(READY, problem="batch must be a multiple of mbstd_group", said="No."),
}


def panel_state(training: TrainingState) -> PanelState:
    return replace(empty_state(), training=training)


@pytest.mark.parametrize("width, font_px", [(420, 16), (300, 16), (260, 24)])
@pytest.mark.parametrize("name", list(PANEL_STATES))
@pytest.mark.parametrize("view", ["curves", "samples", "log"])
def test_it_draws_in_every_state_and_asks_for_nothing(name, view, width, font_px):
    state = panel_state(PANEL_STATES[name])
    panel = TrainingPanel()
    panel.runs.selected.view = view
    asked: list[object] = []
    with desk(width, 900, font_px) as table:
        drawn = table.settle(lambda: panel.draw(state.settings, state, asked.append))
        assert drawn is state.settings
        assert table.used[0] <= table.inner[0] + 1  # nothing sticks out
    assert asked == []


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_run_can_be_shown(state):
    training = replace(RUNS, runs=(replace(RUNNING, state=state),))
    shown = panel_state(training)
    panel = TrainingPanel()
    asked: list[object] = []
    with desk() as table:
        table.settle(lambda: panel.draw(shown.settings, shown, asked.append))
    assert asked == []


def test_what_was_asked_of_a_run_is_said_until_it_is_done():
    assert headline(RUNNING, None) == "Running"
    assert headline(RUNNING, DETAIL) == "Running, pauses before the next step"
    assert headline(RUNNING, replace(DETAIL, asked=("stop-now",))) == "Running, stops now"
    stopped = replace(RUNNING, state="stopped", state_text="ended on request")
    assert headline(stopped, DETAIL) == "Stopped: ended on request"


def test_the_next_snapshot_comes_by_time_or_by_count():
    assert next_snapshot_secs(RUNNING) == pytest.approx(123.0)
    assert next_snapshot_secs(replace(RUNNING, next_snapshot_kimg=None)) == 300.0
    assert next_snapshot_secs(RunRow("/r", "r", "new")) is None
    text = "12.3 s/kimg · 2 h 10 min left · next snapshot in 2 min 3 s · p 0.120"
    assert numbers_text(RUNNING) == text
    assert numbers_text(replace(RUNNING, state="stopped")) == "12.3 s/kimg"


def test_smoothing_is_the_mean_of_what_came_before_and_keeps_gaps():
    values = np.asarray([1.0, 3.0, np.nan, 5.0, 7.0, 9.0, 11.0, 13.0])
    assert smoothed(values, 0.0) is values
    found = smoothed(values, 1.0)  # two values wide
    np.testing.assert_allclose(found, [1, 2, np.nan, 5, 6, 8, 10, 12])
    assert is_dull(np.asarray([np.nan, 0.0]))
    assert not is_dull(np.asarray([np.nan, -0.1]))


def test_labels_are_offered_where_the_data_has_classes():
    assert has_labels(READY)
    assert has_labels(NEW)
    assert not has_labels(RUNS)


def test_a_wish_can_be_taken_back():
    draft = NewRun()
    draft = replace(draft, wishes=draft.wishing("batch", 8))
    assert draft.wish("batch") == 8
    draft = replace(draft, wishes=draft.wishing("batch", None))
    assert draft.wish("batch") is None
    assert draft == NewRun()
