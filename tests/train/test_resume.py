"""`kill -9` at any moment, then going on, gives the bits of an uninterrupted run."""

import random
import signal
import time

import pytest
import torch

from cuda_ops.cpu import library
from explorer import cli
from tests.train.tiny import finish, make_run, start
from train import checkpoint
from train.layout import CHECKPOINTS, numbered
from train.runs import can_continue, read_status

# Everything that could keep a state: labels, mixing, ADA, path lengths, R1, mirror, minutes.
FIELDS = {
    "kimg": 0.16,
    "tick_kimg": 0.02,
    "conditional": True,
    "mirror": True,
    "augment": "ada",
    "ada_kimg": 0.05,
    "ada_target": -0.5,
    "checkpoint_kimg": 0.012,
    "r1_interval": 4,
}


def final_tensors(run):
    assert read_status(run).state == "finished", read_status(run).reason
    _, newest = numbered(run / CHECKPOINTS)[-1]
    return checkpoint.read(newest)


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    run = make_run(tmp_path_factory.mktemp("straight"), **FIELDS)
    finish(run)
    return final_tensors(run)


def wait_until_running(run, process):
    while process.poll() is None and read_status(run).state != "running":
        time.sleep(0.01)


@pytest.mark.parametrize("times", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_killed_at_random_moments(tmp_path, straight, times):
    run = make_run(tmp_path, **FIELDS)
    rng = random.Random(time.time_ns())
    kills = 0
    for _ in range(times):
        process = start(run)
        wait_until_running(run, process)
        while process.poll() is None and not can_continue(run):
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.6))
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    crashed = read_status(run)
    finish(run)

    assert kills > 0
    assert crashed.state in ("crashed", "finished")
    tensors, description = final_tensors(run)
    assert same(tensors, straight[0])
    assert description["augment"] == straight[1]["augment"]
    assert any("bit-exact" in note for note in read_status(run).notes)


KILL_IN_WRITE = """
import os, signal
from train import checkpoint
calls = 0
def die(real):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls == {call}:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    return call
checkpoint.{name} = die(checkpoint.{name})
"""
KILL_IN_FSYNC = """
import os, signal
from train import checkpoint
class System:
    calls = 0
    def __getattr__(self, name):
        return getattr(os, name)
    def {name}(self, *arguments):
        System.calls += 1
        if System.calls == 3:
            if {half}:  # what a power cut would leave
                os.truncate(arguments[0], 1000)
            os.kill(os.getpid(), signal.SIGKILL)
        return os.{name}(*arguments)
checkpoint.os = System()
"""


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(
            KILL_IN_WRITE.format(name="save_file", call=3),
            id="before writing",
            marks=pytest.mark.slow,
        ),
        pytest.param(KILL_IN_FSYNC.format(name="fsync", half=True), id="half written"),
        pytest.param(
            KILL_IN_FSYNC.format(name="replace", half=False),
            id="before the move",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            KILL_IN_WRITE.format(name="_delete_old", call=3),
            id="before deleting old ones",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_killed_during_a_checkpoint(tmp_path, straight, before):
    run = make_run(tmp_path, **FIELDS)
    process = start(run, before)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert can_continue(run)
    assert read_status(run).state == "crashed"

    finish(run)

    assert same(final_tensors(run)[0], straight[0])
    assert list((run / CHECKPOINTS).glob(".*")) == []


@pytest.mark.slow
def test_damaged_newest_falls_back_and_says_so(tmp_path, straight):
    run = make_run(tmp_path, **{**FIELDS, "kimg": 0.08})
    finish(run)
    _, newest = numbered(run / CHECKPOINTS)[-1]
    data = bytearray(newest.read_bytes())
    data[-100] ^= 1
    newest.write_bytes(data)
    from train.start import change_run

    change_run(run, {"kimg": 0.16})

    finish(run)

    assert same(final_tensors(run)[0], straight[0])
    assert "cannot be used" in (run / "log.txt").read_text()


def test_snapshots_and_pauses_change_nothing(tmp_path, straight):
    often = {"snapshot_kimg": 0.008, "sample_columns": 5, "checkpoint_kimg": 0.04, "workers": 3}
    run = make_run(tmp_path, **{**FIELDS, **often})
    finish(run)

    assert same(final_tensors(run)[0], straight[0])


def test_a_run_goes_on_after_it_and_its_data_were_moved(tmp_path, straight):
    run = make_run(tmp_path / "here", **{**FIELDS, "kimg": 0.08})
    finish(run)
    (tmp_path / "here").rename(tmp_path / "there")
    moved = tmp_path / "a run"
    (tmp_path / "there" / "runs" / run.name).rename(moved)
    data = (tmp_path / "there" / "data.zip").rename(tmp_path / "other.zip")
    words = ["train", "--resume", str(moved), "--data", str(data), "--kimg", "0.16"]
    assert cli.main([*words, "--no-start"]) == 0
    finish(moved)

    assert same(final_tensors(moved)[0], straight[0])
    assert "Continued at 0.1 kimg, bit-exact." in read_status(moved).notes


@pytest.mark.slow
@pytest.mark.parametrize("operators", ["auto", "reference"])
def test_another_thread_count_goes_on_and_says_so_where_it_moves_bits(
    tmp_path, monkeypatch, operators
):
    """Kernels compute the same with any number of threads, PyTorch does not."""
    monkeypatch.setenv(library.VARIABLE, operators)
    run = make_run(tmp_path, **{**FIELDS, "kimg": 0.02})
    finish(run)
    from train.start import change_run

    change_run(run, {"kimg": 0.03, "threads": 2})
    finish(run)

    status = read_status(run)
    assert status.state == "finished"
    moved = "not bit-exact: thread count 2 instead of 1" in status.notes[-1]
    assert moved == (operators == "reference")


@pytest.mark.slow
@pytest.mark.avx512
def test_another_instruction_set_goes_on_and_says_so(tmp_path, monkeypatch):
    run = make_run(tmp_path, **{**FIELDS, "kimg": 0.02})
    monkeypatch.setenv(library.VARIABLE, "avx512")
    finish(run)
    from train.start import change_run

    change_run(run, {"kimg": 0.03})
    monkeypatch.setenv(library.VARIABLE, "avx2")
    finish(run)

    status = read_status(run)
    assert status.state == "finished"
    assert status.notes[-1].endswith(
        "not bit-exact: operators native avx2 instead of native avx512."
    )
