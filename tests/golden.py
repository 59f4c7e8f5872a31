"""Where the golden numbers of the reference implementations are, and how tests read them.

The folder ../shared/golden sits beside a working copy and is not part of the repository. Without
it these tests are skipped, except under continuous integration, where its absence is a failure.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TOLERANCE = 1e-4  # of the largest golden value, in float32


def golden_dir() -> Path | None:
    """Return the golden folder, or None if there is none beside this working copy."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "golden"
    return folder if folder.is_dir() else None


def require_golden() -> Path:
    """Return the golden folder; skip the test, or fail it under CI, if there is none."""
    folder = golden_dir()
    if folder is None:
        reason = "parity: ../shared/golden is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def require_trained() -> Path:
    """Return the model that was trained to be real input; skip, or fail under CI, without it."""
    path = require_golden().parent / "models" / "toon64-stylegan2.pkl"
    if not path.is_file():
        reason = f"parity: ../shared/models/{path.name} is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def load_golden(relative: str) -> dict[str, Any]:
    """Return the arrays of one .npz; entries whose name ends in _json are decoded."""
    with np.load(require_golden() / relative) as file:
        return {
            name: json.loads(file[name].tobytes()) if name.endswith("_json") else file[name]
            for name in file.files
        }


def golden_error(actual: Any, golden: Any) -> float:
    """Return the largest absolute error as a share of the largest golden magnitude."""
    actual, golden = np.asarray(actual, np.float64), np.asarray(golden, np.float64)
    assert actual.shape == golden.shape, f"shape {actual.shape}, golden has {golden.shape}"
    assert np.isfinite(actual).all()
    if golden.size == 0:
        return 0.0
    return float(np.abs(actual - golden).max() / max(np.abs(golden).max(), 1e-30))
