"""The window stays fluent and closes at once while torch is busy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


ATTEMPTS = 3  # other programs of a busy machine take their share of the frames, too


def test_frames_go_on_and_closing_is_quick_during_one_long_call(home, tmp_path):
    model = tmp_path / "fake.pkl"
    model.write_bytes(b"the engine of this test does not read it")
    measured: list[tuple[float, float, float]] = []
    for _ in range(ATTEMPTS):
        said, closing_secs = burn(str(model), home)
        assert said["burning"], "the long call was over before the frames were counted"
        assert said["seed"] == 7
        assert not said["ended"]
        saved = json.loads((home / "data" / "last-session.json").read_text())
        assert saved["settings"]["truncation"]["psi"] == 0.5
        assert saved["settings"]["latent"]["x"] == 7.0
        burning, resting = (
            float(np.percentile(said[key], 99)) for key in ("frame_ms", "resting_frame_ms")
        )
        measured.append((burning, resting, closing_secs))
        if burning < max(50, 2 * resting) and closing_secs < 1.0:
            return

    raise AssertionError(f"99th percentile in ms while busy and at rest, closing: {measured}")


def burn(model: str, home: Path) -> tuple[dict[str, Any], float]:
    """Run the window in a process of its own; return what it says and how long it took to leave."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.gui.burn", model],
        cwd=ROOT,
        env={**os.environ, "LATENT_EXPLORER_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    ended = time.time()
    assert result.returncode == 0, result.stdout + result.stderr
    said = json.loads(result.stdout.splitlines()[-1])
    return said, ended - said["left"]
