"""The monitor as it is started by hand: a process of its own, on a screen, beside a live run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.test_architecture import ROOT, first_to_bring
from tests.train.monitor.folders import add_rows, add_sheet, make_folder, say
from tests.train.monitor.screen import environment, screen

WAIT_SECS = 90.0
MODULES = sorted(path.stem for path in (ROOT / "train" / "monitor").glob("*.py"))
linux = pytest.mark.platform("linux")


@pytest.fixture(scope="module")
def drawn_on():
    with screen() as variables:
        yield variables


def show(
    runs: list[Path], variables: dict[str, str], tmp_path: Path, *options: str, secs: float = 2.5
) -> tuple[dict, np.ndarray, str]:
    """Run the monitor for a while; return what its table showed, its picture, what it printed."""
    picture = tmp_path / "monitor.png"
    command = [sys.executable, "main.py", "monitor", *map(str, runs), *options]
    command += ["--screenshot", str(picture), "--exit-after", str(secs)]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**variables, "LATENT_EXPLORER_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=WAIT_SECS,
    )
    assert (result.returncode, result.stderr) == (0, "")
    shown = json.loads(result.stdout.splitlines()[-1])
    with Image.open(picture) as image:
        return shown, np.asarray(image.convert("RGB")), result.stdout


def test_neither_torch_nor_the_window_is_needed_to_read():
    model = [f"train.monitor.{name}" for name in MODULES if name != "__init__"]
    assert first_to_bring("torch", [*model, "explorer.cli.monitor"]) == ""
    assert first_to_bring("dearpygui", model) == ""
    assert first_to_bring("torch", ["train.monitor.view.window"]) == ""


@linux
def test_a_live_run_is_in_the_table(drawn_on, tmp_path, capsys):
    from tests.train.tiny import make_run, start

    run = make_run(tmp_path, kimg=100.0, tick_kimg=0.04)
    process = start(run)
    try:
        end = time.monotonic() + WAIT_SECS
        while not (run / "stats.jsonl").exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
        shown, pixels, printed = show([run.parent], drawn_on, tmp_path)
        assert process.poll() is None  # nobody disturbed it
    finally:
        process.kill()
        process.communicate()
    assert shown == {"rows": [[run.name, "running"]], "torch": False}
    assert pixels.std() > 10
    startup = re.search(r"window after [\d.]+ s, [\d.]+ s from the start", printed)
    assert startup is not None
    with capsys.disabled():
        print(f"\nnote: monitor: {startup[0]}", end="")


@linux
def test_curves_and_pictures_are_drawn_in_the_colours_of_their_runs(drawn_on, tmp_path):
    runs = tmp_path / "runs"
    for index in range(2):
        run = make_folder(runs, f"0000{index}-run", cur_kimg=60.0)
        add_rows(run, 60, offset=0.5 * index)
        add_sheet(run, 40, tint=0.2 + 0.6 * index)
        say(run, "hello")
    shown, pixels, _ = show([runs], drawn_on, tmp_path)

    assert shown["rows"] == [["00001-run", "running"], ["00000-run", "running"]]
    left = pixels[300:640, 30:720]
    for colour in ((93, 155, 255), (247, 189, 94)):
        near = np.abs(left.astype(int) - colour).max(axis=2) < 12
        assert near.sum() > 150, colour
    samples = pixels[330:600, 750:1250].astype(int)
    assert (np.abs(samples[..., 0] - samples[..., 2]) > 60).sum() > 2000


@linux
def test_no_runs_yet(drawn_on, tmp_path):
    (tmp_path / "runs").mkdir()
    shown, pixels, _ = show([tmp_path / "runs"], drawn_on, tmp_path, "--scale", "1.25", secs=1.0)
    assert shown["rows"] == []
    assert pixels.shape == (1025, 1600, 3)
    kept = json.loads((tmp_path / "home" / "config" / "monitor.json").read_text())
    assert (kept["size"], kept["scale"]) == ([1600, 1025], 1.25)


@linux
def test_it_outlives_who_started_it(drawn_on, tmp_path):
    run = make_folder(tmp_path / "runs", "00000-a")
    picture = tmp_path / "later.png"
    options = ["--screenshot", str(picture), "--exit-after", "2.5"]
    script = "import time; from pathlib import Path; from train.monitor.launch import *; "
    script += f"print(start_monitor([Path({str(run.parent)!r})], {options!r}).pid, flush=True); "
    script += "time.sleep(99)"
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**drawn_on, "LATENT_EXPLORER_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert int(parent.stdout.readline()) > 0
    os.killpg(parent.pid, signal.SIGKILL)
    parent.communicate()
    end = time.monotonic() + WAIT_SECS
    while not picture.exists():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    "words, code, sentence",
    [
        (["no-such-folder"], 1, "no-such-folder is not a folder"),
        ([".", "--scale", "9"], 1, "--scale must be in [0.75, 3], got 9"),
        pytest.param(["."], 2, "There is no display (DISPLAY is not set)", marks=linux),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(words, code, sentence):
    command = [sys.executable, "main.py", "monitor", *words]
    result = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=WAIT_SECS
    )
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1
