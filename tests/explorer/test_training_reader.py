"""What the window reads of runs, and the processes it starts for a new one."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from explorer.app.training_fields import SPECS, check_draft, text_of
from explorer.app.training_process import estimate
from explorer.app.training_reader import Wanted, command_of, read, train_arguments
from explorer.app.training_work import Ticket, TrainingWork
from explorer.training_state import NewRun, Work
from train.config import DataShape, TrainConfig
from train.errors import Cancelled, ConfigError
from train.layout import SAMPLES, SNAPSHOTS, STATS
from train.run_log import write_status
from train.runs import read_status
from train.start import create_run

SHAPE = DataShape(16, count=100)


def nothing() -> None:
    pass


@pytest.fixture
def run(tmp_path):
    config = TrainConfig(config="stylegan2-ada", data=str(tmp_path / "d.zip"), kimg=10, mirror=True)
    folder = create_run(tmp_path / "runs", config, SHAPE, "faces", {})
    write_status(folder, replace(read_status(folder), state="stopped", cur_kimg=4.0))
    return folder


def wanted(run, **fields) -> Wanted:
    return Wanted(str(run.parent), str(run), "", True, **fields)


def test_a_run_is_read_with_its_curves_sheets_and_snapshots(run):
    rows = [{"nimg": 1000 * n, "values": {"Loss/G/loss": {"mean": n / 2}}} for n in (1, 2, 3)]
    (run / STATS).write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"nimg": 40')
    (run / SAMPLES / "fakes000002.png").touch()
    (run / SNAPSHOTS / "network-snapshot-000003.safetensors").touch()
    reading = read(wanted(run))
    assert [(row.state, row.cur_kimg, row.progress) for row in reading.rows] == [
        ("stopped", 4.0, 0.4)
    ]
    detail = reading.detail
    assert detail is not None
    np.testing.assert_array_equal(detail.curves.kimg, [1, 2, 3])
    np.testing.assert_array_equal(detail.curves.values["Loss/G/loss"], [0.5, 1, 1.5])
    assert [kimg for kimg, _ in detail.sheets] == [2]
    assert [kimg for kimg, _ in detail.snapshots] == [3]


def test_statistics_are_read_again_only_when_they_have_grown(run):
    (run / STATS).write_text('{"nimg": 1000, "values": {}}\n')
    first = read(wanted(run))
    again = read(wanted(run), first)
    assert again == first
    assert again.detail is not None
    assert first.detail is not None
    assert again.detail.curves is first.detail.curves
    with open(run / STATS, "a") as file:
        file.write('{"nimg": 2000, "values": {}}\n')
    grown = read(wanted(run), again)
    assert grown != again
    assert grown.detail is not None
    assert len(grown.detail.curves.kimg) == 2


def test_a_long_run_is_thinned_out_and_keeps_its_last_point(run):
    lines = [json.dumps({"nimg": 1000 * n, "values": {}}) for n in range(1, 4002)]
    (run / STATS).write_text("\n".join(lines))
    detail = read(wanted(run)).detail
    assert detail is not None
    assert len(detail.curves.kimg) <= 1500
    assert detail.curves.kimg[-1] == 4001


def test_the_followed_run_is_read_without_the_list(run):
    (run / SNAPSHOTS / "network-snapshot-000003.safetensors").touch()
    reading = read(Wanted(followed=str(run)))
    assert reading.rows == ()
    assert [kimg for kimg, _ in reading.snapshots] == [3]


def test_the_command_line_says_what_was_wished(run):
    command = command_of(run)
    assert command.startswith("python main.py train ")
    assert "--config stylegan2-ada" in command
    assert "--mirror" in command
    assert f"--outdir {run.parent}" in command
    assert "--z-dim" not in command  # as by default


def test_arguments_keep_every_digit():
    arguments = train_arguments({"kimg": 1234567.5, "mirror": False, "gamma": 1e-8, "batch": None})
    assert arguments == ["train", "--kimg", "1234567.5", "--no-mirror", "--gamma", "1e-08"]


def test_fields_come_to_what_the_preset_says_and_mistakes_are_sentences():
    draft = NewRun(dataset="d.zip")
    resolved, problem = check_draft(draft, SHAPE)
    assert problem == ""
    assert resolved["batch"] == "32"
    assert resolved["mirror"] == "off"
    _, problem = check_draft(replace(draft, wishes=draft.wishing("batch", -1)), SHAPE)
    assert "batch" in problem
    names = [spec.name for spec in SPECS]
    assert "data" not in names
    assert all(spec.help for spec in SPECS)
    assert (text_of(True), text_of(25000.0), text_of(None)) == ("on", "25000", "")


def test_the_command_lines_refusal_is_the_windows(tmp_path):
    ticket = Ticket(Work("estimate", "Measuring"), nothing)
    with pytest.raises(ConfigError, match="There is no data set"):
        estimate(train_arguments({"data": str(tmp_path / "gone.zip")}), ticket)


@pytest.mark.skipif(sys.platform == "win32", reason="processes start slowly")
def test_an_estimate_can_be_stopped(tmp_path):
    ticket = Ticket(Work("estimate", "Measuring"), nothing)
    ticket.cancel()
    with pytest.raises(Cancelled):
        estimate(train_arguments({"data": str(tmp_path)}), ticket)


def test_new_work_takes_the_place_of_the_old_and_only_its_outcome_counts():
    work, woken, heard = TrainingWork(nothing), threading.Event(), []
    go_on = threading.Event()
    work.start("examine", "First", lambda t: go_on.wait(5), heard.append, heard.append)
    assert work.current is not None
    assert work.current.text == "First"

    def second(ticket: Ticket) -> str:
        woken.set()
        return "second"

    work.start("examine", "Second", second, heard.append, heard.append)
    go_on.set()
    woken.wait(5)
    for _ in range(500):
        work.poll()
        if work.current is None:
            break
        threading.Event().wait(0.01)
    assert heard == ["second"]


def test_an_error_of_work_becomes_a_value():
    work, heard = TrainingWork(nothing), []

    def fails(ticket: Ticket) -> None:
        raise ConfigError("No.")

    work.start("start", "Starting", fails, heard.append, lambda error: heard.append(str(error)))
    for _ in range(500):
        work.poll()
        if heard:
            break
        threading.Event().wait(0.01)
    assert heard == ["No."]
    assert work.current is None
