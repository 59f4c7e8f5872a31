"""The window stays fluent and closes at once while torch is busy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def test_frames_go_on_and_closing_is_quick_during_one_long_call(home, tmp_path):
    model = tmp_path / "fake.pkl"
    model.write_bytes(b"the engine of this test does not read it")
    result = subprocess.run(
        [sys.executable, "-m", "tests.gui.burn", str(model)],
        cwd=ROOT,
        env={**os.environ, "LATENT_EXPLORER_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    ended = time.time()

    assert result.returncode == 0, result.stdout + result.stderr
    said = json.loads(result.stdout.splitlines()[-1])
    assert said["burning"], "the long call was over before the frames were counted"
    assert np.percentile(said["frame_ms"], 99) < 50
    assert said["seed"] == 7
    assert not said["ended"]
    assert ended - said["left"] < 1.0
    saved = json.loads((home / "data" / "last-session.json").read_text())
    assert saved["settings"]["truncation"]["psi"] == 0.5
    assert saved["settings"]["latent"]["x"] == 7.0
