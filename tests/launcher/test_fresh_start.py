"""The whole way for real: a copy of the checkout, a Python without packages, an empty home."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from explorer.launcher.requirements import PROJECT_DIR
from explorer.launcher.venv import base_python, is_ready, python_of

LEFT_BEHIND = shutil.ignore_patterns(".venv", ".git", "__pycache__", "runs", ".*_cache")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT_DIR, tmp_path / "checkout", ignore=LEFT_BEHIND)
    return tmp_path / "checkout"


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """A Python that has pip and nothing else, as a fresh machine has."""
    subprocess.run([base_python(), "-m", "venv", str(tmp_path / "bare")], check=True, timeout=120)
    return str(python_of(tmp_path / "bare"))


def start(python: str, checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    dropped = {"CI", "PYTHONPATH", "VIRTUAL_ENV"}
    environ = {name: value for name, value in os.environ.items() if name not in dropped}
    home = checkout.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [python, "main.py", *arguments],
        cwd=checkout,
        env=environ | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_fresh_machine_is_set_up_once_and_then_starts_at_once(bare_python, checkout):
    first = start(bare_python, checkout, "inspect", "--help")

    assert first.returncode == 0, first.stderr
    assert "usage" in first.stdout
    assert "GB to download" in first.stderr
    assert "torch" in first.stderr
    assert "Ready after" in first.stderr
    assert is_ready(checkout / ".venv", (), checkout)

    started = time.monotonic()
    second = start(bare_python, checkout, "inspect", "--help")

    assert (second.returncode, second.stderr) == (0, "")
    assert time.monotonic() - started < 10

    # An interrupted installation: no stamp, one package half there. The rest is not fetched again.
    (checkout / ".venv" / "latent-explorer.json").unlink()
    packages = next((checkout / ".venv").glob("[Ll]ib*/**/site-packages"))
    next(packages.glob("glfw-*.dist-info/RECORD")).unlink()

    third = start(bare_python, checkout, "inspect", "--help")

    assert third.returncode == 0, third.stderr
    assert "glfw" in third.stderr
    assert "torch 2" not in third.stderr.split("on disk.")[1]
